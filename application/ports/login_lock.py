"""One login at a time, whoever asks."""

from contextlib import AbstractContextManager
from typing import Protocol


class LoginLock(Protocol):
    """Keeps two logins of one name apart, across the threads and processes that share a token store."""

    def hold(self, name: str, timeout_seconds: float) -> AbstractContextManager[bool]:
        """Hold a name for the length of the block; False when it could not be had in time, and nothing is held.

        Not reentrant. A holder that dies lets go.
        """
        ...
