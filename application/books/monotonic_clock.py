"""A wall clock that a clock set forward does not move, for judging how old orders and fills are."""

import threading
from datetime import datetime, timedelta
from typing import Final, final

from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.positions.position_state import VISIBLE_WITHIN

_JUMP_SECONDS: Final = 1.0
"""Seconds by which the wall clock must run ahead of the monotonic one between two looks; less is correction."""


@final
class MonotonicClock:
    """Returns the time of day without the forward jumps of the last minutes; safe to use from many threads.

    Set forward by an hour, a clock would make an order of two seconds ago look like one that the books must show, and a
    fill of this moment like one that every book knows. A clock that is set back makes things look young, which is safe.
    """

    def __init__(self, clock: Clock) -> None:
        """Notice jumps from the first call on."""
        self._clock = clock
        self._lock = threading.Lock()
        self._offset: float | None = None
        self._ahead = 0.0
        self._forget_at = 0.0

    def now(self) -> datetime:
        """Return the present moment, UTC, or an earlier one while a jump is recent."""
        now, monotonic = self._clock.now(), self._clock.monotonic()
        with self._lock:
            return now - timedelta(seconds=self._recent_jump(now.timestamp() - monotonic, monotonic))

    def _recent_jump(self, offset: float, monotonic: float) -> float:
        jump = 0.0 if self._offset is None else offset - self._offset
        self._offset = offset
        if monotonic >= self._forget_at:
            self._ahead = 0.0
        if jump > _JUMP_SECONDS:
            self._ahead += jump
            self._forget_at = monotonic + VISIBLE_WITHIN.total_seconds()
        return self._ahead
