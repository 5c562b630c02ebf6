"""Cancelling one order and learning whether it is gone when the reply is lost."""

from dataclasses import dataclass
from typing import Final, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.dry_run import dry_run_id
from jainam_prop.application.orders.dispatch import Dispatch
from jainam_prop.application.orders.order_watch import OrderWatch
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.trading import OrderGateway
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, OutcomeUnknown, Rejected
from jainam_prop.domain.orders.order import Order, OrderState
from jainam_prop.domain.sessions.session import Session

_ASKED_AT_MOST: Final = 3
_WATCH_SHARE: Final = 0.4
"""Share of the time left for watching an order before its cancel is taken for lost and asked for again."""


@final
@dataclass(frozen=True, slots=True)
class OrderCanceller:
    """Asks for a cancel; after a lost reply it looks whether the order still works, and only then asks again.

    A cancel may be repeated where an order may not: of two that arrive, the second is refused.
    """

    gateway: OrderGateway
    dispatch: Dispatch
    watch: OrderWatch
    clock: Clock
    timing: Timing

    def __call__(self, session: Session, order_id: str, deadline: Deadline) -> Result[str, BrokerError]:
        """Cancel a working order and return its id; one that was filled first is Rejected."""
        outcome = self._ask(session, order_id, deadline)
        if is_successful(outcome) or not isinstance(outcome.failure(), OutcomeUnknown):
            return outcome
        until = Deadline(min(deadline.at, self.clock.monotonic() + self.timing.call))
        for asked in range(1, _ASKED_AT_MOST + 1):
            share = 1.0 if asked == _ASKED_AT_MOST else _WATCH_SHARE
            ended = self._watched(session, order_id, until, share)
            if ended is not None:
                return _told_by(ended)
            if asked < _ASKED_AT_MOST and is_successful(self._ask(session, order_id, until)):
                return Success(order_id)
        return Failure(OutcomeUnknown(f"the cancel of order {order_id} may have been lost"))

    def _ask(self, session: Session, order_id: str, deadline: Deadline) -> Result[str, BrokerError]:
        return self.dispatch(
            lambda seconds: self.gateway.cancel(session, order_id, seconds),
            deadline,
            dry_run_answer=dry_run_id(order_id),
            reduces=True,
        )

    def _watched(self, session: Session, order_id: str, until: Deadline, share: float) -> Order | None:
        now = self.clock.monotonic()
        return self.watch(session, order_id, Deadline(now + until.remaining(now) * share), until=_has_ended)


def _told_by(ended: Order) -> Result[str, BrokerError]:
    if ended.state is OrderState.CANCELLED or ended.state is OrderState.PENDING_CANCEL:
        return Success(ended.order_id)
    return Failure(Rejected(f"order {ended.order_id} is already {ended.state.value}"))


def _has_ended(order: Order) -> bool:
    return order.state.is_terminal or order.state is OrderState.PENDING_CANCEL
