"""Funds, holdings and margins over HTTP. Paths: protocol reference, sections 5.4 and 5.7."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, final

from returns.result import Result, Success

from jainam_prop.adapters.xts.http.api import ApiRequest, XtsApi
from jainam_prop.adapters.xts.http.books import book_request
from jainam_prop.adapters.xts.http.connections import PoolName
from jainam_prop.adapters.xts.http.orders import json_body
from jainam_prop.adapters.xts.http.outcomes import NO_SUCH_CALL, Lost, Reply, question_outcome, reading
from jainam_prop.adapters.xts.wire.replies.account import read_funds, read_holdings, read_margin
from jainam_prop.adapters.xts.wire.replies.refusals import is_empty_book
from jainam_prop.adapters.xts.wire.words import ORDER_TYPE_BY_PRICE_TYPE, SEGMENT_NUMBER_BY_EXCHANGE
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.orders.order import OrderRequest
from jainam_prop.domain.positions.position import Funds, Holding
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.domain.sessions.session import Session

BALANCE: Final = "/user/balance"
_HOLDINGS: Final = "/portfolio/holdings"
_MARGIN: Final = "/orders/margindetails"
_DAY: Final = 1

_read_funds: Final = reading("the balance", read_funds)
_read_holdings: Final = reading("the holdings", read_holdings)
_read_margin: Final = reading("the margin", read_margin)


@final
class XtsAccount:
    """The `Account` and `Margins` ports on XTS's interactive application."""

    def __init__(self, api: XtsApi) -> None:
        """Ask through the API of a server."""
        self._api = api

    def funds(self, session: Session, timeout_seconds: float) -> Result[Funds, BrokerError]:
        """Return the account's limits; see the port."""
        return self._api.ask(
            session,
            book_request(BALANCE, CallFamily.BALANCE),
            timeout_seconds,
            lambda _live, answer: _read_funds(answer),
            lambda _live, error: is_empty_book(error),
        )

    def holdings(self, session: Session, timeout_seconds: float) -> Result[tuple[Holding, ...], BrokerError]:
        """Return the shares in the depository; see the port."""
        return self._api.ask(
            session,
            book_request(_HOLDINGS, CallFamily.HOLDINGS),
            timeout_seconds,
            lambda _live, answer: _read_holdings(answer),
            lambda _live, error: is_empty_book(error),
        )

    def required(
        self, session: Session, orders: Sequence[OrderRequest], timeout_seconds: float
    ) -> Result[Decimal | None, BrokerError]:
        """Return the rupees for all orders together; see the port."""
        legs = tuple(map(_leg, orders))
        request = ApiRequest(
            "POST",
            _MARGIN,
            body=lambda account: json_body({"portfolio": legs, "clientID": account.client_id}),
            pool=PoolName.BOOKS,
        )
        return self._api.send(session, request, timeout_seconds, _margin_outcome)


def _margin_outcome(reply: Reply) -> Result[Decimal | None, BrokerError]:
    if isinstance(reply, Lost) and reply.status in NO_SUCH_CALL:
        return Success(None)
    return question_outcome(reply).bind(_read_margin)


def _leg(order: OrderRequest) -> dict[str, object]:
    return {
        "exchange": SEGMENT_NUMBER_BY_EXCHANGE[order.instrument.exchange],
        "exchangeInstrumentId": order.instrument.token,
        "productType": order.product.value,
        "orderType": ORDER_TYPE_BY_PRICE_TYPE[order.price_type],
        "orderSide": order.side.value,
        "quantity": order.quantity,
        "price": float(order.price),
        "stopPrice": float(order.trigger_price),
        "orderSessionType": _DAY,
    }
