"""Sending one order at most once: journal, pace, one request, and the order book when its reply is lost.

`OrderSender.send` is the whole sequence. Cover orders, which have two order ids, go through its three steps one by one;
cancels and modifications, which need no journal entry, only through `OrderSender.dispatch`.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeVar, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books.order_watch import OrderWatch
from jainam_prop.application.journal import ProcessJournal
from jainam_prop.application.ports.journal import LOCK_LOST
from jainam_prop.application.ports.runtime import UNMETERED, Clock, Meter, Throttle
from jainam_prop.application.ports.trading import OrderGateway
from jainam_prop.application.recovery import Recovery
from jainam_prop.application.risk import RiskGate
from jainam_prop.domain.deadlines import Deadline, Timing
from jainam_prop.domain.errors import Blocked, BrokerError, NotSent, OutcomeUnknown, RateLimited, Rejected
from jainam_prop.domain.orders.client_order_id import dry_run_id, is_dry_run_id, make_identifier
from jainam_prop.domain.orders.journal import REQUEST_ENDED, Intent, IntentState
from jainam_prop.domain.orders.linked_order import BracketRequest, CoverRequest
from jainam_prop.domain.orders.order import OrderRequest
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.domain.sessions.session import Session

_Order = TypeVar("_Order", OrderRequest, CoverRequest, BracketRequest)
_Answer = TypeVar("_Answer")

_ATTEMPT_SHARE: Final = 0.5
"""Share of the time left that one attempt may take, so that time stays to search the books after no reply."""


@final
@dataclass(frozen=True, slots=True)
class OrderSender:
    """Sends orders and commands to the broker, each at most once."""

    gateway: OrderGateway
    watch: OrderWatch
    journal: ProcessJournal
    throttle: Throttle
    gate: RiskGate
    recovery: Recovery
    clock: Clock
    entropy: Callable[[], int]
    timing: Timing
    dry_run: bool = False
    meter: Meter = UNMETERED
    lock_is_lost: Callable[[PositionKey], bool] = lambda _key: False

    def send(
        self,
        session: Session,
        order: _Order,
        deadline: Deadline,
        place: Callable[[Session, _Order, float], Result[str, BrokerError]],
        *,
        reduces: bool = False,
    ) -> Result[str, BrokerError]:
        """Send one order and return the broker's order id.

        Args:
            session: the account that trades.
            order: checked, and small enough for one order.
            deadline: when the caller must have an answer.
            place: sends it once, within so many seconds.
            reduces: it only makes a position smaller, so it goes before others.

        Errors: Blocked when the journal cannot be written, unless it ``reduces``; OutcomeUnknown when the reply was
        lost and no book that could be read before the deadline shows the order. Such an order is never sent again.
        """
        begun = self.begin(order, exits=reduces)
        if not is_successful(begun):
            return Failure(begun.failure())
        marked = begun.unwrap()
        attempt = partial(place, session, marked)
        outcome = self.dispatch(
            session,
            attempt if reduces else self.locked((PositionKey(marked.instrument.key, marked.product),), attempt),
            deadline,
            dry_run_answer=dry_run_id(marked.identifier),
            reduces=reduces,
        )
        return self.settle(session, marked, outcome, deadline)

    def begin(self, order: _Order, *, exits: bool = False) -> Result[_Order, BrokerError]:
        """Return an order with a client order id of its own, which is in the journal before anything is sent.

        One that ``exits`` goes on where the journal cannot be written.
        """
        now = self.clock.now()
        marked = replace(order, identifier=make_identifier(now, self.entropy()))
        return self.journal.begin((Intent.of(marked, now),), exits=exits).map(lambda _: marked)

    def locked(
        self, positions: Iterable[PositionKey], attempt: Callable[[float], Result[_Answer, BrokerError]]
    ) -> Callable[[float], Result[_Answer, BrokerError]]:
        """Return an attempt that is refused once a lock of a position is lost: a turn, or a retry, is waited for."""
        refused: Result[_Answer, BrokerError] = Failure(Blocked(LOCK_LOST))
        return lambda seconds: refused if any(map(self.lock_is_lost, positions)) else attempt(seconds)

    def dispatch(
        self,
        session: Session,
        attempt: Callable[[float], Result[_Answer, BrokerError]],
        deadline: Deadline,
        *,
        dry_run_answer: _Answer,
        reduces: bool = False,
    ) -> Result[_Answer, BrokerError]:
        """Send one request at the pace of the rate limit, and retry it only while it provably was not sent.

        A caller may have longer than a single call, since many commands wait for their turns; no attempt has.

        Args:
            session: the account that trades.
            attempt: sends the request once, within so many seconds.
            deadline: when the caller must have an answer.
            dry_run_answer: returned in a dry run, where nothing is sent.
            reduces: it only makes risk smaller, so it goes before others.
        """
        if self.dry_run:
            return Success(dry_run_answer)
        waits = iter(self.timing.retries)
        while True:
            asked = self.clock.monotonic()
            if self.throttle.wait(CallFamily.ORDER, deadline.remaining(asked) * _ATTEMPT_SHARE, reduces=reduces):
                sent = self.clock.monotonic()
                outcome = attempt(min(deadline.remaining(sent), self.timing.call) * _ATTEMPT_SHARE)
                self.meter.sent(sent - asked, self.clock.monotonic() - sent)
            else:
                outcome = Failure(Blocked("the order rate left no turn in time"))
            wait = None if is_successful(outcome) else self._retry_delay(outcome.failure(), waits, deadline)
            if wait is None:
                if lost_reply(outcome) is None:
                    self.gate.record_order(session, outcome)
                return outcome
            self.clock.sleep(wait)

    def settle(
        self, session: Session, order: _Order, outcome: Result[str, BrokerError], deadline: Deadline
    ) -> Result[str, BrokerError]:
        """Return what became of an order, from the order book when the reply was lost, and note it in the journal."""
        lost = lost_reply(outcome)
        if lost is not None:
            self._note(order.identifier, Failure(lost))  # before the search: books are evidence from this moment on
            until = Deadline(min(deadline.at, self.clock.monotonic() + self.timing.call))
            found = self.watch.find(session, order.identifier, order.side, until)
            if found is None:
                outcome = Failure(replace(lost, identifier=order.identifier))
            elif found.was_refused:
                outcome = Failure(Rejected(found.reason or "rejected without a reason"))
            else:
                outcome = Success(found.order_id)
            self.gate.record_order(session, outcome)
        self.meter.settled(outcome)
        if lost_reply(outcome) is not None:
            self.recovery.follow(session)
        else:
            self._note(order.identifier, outcome)
        return outcome

    def _retry_delay(self, error: BrokerError, waits: Iterator[float], deadline: Deadline) -> float | None:
        """Return the seconds until the request may be sent again, or None when it must not or there is no time."""
        if not isinstance(error, NotSent | RateLimited):
            return None
        wait = next(waits, None)
        if wait is None:
            return None
        if isinstance(error, RateLimited):
            wait = max(wait, error.retry_after_seconds or 0.0)
            self.throttle.slow_down(CallFamily.ORDER, wait)
        return wait if deadline.allows(self.clock.monotonic(), wait) else None

    def _note(self, identifier: str, outcome: Result[str, BrokerError]) -> None:
        if is_successful(outcome):
            order_id = outcome.unwrap()
            rehearsed = is_dry_run_id(order_id)
            state = IntentState.NOT_SENT if rehearsed else IntentState.ACCEPTED
            self.journal.note(identifier, state, order_id, "dry run" if rehearsed else "")
            return
        error = outcome.failure()
        over = f" {REQUEST_ENDED}" if isinstance(error, OutcomeUnknown) and error.has_ended else ""
        self.journal.note(identifier, _state_after(error), note=error.message + over)


def lost_reply(outcome: Result[_Answer, BrokerError]) -> OutcomeUnknown | None:
    """Return the error of a request that may have been carried out unanswered, or None for every other outcome."""
    if is_successful(outcome):
        return None
    error = outcome.failure()
    return error if isinstance(error, OutcomeUnknown) else None


def _state_after(error: BrokerError) -> IntentState:
    if isinstance(error, OutcomeUnknown):
        return IntentState.UNKNOWN
    return IntentState.REJECTED if isinstance(error, Rejected) else IntentState.NOT_SENT
