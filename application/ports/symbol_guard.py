"""One smart order or close at a time for each contract and product."""

from contextlib import AbstractContextManager
from typing import Protocol

from jainam_prop.domain.position import PositionKey


class SymbolGuard(Protocol):
    """Keeps two decisions about the same position apart, across threads and processes.

    Not reentrant: a thread that holds a key and asks for it again waits in vain. One that holds several keys
    takes them in sorted order.
    """

    def hold(self, key: PositionKey, timeout_seconds: float, *, reduces: bool = False) -> AbstractContextManager[bool]:
        """Hold the key for the length of the block; False when it could not be had in time: nothing is held.

        A holder that dies lets go. Who only reduces risk (``reduces``) goes before those who wait to open it.
        """
        ...
