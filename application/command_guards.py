"""Rehearsals of commands about linked orders and positions: answered as if the broker had agreed, and never sent."""

from typing import final

from returns.result import Result, Success
from typing_extensions import override

from jainam_prop.application.dry_run import DRY_RUN_PREFIX
from jainam_prop.application.ports.trading import Asked, LinkedOrders, PositionGateway
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.orders.linked_order import BracketChange, BracketRequest, CoverIds, CoverRequest
from jainam_prop.domain.positions.conversion import Conversion
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import Session


@final
class DryRunLinkedOrders(LinkedOrders):
    """Answers as if the broker had agreed, and sends nothing."""

    @override
    def place_cover(
        self, session: Session, order: CoverRequest, timeout_seconds: float
    ) -> Result[CoverIds, BrokerError]:
        return Success(CoverIds(f"{DRY_RUN_PREFIX}{order.identifier}", f"{DRY_RUN_PREFIX}{order.identifier}-exit"))

    @override
    def exit_cover(self, session: Session, exit_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        return Success(f"{DRY_RUN_PREFIX}{exit_id}")

    @override
    def place_bracket(
        self, session: Session, order: BracketRequest, timeout_seconds: float
    ) -> Result[str, BrokerError]:
        return Success(f"{DRY_RUN_PREFIX}{order.identifier}")

    @override
    def modify_bracket(
        self, session: Session, change: BracketChange, timeout_seconds: float
    ) -> Result[str, BrokerError]:
        return Success(f"{DRY_RUN_PREFIX}{change.order_id}")

    @override
    def cancel_bracket(self, session: Session, entry_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        return Success(f"{DRY_RUN_PREFIX}{entry_id}")


@final
class DryRunPositionGateway(PositionGateway):
    """Answers as if the broker had agreed, and sends nothing."""

    @override
    def convert(
        self, session: Session, conversion: Conversion, timeout_seconds: float, *, of_today: bool
    ) -> Result[Asked, BrokerError]:
        return Success(Asked.REHEARSED)

    @override
    def square_off(
        self, session: Session, key: PositionKey, quantity: int, timeout_seconds: float
    ) -> Result[Asked, BrokerError]:
        return Success(Asked.REHEARSED)

    @override
    def square_off_all(self, session: Session, timeout_seconds: float) -> Result[Asked, BrokerError]:
        return Success(Asked.REHEARSED)
