"""Modifying a working order."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books.books import Books
from jainam_prop.application.books.order_watch import OrderWatch
from jainam_prop.application.books.reconcile import PositionReconciler
from jainam_prop.application.orders.market_protection import MarketProtection
from jainam_prop.application.orders.pre_trade import PreTradeChecks
from jainam_prop.application.orders.send import OrderSender, lost_reply
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.risk import RiskGate
from jainam_prop.domain.deadlines import Deadline, Timing
from jainam_prop.domain.errors import Blocked, BrokerError, Invalid, Rejected, Unconfirmed
from jainam_prop.domain.orders.client_order_id import dry_run_id
from jainam_prop.domain.orders.order import Order, OrderChange, OrderRequest
from jainam_prop.domain.orders.ticket import Ticket
from jainam_prop.domain.positions.position import key_of
from jainam_prop.domain.positions.smart_order import is_reduction
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class ModifyOrder:
    """Modifies working orders.

    The order is read first and compared with the ticket, the new terms are checked and sent once, and the exchange's
    answer is read from the order.
    """

    checks: PreTradeChecks
    watch: OrderWatch
    books: Books
    positions: PositionReconciler
    gate: RiskGate
    protection: MarketProtection
    sender: OrderSender
    clock: Clock
    timing: Timing

    def __call__(self, session: Session, order_id: str, ticket: Ticket) -> Result[str, BrokerError]:
        """Modify an order and return its id once the exchange has; the ticket's quantity is the new total in units.

        Errors: Invalid when the ticket is not of this order, or no rule allows its terms; Rejected when the exchange
        refused them, or the order had ended before; Unconfirmed when neither was seen in time.
        """
        order_id, deadline = order_id.strip(), Deadline(self.clock.monotonic() + self.timing.call)
        if not order_id:
            return Failure(Invalid(("orderid is missing", *ticket.problems)))
        prepared = self.checks.order(ticket, session)
        if not is_successful(prepared):
            return Failure(prepared.failure())
        terms = prepared.unwrap()
        doubt = self.checks.units_problem(terms.quantity, terms.instrument)
        problems = self.checks.problems(_change(order_id, terms))
        if problems:
            return Failure(Invalid((*(doubt.problems if doubt else ()), *problems)))
        return self._order(session, order_id, deadline).bind(
            lambda order: self._modify(session, order, terms, deadline)
        )

    def _order(self, session: Session, order_id: str, deadline: Deadline) -> Result[Order, BrokerError]:
        """Read the order; one that was just accepted is waited for a moment, until the order book shows it."""
        until = Deadline(min(deadline.at, self.clock.monotonic() + self.timing.call / 4))
        found = self.watch.until(session, order_id, until, lambda _: True)
        if found is not None and not found.is_working:
            return Failure(Rejected(f"order {order_id} is already {found.state.value}"))
        if found is not None:
            return Success(found)
        return self.books.orders(session, deadline).bind(lambda orders: working_order(orders, order_id))

    def _modify(
        self, session: Session, order: Order, terms: OrderRequest, deadline: Deadline
    ) -> Result[str, BrokerError]:
        doubt = self.checks.units_problem(terms.quantity, terms.instrument)
        doubtful = doubt.problems if doubt is not None and terms.quantity > order.quantity else ()
        differences = (*_differences(order, terms), *doubtful)
        if differences:
            return Failure(Invalid(differences))
        held_back = self._held_back(session, order, _change(order.order_id, terms), deadline)
        if held_back is not None:
            return Failure(held_back)
        first = self.protection.first_attempt(session, terms, deadline)
        if not is_successful(first):
            return Failure(first.failure())
        outcome = self._send(session, order, first.unwrap(), deadline)
        second = self.protection.second_attempt(session, terms, outcome, deadline)
        return outcome if second is None else self._send(session, order, second, deadline)

    def _held_back(self, session: Session, order: Order, change: OrderChange, deadline: Deadline) -> Blocked | None:
        """Hold back what is new risk; a stop may still be moved, an order made smaller and an exit changed."""
        held_back = self.gate.admit(reduces=False)
        if held_back is None or self.gate.admit(reduces=True) is not None:
            return held_back
        return None if self._adds_nothing(session, order, change, deadline) else held_back

    def _adds_nothing(self, session: Session, order: Order, change: OrderChange, deadline: Deadline) -> bool:
        """Whether a change takes no new risk: an entry that rests far away would be one at a better price."""
        waits = order.is_conditional and change.price_type.has_trigger
        is_same = waits or _has_terms(order._replace(quantity=change.quantity), change)
        if is_same and change.quantity <= order.quantity:
            return True
        key = key_of(order)
        seen = self.positions.many(session, (key,), deadline)[key]
        units = order.side.sign * (change.quantity - order.filled)
        return is_successful(seen) and is_reduction(seen.unwrap().net, units)

    def _send(
        self, session: Session, before: Order, terms: OrderRequest, deadline: Deadline
    ) -> Result[str, BrokerError]:
        change = _change(before.order_id, terms)
        outcome = self.sender.dispatch(
            session,
            partial(self.sender.gateway.modify, session, change),
            deadline,
            dry_run_answer=dry_run_id(change.order_id),
        )
        is_lost = lost_reply(outcome) is not None
        if self.sender.dry_run or not (is_lost or is_successful(outcome)):
            return outcome
        until = deadline if is_lost else Deadline(min(deadline.at, self.clock.monotonic() + self.timing.call / 2))
        reasons = {change.order_id: before.reason}
        answered = self.watch.until_answered(session, reasons, until, lambda order: _has_terms(order, change))
        order = answered.get(change.order_id)
        if is_lost:
            self.gate.record_order(session, outcome if order is None else Success(order.order_id))
        if order is None:
            reason = "the broker accepted the new terms, the exchange has not answered"
            return outcome if is_lost else Failure(Unconfirmed(reason, change.order_id))
        return _verdict(order, change)


def working_order(orders: Iterable[Order], order_id: str) -> Result[Order, BrokerError]:
    """Find an order that can still trade; one that is not shown, or has ended, is Invalid."""
    found = next((order for order in orders if order.order_id == order_id.strip()), None)
    if found is None:
        return Failure(Invalid((f"the order book does not show an order {order_id}",)))
    if not found.is_working:
        return Failure(Invalid((f"order {order_id} is {found.state.value} and cannot be changed",)))
    return Success(found)


def _change(order_id: str, order: OrderRequest) -> OrderChange:
    return OrderChange(
        order_id=order_id,
        instrument=order.instrument,
        product=order.product,
        price_type=order.price_type,
        quantity=order.quantity,
        price=order.price,
        trigger_price=order.trigger_price,
        disclosed_quantity=order.disclosed_quantity,
        validity=order.validity,
    )


def _verdict(order: Order, change: OrderChange) -> Result[str, BrokerError]:
    if _has_terms(order, change):
        return Success(change.order_id)
    if order.state.is_terminal:
        return Failure(Rejected(f"order {change.order_id} is already {order.state.value}"))
    return Failure(Rejected(f"the exchange refused the new terms: {order.reason or 'no reason given'}"))


def _differences(order: Order, terms: OrderRequest) -> Iterator[str]:
    """Name everything by which a ticket is not one of an order: a change can only give new terms to the same one."""
    name, instrument = f"order {order.order_id}", terms.instrument
    if order.instrument != instrument.key:
        yield f"{name} is of another contract ({order.broker_symbol}) than {instrument.symbol} on {instrument.exchange}"
    if order.side is not terms.side:
        yield f"{name} is a {order.side} order, not {terms.side}"
    if order.product != terms.product:
        yield f"{name} is carried as {order.product}, not {terms.product}: convert the position instead"
    if order.instrument == instrument.key and terms.quantity <= order.filled:
        yield f"quantity {terms.quantity} is the new total and must be above the {order.filled} units that have filled"


def _has_terms(order: Order, change: OrderChange) -> bool:
    return (order.quantity, order.price_type, order.price, order.trigger_price) == (
        change.quantity,
        change.price_type,
        change.price,
        change.trigger_price,
    )
