"""New terms for a working order."""

from dataclasses import dataclass
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.order_preparation import prepare
from jainam_prop.application.order_watch import OrderWatch
from jainam_prop.application.ports.clock import Clock
from jainam_prop.application.ports.instrument_store import InstrumentStore
from jainam_prop.application.ports.order_gateway import OrderGateway
from jainam_prop.application.ports.throttle import CallFamily, Throttle
from jainam_prop.application.timing import Timing
from jainam_prop.domain.errors import Blocked, BrokerError, Invalid, OutcomeUnknown
from jainam_prop.domain.order import Order, OrderChange, OrderRequest
from jainam_prop.domain.pacing import Deadline
from jainam_prop.domain.session import Session
from jainam_prop.domain.ticket import Ticket


@final
@dataclass(frozen=True, slots=True)
class ModifyOrder:
    """Checks new terms like an order's and sends them once; after a lost reply the order itself tells."""

    instruments: InstrumentStore
    gateway: OrderGateway
    watch: OrderWatch
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
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        return self._send(session, _change(order_id.strip(), prepared.unwrap()), deadline)

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
