"""Sending one order at most once and learning what became of it, whatever happens to the reply."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.breaker import CircuitBreaker
from jainam_prop.application.gateway_guards import DRY_RUN_PREFIX
from jainam_prop.application.order_finder import OrderFinder
from jainam_prop.application.ports.clock import Clock
from jainam_prop.application.ports.order_gateway import OrderGateway
from jainam_prop.application.ports.order_journal import OrderJournal
from jainam_prop.application.ports.throttle import CallFamily, Throttle
from jainam_prop.application.timing import Timing
from jainam_prop.domain.errors import Blocked, BrokerError, NotSent, OutcomeUnknown, RateLimited, Rejected
from jainam_prop.domain.identifier import make_identifier
from jainam_prop.domain.journal import Intent, IntentState
from jainam_prop.domain.order import OrderRequest, OrderState
from jainam_prop.domain.pacing import Deadline
from jainam_prop.domain.session import Session

_ATTEMPT_SHARE = 0.5
"""Share of the time left that one attempt may take, so that a silent broker leaves time to search its books."""


@final
@dataclass(frozen=True, slots=True)
class OrderSender:
    """Sends orders: journal, pace, one request, and the books when the reply is lost."""

    gateway: OrderGateway
    finder: OrderFinder
    journal: OrderJournal
    throttle: Throttle
    breaker: CircuitBreaker
    clock: Clock
    entropy: Callable[[], int]
    timing: Timing

    def __call__(
        self, session: Session, order: OrderRequest, deadline: Deadline, *, reduces: bool = False
    ) -> Result[str, BrokerError]:
        """Send one order and return the broker's id.

        Only an order that provably never left is sent again. One whose reply was lost is searched for by its
        identifier until the deadline; what cannot be found stays `OutcomeUnknown` and is never sent again.

        Args:
            session: whose order it is.
            order: checked, and small enough for one order.
            deadline: when the caller must have an answer.
            reduces: it only makes a position smaller, so it goes before others.
        """
        now = self.clock.now()
        marked = replace(order, identifier=make_identifier(now, self.entropy()))
        begun = self.journal.begin((Intent.of(marked, now),))
        if not is_successful(begun):
            return Failure(begun.failure())
        outcome = self._send(session, marked, deadline, reduces=reduces)
        self.breaker.record_order(outcome)
        if not is_successful(outcome):
            error = outcome.failure()
            if isinstance(error, OutcomeUnknown):
                outcome = self._reconcile(session, marked.identifier, error, deadline)
        self._note(marked.identifier, outcome)
        return outcome

    def _send(
        self, session: Session, order: OrderRequest, deadline: Deadline, *, reduces: bool
    ) -> Result[str, BrokerError]:
        waits = iter(self.timing.retries)
        while True:
            outcome = self._attempt(session, order, deadline, reduces=reduces)
            if is_successful(outcome):
                return outcome
            wait = self._wait_before_retry(outcome.failure(), waits, deadline)
            if wait is None:
                return outcome
            self.clock.sleep(wait)

    def _attempt(
        self, session: Session, order: OrderRequest, deadline: Deadline, *, reduces: bool
    ) -> Result[str, BrokerError]:
        left = deadline.remaining(self.clock.monotonic())
        if not self.throttle.wait(CallFamily.ORDER, left * _ATTEMPT_SHARE, reduces=reduces):
            return Failure(Blocked("the order rate left no turn in time"))
        left = deadline.remaining(self.clock.monotonic())
        return self.gateway.place(session, order, left * _ATTEMPT_SHARE)

    def _wait_before_retry(self, error: BrokerError, waits: Iterator[float], deadline: Deadline) -> float | None:
        """Return the seconds until the order may be sent again, or None when it must not or there is no time."""
        if not isinstance(error, NotSent | RateLimited):
            return None
        wait = next(waits, None)
        if wait is None:
            return None
        if isinstance(error, RateLimited):
            wait = max(wait, error.retry_after_seconds or 0.0)
            self.throttle.slow_down(CallFamily.ORDER, wait)
        return wait if deadline.allows(self.clock.monotonic(), wait) else None

    def _reconcile(
        self, session: Session, identifier: str, lost: OutcomeUnknown, deadline: Deadline
    ) -> Result[str, BrokerError]:
        found = self.finder(session, identifier, deadline)
        if found is None:
            return Failure(OutcomeUnknown(lost.reason, identifier))
        if found.state is OrderState.REJECTED and found.filled == 0:
            return Failure(Rejected(found.reason or "rejected without a reason"))
        return Success(found.order_id)

    def _note(self, identifier: str, outcome: Result[str, BrokerError]) -> None:
        if is_successful(outcome):
            order_id = outcome.unwrap()
            rehearsed = order_id.startswith(DRY_RUN_PREFIX)
            state = IntentState.NOT_SENT if rehearsed else IntentState.ACCEPTED
            self.journal.note(identifier, state, order_id, "dry run" if rehearsed else "")
            return
        error = outcome.failure()
        self.journal.note(identifier, _state_after(error), note=error.message)


def _state_after(error: BrokerError) -> IntentState:
    if isinstance(error, OutcomeUnknown):
        return IntentState.UNKNOWN
    return IntentState.REJECTED if isinstance(error, Rejected) else IntentState.NOT_SENT
