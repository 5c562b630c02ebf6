"""What was done to a host, written down before it is done, so that it can be taken back at any point.

The record lies in the plug-in's folder. It holds no setting but the name of the broker that the host logged in to.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from jainam_prop.entrypoints.env_file import EnvFile
from jainam_prop.entrypoints.hosting.edits import Edit
from jainam_prop.entrypoints.hosting.host_env import ENV, NO_CHANGES, EnvChanges, needed_changes

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
