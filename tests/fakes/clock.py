"""A clock that a test moves."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Final

A_MORNING: Final = datetime(2026, 8, 20, 4, 0, tzinfo=UTC)
"""09:30 in India on a Thursday."""


class FakeClock:
    """Stands still until it is moved; `sleep` returns at once, moves the time, and is kept in `slept`."""

    def __init__(self, start: datetime = A_MORNING) -> None:
        self.slept: list[float] = []
        self._start = start
        self._elapsed = 0.0
        self._lock = threading.Lock()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
            self._elapsed += max(0.0, seconds)

    def advance(self, seconds: float) -> None:
        """Let time pass without anybody having slept."""
        with self._lock:
            self._elapsed += seconds


class HeldClock(FakeClock):
    """Keeps sleepers asleep until a test moves the time past the moment they want to wake at."""

    def __init__(self, start: datetime = A_MORNING) -> None:
        super().__init__(start)
        self._sleepers = 0
        self._changed = threading.Condition()

    def sleep(self, seconds: float) -> None:
        wakes_at = self.monotonic() + seconds
        with self._changed:
            self._sleepers += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.monotonic() >= wakes_at)

    def advance(self, seconds: float) -> None:
        """Let time pass and wake those who have slept enough."""
        with self._changed:
            super().advance(seconds)
            self._changed.notify_all()

    def wait_for_sleeps(self, count: int) -> None:
        """Wait until so many sleeps have begun, ended ones included."""
        with self._changed:
            assert self._changed.wait_for(lambda: self._sleepers >= count, timeout=10), "nobody went to sleep"
