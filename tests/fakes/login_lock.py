"""A login lock for the callers of one test."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.application.ports.runtime import Clock, LockState


class InMemoryLoginLock:
    """Holds one lock per name, with waits on the given clock; ``is_reachable`` says whether it can be asked at all."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self.is_reachable = True
        self._held: set[str] = set()
        self._freed = threading.Condition()

    @contextmanager
    def hold(self, name: str, timeout_seconds: float, *, first: bool = False) -> Iterator[LockState]:
        del first
        if not self.is_reachable:
            yield LockState.UNAVAILABLE
            return
        with self._freed:
            held = self._clock.wait_for(self._freed, lambda: name not in self._held, timeout_seconds)
            if held:
                self._held.add(name)
        try:
            yield LockState.HELD if held else LockState.BUSY
        finally:
            if held:
                with self._freed:
                    self._held.discard(name)
                    self._freed.notify_all()
