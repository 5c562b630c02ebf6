"""Gateways that stand before the real one: for accounts that must not trade, and for rehearsals."""

from dataclasses import dataclass
from typing import Final, final

from returns.result import Failure, Result, Success
from typing_extensions import override

from jainam_prop.application.ports.order_gateway import OrderGateway
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.order import OrderChange, OrderRequest
from jainam_prop.domain.session import Session

DRY_RUN_PREFIX: Final = "DRYRUN-"
"""How the order ids of a rehearsal begin, so that nobody takes one for an order."""


@final
@dataclass(frozen=True, slots=True)
class BarredGateway:
    """Lets nothing through for a session that may read but not trade; everything else goes on unchanged."""

    inner: OrderGateway

    def place(self, session: Session, order: OrderRequest, timeout_seconds: float) -> Result[str, BrokerError]:
        """Place, or say why this account must not."""
        barred = _barred(session)
        return Failure(barred) if barred else self.inner.place(session, order, timeout_seconds)

    def modify(self, session: Session, change: OrderChange, timeout_seconds: float) -> Result[str, BrokerError]:
        """Modify, or say why this account must not."""
        barred = _barred(session)
        return Failure(barred) if barred else self.inner.modify(session, change, timeout_seconds)

    def cancel(self, session: Session, order_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        """Cancel, or say why this account must not."""
        barred = _barred(session)
        return Failure(barred) if barred else self.inner.cancel(session, order_id, timeout_seconds)


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


def _barred(session: Session) -> Blocked | None:
    barrier = session.account.trading_barrier
    return Blocked(barrier) if barrier else None
