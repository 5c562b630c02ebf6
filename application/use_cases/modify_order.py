"""New terms for a working order."""

from dataclasses import dataclass
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books import Books
from jainam_prop.application.market_protection import MarketProtection
from jainam_prop.application.order_preparation import prepare
from jainam_prop.application.order_watch import OrderWatch
from jainam_prop.application.ports.clock import Clock
from jainam_prop.application.ports.instrument_store import InstrumentStore
from jainam_prop.application.ports.order_gateway import OrderGateway
from jainam_prop.application.ports.throttle import CallFamily, Throttle
from jainam_prop.application.risk_gate import RiskGate
from jainam_prop.application.timing import Timing
from jainam_prop.domain.errors import Blocked, BrokerError, Invalid, OutcomeUnknown
from jainam_prop.domain.order import Order, OrderChange, OrderRequest
from jainam_prop.domain.pacing import Deadline
from jainam_prop.domain.session import Session
from jainam_prop.domain.ticket import Ticket
from jainam_prop.domain.validation import order_problems


@final
@dataclass(frozen=True, slots=True)
class ModifyOrder:
    """Checks new terms like an order's and sends them once; after a lost reply the order itself tells."""

    instruments: InstrumentStore
    gateway: OrderGateway
    watch: OrderWatch
    books: Books
    gate: RiskGate
    protection: MarketProtection
    throttle: Throttle
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
        """Hold back a larger order while new risk is; a stop may still be moved, and an order made smaller."""
        held_back = self.gate.admit(reduces=False)
        if held_back is None or self.gate.admit(reduces=True) is not None:
            return held_back
        for order in self.books.orders(session, deadline).value_or(()):
            if order.order_id == change.order_id and change.quantity <= order.quantity:
                return None
        return held_back

    def _send(self, session: Session, change: OrderChange, deadline: Deadline) -> Result[str, BrokerError]:
        left = deadline.remaining(self.clock.monotonic())
        if not self.throttle.wait(CallFamily.ORDER, left / 2):
            return Failure(Blocked("the order rate left no turn in time"))
        outcome = self.gateway.modify(session, change, deadline.remaining(self.clock.monotonic()) / 2)
        if is_successful(outcome):
            return outcome
        error = outcome.failure()
        if not isinstance(error, OutcomeUnknown):
            return outcome
        order = self.watch(session, change.order_id, deadline, until=lambda order: _has_terms(order, change))
        return Success(change.order_id) if order is not None else Failure(error)


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


def _has_terms(order: Order, change: OrderChange) -> bool:
    return (order.quantity, order.price_type, order.price, order.trigger_price) == (
        change.quantity,
        change.price_type,
        change.price,
        change.trigger_price,
    )
