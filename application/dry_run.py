"""Rehearsals of plain orders: answered as if the broker had agreed, and never sent."""

from typing import Final, final

from returns.result import Result, Success
from typing_extensions import override

from jainam_prop.application.ports.trading import OrderGateway
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.orders.order import OrderChange, OrderRequest
from jainam_prop.domain.sessions.session import Session

DRY_RUN_PREFIX: Final = "DRYRUN-"
"""How the order ids of a rehearsal begin, so that nobody takes one for an order."""


@final
class DryRunGateway(OrderGateway):
    """Answers as if the broker had agreed, and sends nothing."""

    @override
    def place(self, session: Session, order: OrderRequest, timeout_seconds: float) -> Result[str, BrokerError]:
        return Success(f"{DRY_RUN_PREFIX}{order.identifier}")

    @override
    def modify(self, session: Session, change: OrderChange, timeout_seconds: float) -> Result[str, BrokerError]:
        return Success(f"{DRY_RUN_PREFIX}{change.order_id}")

    @override
    def cancel(self, session: Session, order_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        return Success(f"{DRY_RUN_PREFIX}{order_id}")
