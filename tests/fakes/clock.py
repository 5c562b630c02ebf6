"""A clock that tests move."""

import heapq
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

A_MORNING: Final = datetime(2026, 8, 20, 4, 0, tzinfo=UTC)
"""09:30 in India on a Thursday."""


class FakeClock:
    """Stands still until it is moved, and does what is due on the way.

    A `sleep` moves it and returns at once; so does a `wait_for` whose condition is not met, until something that is due
    meets it. `slept` keeps every sleep in seconds.
    """

    def __init__(self, start: datetime = A_MORNING) -> None:
        self.slept: list[float] = []
        self._start = start
        self._elapsed = 0.0
        self._lock = threading.RLock()
        self._agenda: list[tuple[float, int, Callable[[], object]]] = []
        self._entries = count()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        return self._elapsed

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)
        if seconds > 0:
            self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Let time pass without a sleep, and do what is due meanwhile, each at its moment."""
        self._move_to(self._elapsed + seconds)

    def jump(self, seconds: float) -> None:
        """Let the machine sleep: both clocks go on, and nothing is done meanwhile."""
        with self._lock:
            self._elapsed += seconds

    def set_forward(self, seconds: float) -> None:
        """Set the wall clock forward, or back; the monotonic one does not notice."""
        self._start += timedelta(seconds=seconds)

    def call_later(self, seconds: float, action: Callable[[], object]) -> None:
        """Do something when so many seconds have passed; actions of one moment are done in the order they came."""
        with self._lock:
            heapq.heappush(self._agenda, (self._elapsed + seconds, next(self._entries), action))

    def beside(self, task: Callable[[], object]) -> None:
        """Run what would run on a thread of its own; here at once."""
        task()

    def wait_for(self, changed: threading.Condition, is_met: Callable[[], bool], seconds: float) -> bool:
        """Let time pass until a condition is met, at most so many seconds; ``changed`` is released meanwhile."""
        until = self._elapsed + seconds
        while not is_met() and self._elapsed < until:
            changed.release()
            try:
                self._move_to(min(until, self._next_action_at(until)))
            finally:
                changed.acquire()
        return is_met()

    def _next_action_at(self, until: float) -> float:
        with self._lock:
            return self._agenda[0][0] if self._agenda else until

    def _move_to(self, moment: float) -> None:
        while (action := self._due(moment)) is not None:
            action()
        with self._lock:
            self._elapsed = max(self._elapsed, moment)

    def _due(self, moment: float) -> Callable[[], object] | None:
        with self._lock:
            if not self._agenda or self._agenda[0][0] > moment:
                return None
            due, _, action = heapq.heappop(self._agenda)
            self._elapsed = max(self._elapsed, due)
            return action


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
