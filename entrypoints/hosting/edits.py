"""Changes of text files that can be taken back: a piece that must occur exactly once, and what takes its place.

Pure: from bytes to bytes. A file keeps its line ends, its encoding and everything that is not the piece.
"""

import hashlib
from dataclasses import dataclass


class UnknownTextError(ValueError):
    """The piece does not occur exactly once in the file, so that nothing is changed."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One piece of a file.

    Attributes:
        path: below the host's folder, with forward slashes.
        old, new: with a line feed for the end of a line, whatever the file has.
        why: for the person who is asked.
    """

    path: str
    old: str
    new: str
    why: str

    def is_in(self, content: bytes) -> bool:
        """Whether the change was made."""
        return content.count(_as_in(content, self.new)) == 1 and not self._stands_apart(content)

    def make(self, content: bytes) -> bytes:
        """Return the file with the change.

        Raises:
            UnknownTextError: the old piece does not occur exactly once.
        """
        return _swap(content, self.old, self.new, self.path)

    def take_back(self, content: bytes) -> bytes:
        """Return the file without the change.

        Raises:
            UnknownTextError: the new piece does not occur exactly once.
        """
        return _swap(content, self.new, self.old, self.path)

    def _stands_apart(self, content: bytes) -> bool:
        """Whether the old piece occurs elsewhere than within the new one."""
        rest = content.replace(_as_in(content, self.new), b"")
        return _as_in(content, self.old) in rest


def fingerprint(content: bytes) -> str:
    """Return a digest of contents."""
    return hashlib.sha256(content).hexdigest()


def _swap(content: bytes, old: str, new: str, path: str) -> bytes:
    there = _as_in(content, old)
    count = content.count(there)
    if count != 1:
        message = f"{path} is not as it was expected: the text to change stands there {count} times"
        raise UnknownTextError(message)
    return content.replace(there, _as_in(content, new))


def _as_in(content: bytes, text: str) -> bytes:
    return text.replace("\n", "\r\n" if b"\r\n" in content else "\n").encode()
