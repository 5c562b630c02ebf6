"""New terms for a working order."""

from dataclasses import dataclass
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.dry_run import dry_run_id
from jainam_prop.application.orders.dispatch import Dispatch
from jainam_prop.application.orders.market_protection import MarketProtection
from jainam_prop.application.orders.order_watch import OrderWatch
from jainam_prop.application.orders.prepare import prepare
from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.trading import OrderGateway
from jainam_prop.application.positions.books import Books
from jainam_prop.application.positions.exposure_reader import ExposureReader
from jainam_prop.application.risk_gate import RiskGate
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import Blocked, BrokerError, Invalid, OutcomeUnknown, Rejected
from jainam_prop.domain.orders.order import Order, OrderChange, OrderRequest
from jainam_prop.domain.orders.ticket import Ticket
from jainam_prop.domain.orders.validation import order_problems
from jainam_prop.domain.positions.position import key_of
from jainam_prop.domain.positions.smart_order import is_reduction
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class ModifyOrder:
    """Checks new terms like an order's and sends them once; after a lost reply the order itself tells."""

    instruments: InstrumentStore
    gateway: OrderGateway
    watch: OrderWatch
    books: Books
    exposures: ExposureReader
    gate: RiskGate
    protection: MarketProtection
    dispatch: Dispatch
    clock: Clock
    timing: Timing

    def __call__(self, session: Session, order_id: str, ticket: Ticket) -> Result[str, BrokerError]:
        """Change an order and return its id; the quantity of the ticket is the new total in units."""
        if not order_id.strip():
            return Failure(Invalid(("orderid is missing", *ticket.problems)))
        prepared = prepare(ticket, self.instruments)
        if not is_successful(prepared):
            return Failure(prepared.failure())
        change = _change(order_id.strip(), prepared.unwrap())
        problems = order_problems(change)
        if problems:
            return Failure(Invalid(problems))
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        held_back = self._held_back(session, change, deadline)
        if held_back is not None:
            return Failure(held_back)

        def send(priced: OrderRequest) -> Result[str, BrokerError]:
            return self._send(session, _change(change.order_id, priced), deadline)

        return self.protection(session, prepared.unwrap(), send, deadline)

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
        seen = self.exposures.many(session, (key,), deadline)[key]
        units = order.side.sign * (change.quantity - order.filled)
        return is_successful(seen) and is_reduction(seen.unwrap().net, units)

    def _send(self, session: Session, change: OrderChange, deadline: Deadline) -> Result[str, BrokerError]:
        outcome = self.dispatch(
            lambda seconds: self.gateway.modify(session, change, seconds),
            deadline,
            dry_run_answer=dry_run_id(change.order_id),
        )
        if is_successful(outcome) or not isinstance(outcome.failure(), OutcomeUnknown):
            return outcome
        order = self.watch(session, change.order_id, deadline, until=lambda order: _is_decided(order, change))
        if order is None:
            return outcome
        if _has_terms(order, change):
            return Success(change.order_id)
        return Failure(Rejected(f"order {change.order_id} is already {order.state.value}"))


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
