"""A symbol guard for one process, with memory."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.application.ports.runtime import Clock, LockState
from jainam_prop.domain.positions.position import PositionKey


class InMemoryGuard:
    """Keeps callers apart, with waits on the given clock; a key in `held_elsewhere` is held by another process.

    Of those who wait, the ones that reduce risk go first. `asked` remembers every request with its ``reduces``.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.held_elsewhere: set[PositionKey] = set()
        self.asked: list[tuple[PositionKey, bool]] = []
        self._clock = clock or SystemClock()
        self._held: set[PositionKey] = set()
        self._exits: Counter[PositionKey] = Counter()
        self._freed = threading.Condition()

    @contextmanager
    def hold(self, key: PositionKey, timeout_seconds: float, *, reduces: bool = False) -> Iterator[LockState]:
        self.asked.append((key, reduces))
        if not self._acquire(key, timeout_seconds, exits=int(reduces)):
            yield LockState.BUSY
            return
        try:
            yield LockState.HELD
        finally:
            with self._freed:
                self._held.discard(key)
                self._freed.notify_all()

    def _acquire(self, key: PositionKey, timeout_seconds: float, *, exits: int) -> bool:
        with self._freed:
            self._exits[key] += exits
            free = self._clock.wait_for(self._freed, lambda: self._is_free(key, exits), timeout_seconds)
            self._exits[key] -= exits
            if free:
                self._held.add(key)
            self._freed.notify_all()
            return free

    def _is_free(self, key: PositionKey, exits: int) -> bool:
        overtaken = not exits and self._exits[key] > 0
        return not overtaken and key not in self._held and key not in self.held_elsewhere
