"""One read for all who ask at the same time, never one that began too early."""

import threading
from collections.abc import Callable
from typing import Final, Generic, TypeVar, final

from returns.pipeline import is_successful
from returns.result import Failure, Result

from jainam_prop.application.ports.runtime import Clock, Throttle
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.rate_limit import CallFamily

_Book = TypeVar("_Book")

_MORE_TIME: Final = 0.5
"""Seconds: who has so much longer than one who failed tries for himself."""


@final
class SharedRead(Generic[_Book]):
    """Lets concurrent callers share one read of a book, because the broker allows only about one a second.

    Each caller names the moment from which on a read is new enough for it; it gets a read that *began* no earlier. A
    read that failed is shared only with callers who had not much more time for it than the one who made it.
    """

    def __init__(self, family: CallFamily, throttle: Throttle, clock: Clock) -> None:
        """Share reads of one call family."""
        self._family = family
        self._throttle = throttle
        self._clock = clock
        self._changed = threading.Condition()
        self._reading = False
        self._began = float("-inf")
        self._latest: Result[_Book, BrokerError] | None = None
        self._given_until = float("-inf")

    def __call__(
        self, read: Callable[[float], Result[_Book, BrokerError]], not_before: float, deadline: Deadline
    ) -> Result[_Book, BrokerError]:
        """Return a read that began at ``not_before`` (monotonic seconds) or later, made by this caller if need be.

        Args:
            read: makes the read within the seconds it is given.
            not_before: a read that began earlier is not good enough.
            deadline: when the caller must have an answer.
        """
        while True:
            with self._changed:
                if self._latest is not None and self._serves(self._latest, not_before, deadline):
                    return self._latest
                if not self._reading:
                    self._reading = True
                    break
                left = deadline.remaining(self._clock.monotonic())
                if not self._clock.wait_for(self._changed, lambda: self._is_over_for(not_before, deadline), left):
                    return Failure(Unreadable("no answer in time"))
        return self._read(read, deadline)

    def _is_over_for(self, not_before: float, deadline: Deadline) -> bool:
        """Whether the read under way has ended, or one that ended before it serves."""
        return not self._reading or (self._latest is not None and self._serves(self._latest, not_before, deadline))

    def _serves(self, latest: Result[_Book, BrokerError], not_before: float, deadline: Deadline) -> bool:
        return self._began >= not_before and (is_successful(latest) or deadline.at - self._given_until < _MORE_TIME)

    def _read(
        self, read: Callable[[float], Result[_Book, BrokerError]], deadline: Deadline
    ) -> Result[_Book, BrokerError]:
        began = float("-inf")
        outcome: Result[_Book, BrokerError] = Failure(Unreadable("the read was broken off"))
        try:
            left = deadline.remaining(self._clock.monotonic())
            if not self._throttle.wait(self._family, left, reduces=True):
                outcome = Failure(Unreadable("the rate limit left no turn in time"))
                return outcome
            began = self._clock.monotonic()
            outcome = read(deadline.remaining(began))
            return outcome
        finally:
            with self._changed:
                self._reading = False
                self._began, self._latest, self._given_until = began, outcome, deadline.at
                self._changed.notify_all()
