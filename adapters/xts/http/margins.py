"""The margin calculator over HTTP, which not every server has."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, final

from pydantic import Field
from returns.result import Result, Success

from jainam_prop.adapters.xts.http.bodies import Body
from jainam_prop.adapters.xts.http.call import Call
from jainam_prop.adapters.xts.http.client import XtsClient
from jainam_prop.adapters.xts.http.endpoints import MARGIN
from jainam_prop.adapters.xts.http.optional_calls import NO_SUCH_CALL
from jainam_prop.adapters.xts.http.reading import reading
from jainam_prop.adapters.xts.http.reply import Lost, question_outcome
from jainam_prop.adapters.xts.http.server import XtsServer
from jainam_prop.adapters.xts.wire.replies.margin import read_margin
from jainam_prop.adapters.xts.wire.words import ORDER_TYPE_BY_PRICE_TYPE, SEGMENT_NUMBER_BY_EXCHANGE
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.orders.order import OrderRequest
from jainam_prop.domain.sessions.session import Session

_DAY: Final = 1
_MARGIN: Final = reading("the margin", read_margin)


class _Leg(Body):
    segment: int = Field(serialization_alias="exchange")
    instrument: int = Field(serialization_alias="exchangeInstrumentId")
    product: str = Field(serialization_alias="productType")
    order_type: str = Field(serialization_alias="orderType")
    side: str = Field(serialization_alias="orderSide")
    quantity: int
    price: float
    stop: float = Field(serialization_alias="stopPrice")
    session: int = Field(default=_DAY, serialization_alias="orderSessionType")


class _Basket(Body):
    portfolio: tuple[_Leg, ...]
    client: str | None = Field(serialization_alias="clientID")


@final
class XtsMargins:
    """The `Margins` port on XTS's interactive application."""

    def __init__(self, client: XtsClient, server: XtsServer) -> None:
        """Ask a server through a client."""
        self._client = client
        self._server = server

    def required(
        self, session: Session, orders: Sequence[OrderRequest], timeout_seconds: float
    ) -> Result[Decimal | None, BrokerError]:
        """Return the rupees for all orders together; see the port."""
        basket = _Basket(portfolio=tuple(map(_leg, orders)), client=session.account.client_id)
        url = self._server.interactive(session) + MARGIN
        call = Call("POST", url, session.interactive_token, body=basket.to_json())
        reply = self._client.exchange(call, self._client.deadline(timeout_seconds))
        if isinstance(reply, Lost) and reply.status in NO_SUCH_CALL:
            return Success(None)
        return question_outcome(reply).bind(_MARGIN)


def _leg(order: OrderRequest) -> _Leg:
    return _Leg(
        segment=SEGMENT_NUMBER_BY_EXCHANGE[order.instrument.exchange],
        instrument=order.instrument.token,
        product=order.product.value,
        order_type=ORDER_TYPE_BY_PRICE_TYPE[order.price_type],
        side=order.side.value,
        quantity=order.quantity,
        price=float(order.price),
        stop=float(order.trigger_price),
    )
