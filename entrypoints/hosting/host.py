"""One OpenAlgo checkout on disk, git or not, and the record of what was done to it, by which it can be taken back.

The record lies in the plug-in's folder. It holds no setting but the name of the broker that the host logged in to.
"""

import base64
import errno
import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Final

from jainam_prop.entrypoints.hosting.edits import BROKER, BUILT_BUTTON, Edit
from jainam_prop.entrypoints.hosting.host_env import ENV, NO_CHANGES, EnvChanges, EnvFile, needed_changes

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


RECORD: Final = ".installed.json"
_FORM: Final = 2
_FIRST_FORM: Final = 1
_UNREADABLE: Final = f"{RECORD} in the plug-in's folder is not understood"


class UnreadableRecordError(ValueError):
    """The record was not written by this program, or was changed."""


@dataclass(frozen=True, slots=True)
class Record:
    """The changes of a host.

    Attributes:
        files: fingerprints of the plug-in's files, by their path below its folder.
        edits: changes of the host's own files.
        env: changes of its settings.
        removed: contents of files that were taken away because they hold an older form of one that is changed.
    """

    version: str
    files: Mapping[str, str] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()
    removed: Mapping[str, bytes] = field(default_factory=dict)
    env: EnvChanges = NO_CHANGES

    def to_json(self) -> bytes:
        """Write it."""
        removed = {path: base64.b64encode(content).decode() for path, content in self.removed.items()}
        edits = [[edit.path, edit.old, edit.new, edit.why] for edit in self.edits]
        document = {
            "form": _FORM,
            "version": self.version,
            "files": dict(self.files),
            "edits": edits,
            "removed": removed,
            "env": self.env._asdict(),
        }
        return (json.dumps(document, indent=1, ensure_ascii=True) + "\n").encode()


def read_record(content: bytes) -> Record:
    """Read it.

    Raises:
        UnreadableRecordError: it is not understood.
    """
    try:
        document: dict[str, Any] = json.loads(content)
        if document["form"] not in {_FIRST_FORM, _FORM}:
            raise UnreadableRecordError(_UNREADABLE)
        removed = {path: base64.b64decode(text) for path, text in document["removed"].items()}
        edits = tuple(Edit(*edit) for edit in document["edits"])
        if document["form"] == _FIRST_FORM:
            lines = [edit.old for edit in edits if edit.path == ENV]  # it wrote whole lines
            env = needed_changes(EnvFile("\n".join(lines)))
        else:
            env = EnvChanges(**document["env"])
        kept = tuple(edit for edit in edits if edit.path != ENV)
        return Record(document["version"], document["files"], kept, removed, env)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableRecordError(_UNREADABLE) from error


_MARKS: Final = ("app.py", "broker/__init__.py", "utils/plugin_loader.py", "utils/version.py")
_VERSION: Final = re.compile(r"(?m)^VERSION\s*=\s*['\"]([^'\"]+)['\"]")


class NotAHostError(ValueError):
    """The folder is no OpenAlgo, or not one that can be changed; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Host:
    """A folder that looks like OpenAlgo."""

    folder: Path

    @property
    def plugin(self) -> Path:
        """Where the plug-in is, or will be."""
        return self.folder / "broker" / BROKER

    @property
    def env(self) -> Path:
        """The host's settings."""
        return self.folder / ENV

    def has(self, edit: Edit) -> bool:
        """Whether a change of the host's own files was made."""
        return edit.is_in(content_of(self.folder / edit.path))

    def version(self) -> str:
        """Return what the host calls itself."""
        found = _VERSION.search((self.folder / "utils" / "version.py").read_text(encoding="utf-8"))
        return "unknown" if found is None else found[1]

    def built_button(self) -> str | None:
        """Return the path of the built page of brokers, below the folder."""
        built = sorted(self.folder.glob(BUILT_BUTTON))
        return built[0].relative_to(self.folder).as_posix() if len(built) == 1 else None

    def record(self) -> Record | None:
        """Return what was done to this host; None when the plug-in is not installed.

        Raises:
            NotAHostError: there is a plug-in of this name that this program did not install.
            UnreadableRecordError: the record is not understood.
        """
        path = self.plugin / RECORD
        if self.plugin.exists() and not self.plugin.is_dir():
            message = f"broker/{BROKER} is a file. Move it away, then install again."
            raise NotAHostError(message)
        if path.exists():
            return read_record(path.read_bytes())
        left = draft_of(path)  # of an installation that was killed at its first step
        if self.plugin.exists() and any(found != left for found in self.plugin.iterdir()):
            message = f"broker/{BROKER} exists and was not put there by this program. Move it away, then install again."
            raise NotAHostError(message)
        return None


def content_of(path: Path) -> bytes:
    """Return what a file holds, nothing where there is none."""
    return path.read_bytes() if path.is_file() else b""


def open_host(folder: Path) -> Host:
    """Take a folder for a host.

    Raises:
        NotAHostError: it is none; what is missing is named.
    """
    missing = [mark for mark in _MARKS if not (folder / mark).is_file()]
    if missing:
        message = f"{folder} is no OpenAlgo: {', '.join(missing)} not found. Give the folder that has app.py in it."
        raise NotAHostError(message)
    return Host(folder)
