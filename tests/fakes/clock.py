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
