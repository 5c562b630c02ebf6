"""Sending one order at most once and learning what became of it, whatever happens to the reply."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.breaker import CircuitBreaker
from jainam_prop.application.dry_run import dry_run_id, is_dry_run_id
from jainam_prop.application.orders.dispatch import Dispatch
from jainam_prop.application.orders.order_finder import OrderFinder
from jainam_prop.application.ports.journal import OrderJournal
from jainam_prop.application.ports.runtime import Clock, Throttle
from jainam_prop.application.ports.trading import OrderGateway
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, OutcomeUnknown, Rejected
from jainam_prop.domain.orders.client_order_id import make_identifier
from jainam_prop.domain.orders.journal import Intent, IntentState
from jainam_prop.domain.orders.linked_order import BracketRequest, CoverRequest
from jainam_prop.domain.orders.order import OrderRequest
from jainam_prop.domain.sessions.session import Session

_Order = TypeVar("_Order", OrderRequest, CoverRequest, BracketRequest)


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
    dry_run: bool = False

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
        return self.deliver(
            order,
            lambda marked, seconds: self.gateway.place(session, marked, seconds),
            session,
            deadline,
            reduces=reduces,
        )

    def deliver(
        self,
        order: _Order,
        place: Callable[[_Order, float], Result[str, BrokerError]],
        session: Session,
        deadline: Deadline,
        *,
        reduces: bool = False,
    ) -> Result[str, BrokerError]:
        """Send an order of any kind, as above; of a linked one the answer names the entry.

        Args:
            order: it gets its identifier here.
            place: sends the marked order once, within the seconds it is given.
            session: whose order it is.
            deadline: when the caller must have an answer.
            reduces: it only makes a position smaller.
        """
        now = self.clock.now()
        marked = replace(order, identifier=make_identifier(now, self.entropy()))
        begun = self.journal.begin((Intent.of(marked, now),))
        if not is_successful(begun):
            return Failure(begun.failure())
        dispatch = Dispatch(self.throttle, self.breaker, self.clock, self.timing, self.dry_run)
        outcome = dispatch(
            lambda seconds: place(marked, seconds),
            deadline,
            dry_run_answer=dry_run_id(marked.identifier),
            reduces=reduces,
        )
        if not is_successful(outcome):
            error = outcome.failure()
            if isinstance(error, OutcomeUnknown):
                outcome = self._reconcile(session, marked, error, deadline)
        self._note(marked.identifier, outcome)
        return outcome

    def _reconcile(
        self, session: Session, order: _Order, lost: OutcomeUnknown, deadline: Deadline
    ) -> Result[str, BrokerError]:
        until = Deadline(min(deadline.at, self.clock.monotonic() + self.timing.call))
        found = self.finder(session, order.identifier, until, order.side)
        if found is None:
            return Failure(OutcomeUnknown(lost.reason, order.identifier))
        if found.was_refused:
            return Failure(Rejected(found.reason or "rejected without a reason"))
        return Success(found.order_id)

    def _note(self, identifier: str, outcome: Result[str, BrokerError]) -> None:
        if is_successful(outcome):
            order_id = outcome.unwrap()
            rehearsed = is_dry_run_id(order_id)
            state = IntentState.NOT_SENT if rehearsed else IntentState.ACCEPTED
            self.journal.note(identifier, state, order_id, "dry run" if rehearsed else "")
            return
        error = outcome.failure()
        self.journal.note(identifier, _state_after(error), note=error.message)


def _state_after(error: BrokerError) -> IntentState:
    if isinstance(error, OutcomeUnknown):
        return IntentState.UNKNOWN
    return IntentState.REJECTED if isinstance(error, Rejected) else IntentState.NOT_SENT
