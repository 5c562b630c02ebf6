"""The `Margins` port straight on the simulated exchange."""

from collections.abc import Sequence
from decimal import Decimal
from typing import final

from returns.result import Result, Success

from jainam_prop.adapters.simulator.api.account import Leg, basket_margin
from jainam_prop.adapters.simulator.http.sessions import LiveSession, WithoutClient, account_of
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.orders.order import OrderRequest, Side
from jainam_prop.domain.sessions.session import Session
from tests.fakes.broker.access import DirectDoor, Errand, client_of


@final
class DirectMargins:
    """Asks the risk desk of the exchange in memory."""

    def __init__(self, door: DirectDoor) -> None:
        self._door = door

    def required(
        self, session: Session, orders: Sequence[OrderRequest], timeout_seconds: float
    ) -> Result[Decimal | None, BrokerError]:
        """Return the rupees for all orders together; see the port."""
        if not self._door.exchange.config.margin_calculator:
            return Success(None)

        def summed(live: LiveSession) -> Decimal | None:
            account_of(live.login, client_of(session), "portfolio", WithoutClient.LOOKS_EMPTY)
            return basket_margin(self._door.exchange, map(_leg, orders))

        errand = Errand("margin", "orders", session.interactive_token, timeout_seconds, client_of(session))
        return self._door.question(errand, summed)


def _leg(order: OrderRequest) -> Leg:
    return Leg(order.instrument.key, order.side is Side.BUY, order.product.value, order.quantity, order.price)
