"""One OpenAlgo checkout on disk, git or not, and the record of what was done to it, by which it can be taken back.

The record lies in the plug-in's folder. It holds no setting but the name of the broker that the host logged in to.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from jainam_prop.entrypoints.hosting.edits import BROKER, BUILT_BUTTON, Edit
from jainam_prop.entrypoints.hosting.files import draft_of
from jainam_prop.entrypoints.hosting.host_env import ENV, NO_CHANGES, EnvChanges, EnvFile, needed_changes

RECORD: Final = ".installed.json"
_FORM: Final = 2
_FIRST_FORM: Final = 1


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
            raise UnreadableRecordError(_unreadable())
        removed = {path: base64.b64decode(text) for path, text in document["removed"].items()}
        edits = tuple(Edit(*edit) for edit in document["edits"])
        if document["form"] == _FIRST_FORM:
            env = _env_changes([edit for edit in edits if edit.path == ENV])
        else:
            env = EnvChanges(**document["env"])
        kept = tuple(edit for edit in edits if edit.path != ENV)
        return Record(document["version"], document["files"], kept, removed, env)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableRecordError(_unreadable()) from error


def _env_changes(edits: Sequence[Edit]) -> EnvChanges:
    """Read what the first form wrote as whole lines."""
    return needed_changes(EnvFile("\n".join(edit.old for edit in edits)))


def _unreadable() -> str:
    return f"{RECORD} in the plug-in's folder is not understood"


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
