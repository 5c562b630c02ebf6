"""Facts about this repository that the architecture tests share."""

import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[2]
LAYERS: Final = ("domain", "application", "adapters", "entrypoints")
MADE_BY_TOOLS: Final = frozenset({"build", "dist", "__pycache__"})


def settings() -> dict[str, Any]:
    """Return pyproject.toml as a dictionary."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def tool(name: str) -> str:
    """Return the path of a console script in the environment that runs the tests."""
    return str(Path(sys.executable).with_name(name))


def source_files() -> tuple[Path, ...]:
    """Return every file that is, or would be, committed; without git (a tarball), every project file."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        listing = ""
    named = [ROOT / name for name in listing.split("\0") if name]
    return tuple(sorted(path for path in named or _walk() if path.is_file()))


def _walk() -> Iterator[Path]:
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if _is_ours(name)]
        yield from (Path(folder, name) for name in names if name != ".env")


def _is_ours(folder: str) -> bool:
    hidden = folder.startswith(".") and folder != ".ci"
    return not hidden and folder not in MADE_BY_TOOLS and not folder.endswith(".egg-info")
