"""One login at a time, whoever asks."""

from contextlib import AbstractContextManager
from typing import Protocol


class LoginLock(Protocol):
    """Keeps two logins of one profile apart, across the threads and processes that share a token store."""

    def hold(self, profile: str, timeout_seconds: float) -> AbstractContextManager[bool]:
        """Hold the profile for the length of the block; False when it could not be had in time, and nothing is held.

        Not reentrant. A holder that dies lets go.
        """
        ...
