"""One OpenAlgo checkout on disk, git or not."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jainam_prop.entrypoints.hosting.files import draft_of
from jainam_prop.entrypoints.hosting.host_edits import BROKER, BUILT_BUTTON
from jainam_prop.entrypoints.hosting.host_env import ENV
from jainam_prop.entrypoints.hosting.record import RECORD, Record, read_record

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
