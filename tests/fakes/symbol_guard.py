"""A symbol guard for one process, with memory."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from jainam_prop.domain.positions.position import PositionKey


class InMemoryGuard:
    """Keeps threads apart; a key in `held_elsewhere` is never to be had, as if another process kept it.

    `asked` remembers every request with its ``reduces``.
    """

    def __init__(self) -> None:
        self.held_elsewhere: set[PositionKey] = set()
        self.asked: list[tuple[PositionKey, bool]] = []
        self._held: set[PositionKey] = set()
        self._freed = threading.Condition()

    @contextmanager
    def hold(self, key: PositionKey, timeout_seconds: float, *, reduces: bool = False) -> Iterator[bool]:
        self.asked.append((key, reduces))
        if not self._acquire(key, timeout_seconds):
            yield False
            return
        try:
            yield True
        finally:
            with self._freed:
                self._held.discard(key)
                self._freed.notify_all()

    def _acquire(self, key: PositionKey, timeout_seconds: float) -> bool:
        if key in self.held_elsewhere:
            return False
        with self._freed:
            free = self._freed.wait_for(lambda: key not in self._held, timeout_seconds)
            if free:
                self._held.add(key)
            return free
