"""Cancelling one order and learning whether it is gone when the reply is lost."""

from dataclasses import dataclass
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.order_watch import OrderWatch
from jainam_prop.application.ports.clock import Clock
from jainam_prop.application.ports.order_gateway import OrderGateway
from jainam_prop.application.ports.throttle import CallFamily, Throttle
from jainam_prop.application.timing import Timing
from jainam_prop.domain.errors import Blocked, BrokerError, OutcomeUnknown, Rejected
from jainam_prop.domain.order import Order, OrderState
from jainam_prop.domain.pacing import Deadline
from jainam_prop.domain.session import Session


@final
@dataclass(frozen=True, slots=True)
class OrderCanceller:
    """Asks for a cancel once; only after a lost reply does it look whether the order still works."""

    gateway: OrderGateway
    watch: OrderWatch
    throttle: Throttle
    clock: Clock
    timing: Timing

    def __call__(self, session: Session, order_id: str, deadline: Deadline) -> Result[str, BrokerError]:
        """Cancel a working order and return its id; one that was filled first is Rejected."""
        left = deadline.remaining(self.clock.monotonic())
        if not self.throttle.wait(CallFamily.ORDER, left / 2, reduces=True):
            return Failure(Blocked("the order rate left no turn in time"))
        deadline = Deadline(min(deadline.at, self.clock.monotonic() + self.timing.call))
        outcome = self.gateway.cancel(session, order_id, deadline.remaining(self.clock.monotonic()) / 2)
        if is_successful(outcome):
            return outcome
        error = outcome.failure()
        if not isinstance(error, OutcomeUnknown):
            return outcome
        ended = self.watch(session, order_id, deadline, until=_has_ended)
        if ended is None:
            return Failure(OutcomeUnknown(f"the cancel of order {order_id} may have been lost"))
        if ended.state is OrderState.CANCELLED or ended.state is OrderState.PENDING_CANCEL:
            return Success(order_id)
        return Failure(Rejected(f"order {order_id} is already {ended.state.value}"))


def _has_ended(order: Order) -> bool:
    return order.state.is_terminal or order.state is OrderState.PENDING_CANCEL
