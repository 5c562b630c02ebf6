"""Modifying a working order."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books.books import Books
from jainam_prop.application.books.order_watch import OrderWatch
from jainam_prop.application.books.reconcile import PositionReconciler
from jainam_prop.application.dry_run import dry_run_id
from jainam_prop.application.orders.market_protection import MarketProtection
from jainam_prop.application.orders.pre_trade import PreTradeChecks
from jainam_prop.application.orders.send import OrderSender, lost_reply
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.trading import OrderGateway
from jainam_prop.application.risk import RiskGate
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import Blocked, BrokerError, Invalid, Rejected
from jainam_prop.domain.orders.order import Order, OrderChange, OrderRequest
from jainam_prop.domain.orders.ticket import Ticket
from jainam_prop.domain.positions.position import key_of
from jainam_prop.domain.positions.smart_order import is_reduction
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class ModifyOrder:
    """Modifies working orders: checks the new terms, sends them once, and reads the order when the reply is lost."""

    checks: PreTradeChecks
    gateway: OrderGateway
    watch: OrderWatch
    books: Books
    positions: PositionReconciler
    gate: RiskGate
    protection: MarketProtection
    sender: OrderSender
    clock: Clock
    timing: Timing

    def __call__(self, session: Session, order_id: str, ticket: Ticket) -> Result[str, BrokerError]:
        """Change an order and return its id; the quantity of the ticket is the new total in units."""
        if not order_id.strip():
            return Failure(Invalid(("orderid is missing", *ticket.problems)))
        prepared = self.checks.order(ticket)
        if not is_successful(prepared):
            return Failure(prepared.failure())
        terms = prepared.unwrap()
        change = _change(order_id.strip(), terms)
        problems = self.checks.problems(change)
        if problems:
            return Failure(Invalid(problems))
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        held_back = self._held_back(session, change, deadline)
        if held_back is not None:
            return Failure(held_back)
        first = self.protection.first_attempt(session, terms, deadline)
        if not is_successful(first):
            return Failure(first.failure())
        outcome = self._send(session, _change(change.order_id, first.unwrap()), deadline)
        second = self.protection.second_attempt(session, terms, outcome, deadline)
        return outcome if second is None else self._send(session, _change(change.order_id, second), deadline)

    def _held_back(self, session: Session, change: OrderChange, deadline: Deadline) -> Blocked | None:
        """Hold back what is new risk; a stop may still be moved, an order made smaller and an exit changed."""
        held_back = self.gate.admit(reduces=False)
        if held_back is None or self.gate.admit(reduces=True) is not None:
            return held_back
        for order in self.books.orders(session, deadline).value_or(()):
            if order.order_id == change.order_id:
                return None if self._adds_nothing(session, order, change, deadline) else held_back
        return held_back

    def _adds_nothing(self, session: Session, order: Order, change: OrderChange, deadline: Deadline) -> bool:
        """Whether a change takes no new risk: an entry that rests far away would be one at a better price."""
        if change.quantity <= order.quantity and (_waits(order, change) or _only_in_quantity(order, change)):
            return True
        key = key_of(order)
        seen = self.positions.many(session, (key,), deadline)[key]
        units = order.side.sign * (change.quantity - order.filled)
        return is_successful(seen) and is_reduction(seen.unwrap().net, units)

    def _send(self, session: Session, change: OrderChange, deadline: Deadline) -> Result[str, BrokerError]:
        outcome = self.sender.dispatch(
            partial(self.gateway.modify, session, change), deadline, dry_run_answer=dry_run_id(change.order_id)
        )
        if lost_reply(outcome) is None:
            return outcome
        order = self.watch.until(session, change.order_id, deadline, lambda order: _is_decided(order, change))
        if order is None:
            return outcome
        if _has_terms(order, change):
            return Success(change.order_id)
        return Failure(Rejected(f"order {change.order_id} is already {order.state.value}"))


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


def _waits(order: Order, change: OrderChange) -> bool:
    return order.is_conditional and change.price_type.has_trigger


def _only_in_quantity(order: Order, change: OrderChange) -> bool:
    return _has_terms(order._replace(quantity=change.quantity), change)


def _is_decided(order: Order, change: OrderChange) -> bool:
    """Whether nothing more can come of a change: it was made, or the order ended before it was."""
    return order.state.is_terminal or _has_terms(order, change)


def _has_terms(order: Order, change: OrderChange) -> bool:
    return (order.quantity, order.price_type, order.price, order.trigger_price) == (
        change.quantity,
        change.price_type,
        change.price,
        change.trigger_price,
    )
