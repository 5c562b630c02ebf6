"""Cancelling orders: one, all that work, or those in the way of a close or a smart order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books.account import AccountStates
from jainam_prop.application.books.books import Books
from jainam_prop.application.books.order_watch import OrderWatch
from jainam_prop.application.journal import ProcessJournal
from jainam_prop.application.orders.send import OrderSender, lost_reply
from jainam_prop.application.ports.runtime import Clock, TaskRunner
from jainam_prop.domain.deadlines import Deadline, Timing
from jainam_prop.domain.errors import BrokerError, Invalid, OutcomeUnknown, Rejected, Unconfirmed
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.orders.client_order_id import dry_run_id, make_identifier
from jainam_prop.domain.orders.journal import CLEARANCE, Intent, IntentState
from jainam_prop.domain.orders.order import Order, OrderState
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.positions.position_state import VISIBLE_WITHIN, unseen
from jainam_prop.domain.sessions.session import Session

_ATTEMPTS: Final = 3
_WATCH_SHARE: Final = 0.4
"""Share of the time left for watching an order before its cancel is taken for lost and asked for again."""


@final
@dataclass(frozen=True, slots=True)
class OrderCanceller:
    """Cancels working orders, and finds out what became of them when a reply is lost.

    A cancel may be repeated where an order may not: of two that arrive, the second is refused.
    """

    sender: OrderSender
    watch: OrderWatch
    tasks: TaskRunner
    clock: Clock
    timing: Timing

    def cancel(self, session: Session, order_id: str, deadline: Deadline) -> Result[str, BrokerError]:
        """Cancel a working order and return its id, once the broker accepted it; one that was filled is Rejected."""
        outcome = self._ask(session, order_id, deadline)
        if lost_reply(outcome) is None:
            return outcome
        until = Deadline(min(deadline.at, self.clock.monotonic() + self.timing.call))
        for attempt in range(1, _ATTEMPTS + 1):
            now = self.clock.monotonic()
            share = 1.0 if attempt == _ATTEMPTS else _WATCH_SHARE
            watched = Deadline(now + until.remaining(now) * share)
            ended = self.watch.until(session, order_id, watched, _has_ended)
            if ended is not None:
                return _verdict(ended)
            if attempt < _ATTEMPTS and is_successful(self._ask(session, order_id, until)):
                return Success(order_id)
        lost = Failure(OutcomeUnknown(f"the cancel of order {order_id} may have been lost"))
        self.sender.gate.record_order(session, lost)
        return lost

    def confirm(
        self, session: Session, reasons: Mapping[str, str | None], deadline: Deadline
    ) -> dict[str, Result[str, BrokerError]]:
        """Wait for the exchange's answer to cancels that the broker accepted.

        Args:
            session: the account of the orders.
            reasons: order ids, each with its reject reason before the cancel; None where it was not read.
            deadline: when the caller must have an answer.

        Returns:
            For each order its id once it was seen cancelled. Errors: Rejected when it was filled or had ended before,
            or when the exchange refused the cancel, with its reason; Unconfirmed when neither was seen in time.
        """
        if self.sender.dry_run:
            return {order_id: Success(order_id) for order_id in reasons}
        answered = self.watch.until_answered(session, reasons, deadline, _is_cancelled) if reasons else {}
        return {order_id: _confirmation(order_id, answered.get(order_id)) for order_id in reasons}

    def cancel_many(
        self, session: Session, order_ids: Sequence[str], deadline: Deadline
    ) -> dict[str, Result[str, BrokerError]]:
        """Cancel orders in parallel and return how each was answered, without waiting for their end."""
        tasks = [partial(self.cancel, session, order_id, deadline) for order_id in order_ids]
        return dict(zip(order_ids, self.tasks.run(tasks), strict=True))

    def cancel_and_wait(self, session: Session, reasons: Mapping[str, str | None], deadline: Deadline) -> set[str]:
        """Cancel orders and wait for the exchange, for half of the time that is left after the last cancel.

        Returns the order ids of ``reasons``, as in `confirm`, whose cancel the broker has, or may have, and the
        exchange has not refused.
        """
        outcomes = self.cancel_many(session, tuple(reasons), deadline)
        asked = {order_id for order_id, outcome in outcomes.items() if is_successful(outcome) or lost_reply(outcome)}
        until = Deadline((deadline.at + self.clock.monotonic()) / 2)
        waited = {order_id: reasons[order_id] for order_id in asked}
        answered = self.watch.until_answered(session, waited, until, _is_cancelled) if waited else {}
        return {order_id for order_id in asked if order_id not in answered or answered[order_id].state.is_terminal}

    def journal_cancels(
        self, instrument: Instrument, product: str, units: int, note: str, *, exits: bool = True
    ) -> Result[None, BrokerError]:
        """Record cancels of protective stops before they are sent.

        Where that cannot be written, no order could follow either, unless it ``exits``, and the stops have to stay.

        Args:
            instrument: of the position, or of the first of several.
            product: likewise.
            units: signed units that the order after the cancels will trade.
            note: what is cancelled, and why.
            exits: the order after the cancels only makes the position smaller.
        """
        now = self.clock.now()
        mark, key = make_identifier(now, self.sender.entropy()), PositionKey(instrument.key, product)
        intent = Intent.to_change(key, units, symbol=instrument.symbol, how=CLEARANCE, identifier=mark, made_at=now)
        begun = self.sender.journal.begin((intent,), exits=exits)
        if is_successful(begun):
            self.sender.journal.note(mark, IntentState.RESOLVED, note=note)
        return begun

    def _ask(self, session: Session, order_id: str, deadline: Deadline) -> Result[str, BrokerError]:
        return self.sender.dispatch(
            session,
            partial(self.sender.gateway.cancel, session, order_id),
            deadline,
            dry_run_answer=dry_run_id(order_id),
            reduces=True,
        )


@dataclass(frozen=True, slots=True)
class Cancellations:
    """The orders that were seen cancelled, the others with the reason of each, and what else there is to know."""

    cancelled: tuple[str, ...]
    failed: tuple[tuple[str, BrokerError], ...]
    note: str = ""


@final
@dataclass(frozen=True, slots=True)
class CancelOrders:
    """Cancels one order, or every order that is not terminal."""

    books: Books
    states: AccountStates
    journal: ProcessJournal
    canceller: OrderCanceller
    clock: Clock
    timing: Timing

    def one(self, session: Session, order_id: str) -> Result[str, BrokerError]:
        """Cancel an order and return its id, once it was seen cancelled; errors as `OrderCanceller.confirm`."""
        order_id = order_id.strip()
        if not order_id:
            return Failure(Invalid(("orderid is missing",)))
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        accepted = self.canceller.cancel(session, order_id, deadline)
        if not is_successful(accepted):
            return accepted
        until = Deadline(min(deadline.at, self.clock.monotonic() + self.timing.call / 2))
        return self.canceller.confirm(session, {order_id: None}, until)[order_id]

    def all(self, session: Session) -> Result[Cancellations, BrokerError]:
        """Cancel all working orders, accepted ones that the order book does not show yet included.

        An order of unknown outcome has no order id to be cancelled by, so it is among the failed ones, by its client
        order id.

        Errors: Unreadable when the order book cannot be read; then nothing was done.
        """
        session = replace(session, exits=True)
        orders = self.books.orders(session, Deadline(self.clock.monotonic() + self.timing.call))
        if not is_successful(orders):
            return Failure(orders.failure())
        now = self.clock.now()
        recent = self.journal.entries_since(now - VISIBLE_WITHIN, exits=True)
        account = self.states.of(session)
        account.take_in(recent)
        accepted, unresolved = unseen(recent, orders.unwrap(), now), account.unresolved(recent)
        working = [order.order_id for order in orders.unwrap() if order.is_working]
        working += [order.order_id for order in accepted]
        answers = self.canceller.tasks.run([partial(self._one_of_all, session, order_id) for order_id in working])
        outcomes = dict(zip(working, answers, strict=True))
        before = {order.order_id: order.reason for order in orders.unwrap()}
        asked = {order_id: before.get(order_id) for order_id in working if is_successful(outcomes[order_id])}
        outcomes |= self.canceller.confirm(session, asked, Deadline(self.clock.monotonic() + self.timing.call))
        failed = [(order_id, one.failure()) for order_id, one in outcomes.items() if not is_successful(one)]
        no_id = "It has no order id yet to be cancelled by."
        return Success(
            Cancellations(
                tuple(order_id for order_id, one in outcomes.items() if is_successful(one)),
                (*failed, *((one.identifier, OutcomeUnknown(no_id, one.identifier)) for one in unresolved)),
                self.journal.problem,
            )
        )

    def _one_of_all(self, session: Session, order_id: str) -> Result[str, BrokerError]:
        """Cancel one of many orders; its time begins with its own turn."""
        return self.canceller.cancel(session, order_id, Deadline(self.clock.monotonic() + self.timing.close_all))


def _is_cancelled(order: Order) -> bool:
    return order.state is OrderState.CANCELLED


def _confirmation(order_id: str, answered: Order | None) -> Result[str, BrokerError]:
    if answered is None:
        return Failure(Unconfirmed("the broker accepted the cancel, the exchange has not answered", order_id))
    if answered.state.is_terminal:
        return _verdict(answered)
    return Failure(Rejected(f"the exchange refused the cancel: {answered.reason or 'no reason given'}"))


def _has_ended(order: Order) -> bool:
    return order.state.is_terminal or order.state is OrderState.PENDING_CANCEL


def _verdict(ended: Order) -> Result[str, BrokerError]:
    if ended.state is OrderState.CANCELLED or ended.state is OrderState.PENDING_CANCEL:
        return Success(ended.order_id)
    return Failure(Rejected(f"order {ended.order_id} is already {ended.state.value}"))
