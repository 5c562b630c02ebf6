"""What was done to a host, written down before it is done, so that it can be taken back at any point.

The record lies in the plug-in's folder. It holds no setting but the two lines that are changed.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from jainam_prop.entrypoints.hosting.edits import Edit

RECORD: Final = ".installed.json"
_FORM: Final = 1


class UnreadableRecordError(ValueError):
    """The record was not written by this program, or was changed."""


@dataclass(frozen=True, slots=True)
class Record:
    """The changes of a host.

    Attributes:
        files: fingerprints of the plug-in's files, by their path below its folder.
        edits: changes of the host's files.
        removed: contents of files that were taken away because they hold an older form of one that is changed.
    """

    version: str
    files: Mapping[str, str] = field(default_factory=dict)
    edits: tuple[Edit, ...] = ()
    removed: Mapping[str, bytes] = field(default_factory=dict)

    def to_json(self) -> bytes:
        """Write it."""
        removed = {path: base64.b64encode(content).decode() for path, content in self.removed.items()}
        edits = [[edit.path, edit.old, edit.new, edit.why] for edit in self.edits]
        told = {"form": _FORM, "version": self.version, "files": dict(self.files), "edits": edits, "removed": removed}
        return (json.dumps(told, indent=1, ensure_ascii=True) + "\n").encode()


def read_record(content: bytes) -> Record:
    """Read it.

    Raises:
        UnreadableRecordError: it is not understood.
    """
    try:
        told: dict[str, Any] = json.loads(content)
        if told["form"] != _FORM:
            raise UnreadableRecordError(_unreadable())
        removed = {path: base64.b64decode(text) for path, text in told["removed"].items()}
        return Record(told["version"], told["files"], tuple(Edit(*edit) for edit in told["edits"]), removed)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableRecordError(_unreadable()) from error


def _unreadable() -> str:
    return f"{RECORD} in the plug-in's folder is not understood"
