"""Files of a host, replaced whole or not at all, with the permissions that they had."""

import errno
import os
from importlib import resources
from pathlib import Path
from typing import Final

_PLUGIN: Final = "jainam_prop.entrypoints.openalgo.plugin"
_SHIPPED: Final = frozenset({".py", ".json"})


def plugin_files() -> dict[str, bytes]:
    """Return the plug-in's files as this package ships them, by their path below its folder."""
    root = resources.files(_PLUGIN)
    with resources.as_file(root) as folder:
        found = (path for path in sorted(folder.rglob("*")) if path.suffix in _SHIPPED)
        return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def write_whole(path: Path, content: bytes, *, private: bool = False) -> None:
    """Replace a file in one step, so that whoever reads it finds the old or the new one; its folder is made.

    A file that is mounted by itself into a container cannot be replaced, and is written over.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = 0o600 if private else (path.stat().st_mode & 0o7777 if path.exists() else 0o644)
    draft = draft_of(path)
    draft.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.chmod(mode)
        _replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def _replace(draft: Path, path: Path) -> None:
    try:
        draft.replace(path)
    except OSError as error:
        if error.errno not in {errno.EBUSY, errno.EXDEV}:
            raise
        path.write_bytes(draft.read_bytes())
        draft.unlink()


def draft_of(path: Path) -> Path:
    """Return where a file is written before it takes its place; a process that is killed leaves it there."""
    return path.with_name(f".jainam-{path.name}")


def clear_out(folder: Path) -> None:
    """Remove compiled files and every folder that is empty then, from the inside out; anything else stays."""
    for compiled in folder.rglob("__pycache__/*.pyc"):
        compiled.unlink()
    below = (path for path in folder.rglob("*") if path.is_dir())
    for path in sorted(below, key=lambda each: len(each.parts), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()
    if not any(folder.iterdir()):
        folder.rmdir()
