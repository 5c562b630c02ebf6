"""Getting one command out: at the broker's pace, and again only when it provably never left."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.breaker import CircuitBreaker
from jainam_prop.application.ports.runtime import Clock, Throttle
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import Blocked, BrokerError, NotSent, RateLimited
from jainam_prop.domain.rate_limit import CallFamily

_Answer = TypeVar("_Answer")

_ATTEMPT_SHARE = 0.5
"""Share of the time left that one attempt may take, so that a silent broker leaves time to search its books."""


@final
@dataclass(frozen=True, slots=True)
class Dispatch:
    """Sends commands to the broker and tells the circuit breaker how it answers them.

    A caller may have longer than a single call's time, because many commands wait for their turns; no attempt has.
    """

    throttle: Throttle
    breaker: CircuitBreaker
    clock: Clock
    timing: Timing
    dry_run: bool = False

    def __call__(
        self,
        attempt: Callable[[float], Result[_Answer, BrokerError]],
        deadline: Deadline,
        *,
        dry_run_answer: _Answer,
        reduces: bool = False,
    ) -> Result[_Answer, BrokerError]:
        """Send one command and return how it was answered.

        Args:
            attempt: sends it once, within the seconds it is given.
            deadline: when the caller must have an answer.
            dry_run_answer: returned in a dry run, where nothing is sent.
            reduces: it only makes risk smaller, so it goes before others.
        """
        if self.dry_run:
            return Success(dry_run_answer)
        waits = iter(self.timing.retries)
        while True:
            outcome = self._attempt(attempt, deadline, reduces=reduces)
            wait = None if is_successful(outcome) else self._wait(outcome.failure(), waits, deadline)
            if wait is None:
                self.breaker.record_order(outcome)
                return outcome
            self.clock.sleep(wait)

    def _attempt(
        self, attempt: Callable[[float], Result[_Answer, BrokerError]], deadline: Deadline, *, reduces: bool
    ) -> Result[_Answer, BrokerError]:
        left = deadline.remaining(self.clock.monotonic())
        if not self.throttle.wait(CallFamily.ORDER, left * _ATTEMPT_SHARE, reduces=reduces):
            return Failure(Blocked("the order rate left no turn in time"))
        left = min(deadline.remaining(self.clock.monotonic()), self.timing.call)
        return attempt(left * _ATTEMPT_SHARE)

    def _wait(self, error: BrokerError, waits: Iterator[float], deadline: Deadline) -> float | None:
        """Return the seconds until the command may be sent again, or None when it must not or there is no time."""
        if not isinstance(error, NotSent | RateLimited):
            return None
        wait = next(waits, None)
        if wait is None:
            return None
        if isinstance(error, RateLimited):
            wait = max(wait, error.retry_after_seconds or 0.0)
            self.throttle.slow_down(CallFamily.ORDER, wait)
        return wait if deadline.allows(self.clock.monotonic(), wait) else None
