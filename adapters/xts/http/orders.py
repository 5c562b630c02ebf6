"""Orders and commands for positions over HTTP, each command sent exactly once.

Field names and JSON types: protocol reference, sections 5.1 to 5.3. Numbers travel as numbers, quantities are units,
words are upper case.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias, final

import orjson
from returns.result import Failure, Result, Success

from jainam_prop.adapters.xts.http.api import ApiRequest, XtsApi
from jainam_prop.adapters.xts.http.outcomes import Reply, command_outcome, optional_command_outcome
from jainam_prop.adapters.xts.wire.replies.envelope import Envelope, accepted_id, is_order_id
from jainam_prop.adapters.xts.wire.words import ORDER_TYPE_BY_PRICE_TYPE, SEGMENT_BY_EXCHANGE
from jainam_prop.domain.errors import BrokerError, Invalid, OutcomeUnknown
from jainam_prop.domain.orders.linked_order import BracketRequest, CoverRequest
from jainam_prop.domain.orders.order import OrderChange, OrderRequest
from jainam_prop.domain.positions.conversion import Conversion
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import Account, Session

ORDERS: Final = "/orders"


@final
class XtsOrderGateway:
    """The `OrderGateway` port on XTS's interactive application."""

    def __init__(self, api: XtsApi) -> None:
        """Send through the API of a server."""
        self._api = api

    def place(
        self, session: Session, order: OrderRequest, timeout_seconds: float, *, exits: bool = False
    ) -> Result[str, BrokerError]:
        """Send one order; see the port. An acceptance without an order id is no proof, so its outcome is unknown."""
        source = self._api.server.api_order_source
        request = ApiRequest(
            "POST", ORDERS, body=lambda account: _place_body(order, account, source), trades=True, exits=exits
        )
        outcome = self._api.send(session, request, timeout_seconds, command_outcome)
        return outcome.bind(placed_id).alt(lambda error: with_identifier(error, order.identifier))

    def modify(self, session: Session, change: OrderChange, timeout_seconds: float) -> Result[str, BrokerError]:
        """Send new terms for a working order; see the port."""
        request = ApiRequest("PUT", ORDERS, body=lambda account: _modify_body(change, account), trades=True)
        return send_for(self._api, session, change.order_id, request, timeout_seconds)

    def cancel(self, session: Session, order_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        """Ask for one working order to be cancelled; see the port. Also where new orders are barred."""
        request = ApiRequest("DELETE", ORDERS, {"appOrderID": order_id}, exits=True)
        return send_for(self._api, session, order_id, request, timeout_seconds)


Outcome: TypeAlias = Callable[[Reply], Result[Envelope, BrokerError]]


def send_for(  # noqa: PLR0913, PLR0917 (a call for one order)
    api: XtsApi,
    session: Session,
    order_id: str,
    request: ApiRequest,
    timeout_seconds: float,
    outcome: Outcome = command_outcome,
) -> Result[str, BrokerError]:
    """Send a command for one order, and return its id; Invalid where it is no order id."""
    if not is_order_id(order_id):
        return Failure(not_an_order_id(order_id))
    return api.send(session, request, timeout_seconds, outcome).map(lambda _: order_id)


def placed_id(envelope: Envelope, field: str = "AppOrderID") -> Result[str, BrokerError]:
    """Return the order id of an acceptance; one that names none is no proof."""
    order_id = accepted_id(envelope.result, field)
    if order_id is None:
        return Failure(OutcomeUnknown("The broker accepted it without naming an order id."))
    return Success(order_id)


def with_identifier(error: BrokerError, identifier: str) -> BrokerError:
    """Add the client order id, by which the order can be found, to an unknown outcome."""
    return replace(error, identifier=identifier) if isinstance(error, OutcomeUnknown) else error


def not_an_order_id(text: str) -> Invalid:
    """Return the refusal of a text that no order could have as its id."""
    return Invalid((f"orderid {text[:40]!r} is not a number",))


def json_body(fields: Mapping[str, object]) -> bytes:
    """Write a body by the names of XTS; what is None is left out.

    Without a pydantic model, since nothing here can be wrong that a model would find, and every order waits for it.
    """
    return orjson.dumps({name: value for name, value in fields.items() if value is not None})


def _place_body(order: OrderRequest, account: Account, api_order_source: str) -> bytes:
    """Write the body that places an order; prices that its price type does not have are zero."""
    return order_body(
        order,
        account,
        api_order_source,
        productType=order.product.value,
        timeInForce=order.validity.value,
        limitPrice=_limit(order),
        stopPrice=_stop(order),
    )


def order_body(
    order: OrderRequest | CoverRequest | BracketRequest, account: Account, api_order_source: str, **fields: object
) -> bytes:
    """Write the body that places an order of any kind: what all kinds have, and the fields of this one."""
    return json_body(
        {
            "exchangeSegment": SEGMENT_BY_EXCHANGE[order.instrument.exchange],
            "exchangeInstrumentID": order.instrument.token,
            "orderType": ORDER_TYPE_BY_PRICE_TYPE[order.price_type],
            "orderSide": order.side.value,
            "disclosedQuantity": order.disclosed_quantity,
            "orderQuantity": order.quantity,
            "orderUniqueIdentifier": order.identifier or None,
            "apiOrderSource": api_order_source or None,
            "clientID": account.client_id,
            **fields,
        }
    )


def _modify_body(change: OrderChange, account: Account) -> bytes:
    """Write the body that gives a working order new terms; the quantity is the new total."""
    return json_body(
        {
            "appOrderID": int(change.order_id),
            "modifiedProductType": change.product.value,
            "modifiedOrderType": ORDER_TYPE_BY_PRICE_TYPE[change.price_type],
            "modifiedOrderQuantity": change.quantity,
            "modifiedDisclosedQuantity": change.disclosed_quantity,
            "modifiedLimitPrice": _limit(change),
            "modifiedStopPrice": _stop(change),
            "modifiedTimeInForce": change.validity.value,
            "orderUniqueIdentifier": change.identifier or None,
            "clientID": account.client_id,
        }
    )


def _limit(terms: OrderRequest | OrderChange) -> float:
    return float(terms.price) if terms.price_type.has_limit else 0.0


def _stop(terms: OrderRequest | OrderChange) -> float:
    return float(terms.trigger_price) if terms.price_type.has_trigger else 0.0


_CONVERT: Final = "/portfolio/positions/convert"
_SQUARE_OFF: Final = "/portfolio/squareoff"
_SQUARE_OFF_ALL: Final = "/portfolio/squareoffall"
_NET_WISE: Final = "NetWise"
_conversion_outcome: Final = optional_command_outcome("position conversions")
_square_off_outcome: Final = optional_command_outcome("square-off calls")


@final
class XtsPositionGateway:
    """The `PositionGateway` port on XTS's interactive application."""

    def __init__(self, api: XtsApi) -> None:
        """Send through the API of a server."""
        self._api = api

    def convert(
        self, session: Session, conversion: Conversion, timeout_seconds: float, *, of_today: bool
    ) -> Result[None, BrokerError]:
        """Ask for units to be carried under another product; see the port."""
        request = _put(_CONVERT, lambda account: _convert_body(conversion, account, of_today=of_today))
        return self._send(session, request, timeout_seconds, _conversion_outcome)

    def square_off(
        self, session: Session, key: PositionKey, quantity: int, timeout_seconds: float
    ) -> Result[None, BrokerError]:
        """Ask for units of one position to be closed; see the port."""
        request = _put(_SQUARE_OFF, lambda account: _square_off_body(key, quantity, account), exits=True)
        return self._send(session, request, timeout_seconds, _square_off_outcome)

    def square_off_all(self, session: Session, timeout_seconds: float) -> Result[None, BrokerError]:
        """Ask for every position to be closed; see the port."""
        request = _put(_SQUARE_OFF_ALL, _square_off_all_body, exits=True)
        return self._send(session, request, timeout_seconds, _square_off_outcome)

    def _send(
        self, session: Session, request: ApiRequest, timeout_seconds: float, outcome: Outcome
    ) -> Result[None, BrokerError]:
        return self._api.send(session, request, timeout_seconds, outcome).map(lambda _: None)


def _put(path: str, body: Callable[[Account], bytes], *, exits: bool = False) -> ApiRequest:
    return ApiRequest("PUT", path, body=body, trades=True, exits=exits)


def _convert_body(conversion: Conversion, account: Account, *, of_today: bool) -> bytes:
    """Write the body that carries units under another product."""
    return json_body(
        {
            "exchangeSegment": SEGMENT_BY_EXCHANGE[conversion.instrument.exchange],
            "exchangeInstrumentID": conversion.instrument.token,
            "targetQty": conversion.quantity,
            "isDayWise": of_today,
            "oldProductType": conversion.source.value,
            "newProductType": conversion.target.value,
            "clientID": account.client_id,
            # Mandatory since 2026; what position rows carry.
            "statisticsLevel": "ParentLevel",
            "isInterOpPosition": True,
        }
    )


def _square_off_body(key: PositionKey, quantity: int, account: Account) -> bytes:
    """Write the body that closes so many units of one net position and cancels its working orders."""
    return json_body(
        {
            "exchangeSegment": SEGMENT_BY_EXCHANGE[key.instrument.exchange],
            "exchangeInstrumentID": key.instrument.token,
            "productType": key.product,
            "squareoffMode": _NET_WISE,
            "positionSquareOffQuantityType": "ExactQty",
            "squareOffQtyValue": quantity,
            # False, unlike in the sample: what it blocks is not documented; a desk must be able to send its next order.
            "blockOrderSending": False,
            "cancelOrders": True,
            "clientID": account.client_id,
        }
    )


def _square_off_all_body(account: Account) -> bytes:
    """Write the body that closes every net position."""
    return json_body({"squareoffMode": _NET_WISE, "clientID": account.client_id})
