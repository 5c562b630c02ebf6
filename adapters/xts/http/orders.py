"""Orders and commands for positions over HTTP, each command sent exactly once.

Field names and JSON types: protocol reference, sections 5.1 to 5.3. Numbers travel as numbers, quantities are units,
words are upper case.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeAlias, final

from returns.result import Failure, Result, Success

from jainam_prop.adapters.xts.http.api import ApiRequest, XtsApi, XtsPort
from jainam_prop.adapters.xts.http.outcomes import Reply, command_outcome, optional_command_outcome
from jainam_prop.adapters.xts.wire.replies.envelope import Envelope, accepted_id, is_order_id
from jainam_prop.adapters.xts.wire.words import ORDER_TYPE_BY_PRICE_TYPE, SEGMENT_BY_EXCHANGE
from jainam_prop.domain.errors import BrokerError, Invalid, OutcomeUnknown
from jainam_prop.domain.orders.linked_order import BracketRequest, CoverRequest
from jainam_prop.domain.orders.order import OrderChange, OrderRequest
from jainam_prop.domain.positions.conversion import Conversion
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import Session

ORDERS: Final = "/orders"


@final
class XtsOrderGateway(XtsPort):
    """The `OrderGateway` port on XTS's interactive application."""

    def place(
        self, session: Session, order: OrderRequest, timeout_seconds: float, *, exits: bool = False
    ) -> Result[str, BrokerError]:
        """Send one order, with zero for prices that its price type does not have; see the port.

        An acceptance without an order id is no proof, so its outcome is unknown.
        """
        fields = order_fields(
            order,
            self._api.server.api_order_source,
            productType=order.product.value,
            timeInForce=order.validity.value,
            limitPrice=_limit(order),
            stopPrice=_stop(order),
        )
        request = ApiRequest("POST", ORDERS, fields=fields, trades=True, exits=exits)
        outcome = self._api.send(session, request, timeout_seconds, command_outcome)
        return outcome.bind(placed_id).alt(lambda error: with_identifier(error, order.identifier))

    def modify(self, session: Session, change: OrderChange, timeout_seconds: float) -> Result[str, BrokerError]:
        """Send new terms for a working order, the quantity as the new total; see the port."""
        fields = {
            "modifiedProductType": change.product.value,
            "modifiedOrderType": ORDER_TYPE_BY_PRICE_TYPE[change.price_type],
            "modifiedOrderQuantity": change.quantity,
            "modifiedDisclosedQuantity": change.disclosed_quantity,
            "modifiedLimitPrice": _limit(change),
            "modifiedStopPrice": _stop(change),
            "modifiedTimeInForce": change.validity.value,
            "orderUniqueIdentifier": change.identifier or None,
        }
        request = ApiRequest("PUT", ORDERS, fields=fields, trades=True)
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
    """Send a command for one order, which its body names, and return its id; Invalid where it is no order id."""
    if not is_order_id(order_id):
        return Failure(not_an_order_id(order_id))
    if request.fields is not None:
        request = replace(request, fields={"appOrderID": int(order_id), **request.fields})
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


def order_fields(
    order: OrderRequest | CoverRequest | BracketRequest, api_order_source: str, **fields: object
) -> dict[str, object]:
    """Return the body that places an order of any kind: what all kinds have, and the fields of this one."""
    return {
        "exchangeSegment": SEGMENT_BY_EXCHANGE[order.instrument.exchange],
        "exchangeInstrumentID": order.instrument.token,
        "orderType": ORDER_TYPE_BY_PRICE_TYPE[order.price_type],
        "orderSide": order.side.value,
        "disclosedQuantity": order.disclosed_quantity,
        "orderQuantity": order.quantity,
        "orderUniqueIdentifier": order.identifier or None,
        "apiOrderSource": api_order_source or None,
        **fields,
    }


def _limit(terms: OrderRequest | OrderChange) -> float:
    return float(terms.price) if terms.price_type.has_limit else 0.0


def _stop(terms: OrderRequest | OrderChange) -> float:
    return float(terms.trigger_price) if terms.price_type.has_trigger else 0.0


_CONVERT: Final = "/portfolio/positions/convert"
_SQUARE_OFF: Final = "/portfolio/squareoff"
_SQUARE_OFF_ALL: Final = "/portfolio/squareoffall"  # assumed: the replies of both; no broker's were recorded
_NET_WISE: Final = "NetWise"
_conversion_outcome: Final = optional_command_outcome("position conversions")
_square_off_outcome: Final = optional_command_outcome("square-off calls")


@final
class XtsPositionGateway(XtsPort):
    """The `PositionGateway` port on XTS's interactive application."""

    def convert(
        self, session: Session, conversion: Conversion, timeout_seconds: float, *, of_today: bool
    ) -> Result[None, BrokerError]:
        """Ask for units to be carried under another product; see the port."""
        fields = {
            "exchangeSegment": SEGMENT_BY_EXCHANGE[conversion.instrument.exchange],
            "exchangeInstrumentID": conversion.instrument.token,
            "targetQty": conversion.quantity,
            "isDayWise": of_today,
            "oldProductType": conversion.source.value,
            "newProductType": conversion.target.value,
            # Mandatory since 2026; what position rows carry.
            "statisticsLevel": "ParentLevel",
            "isInterOpPosition": True,
        }
        request = ApiRequest("PUT", _CONVERT, fields=fields, trades=True)
        return self._api.send(session, request, timeout_seconds, _conversion_outcome).map(lambda _: None)

    def square_off(
        self, session: Session, key: PositionKey, quantity: int, timeout_seconds: float
    ) -> Result[None, BrokerError]:
        """Ask for units of one net position to be closed, and for its working orders to be cancelled; see the port."""
        fields = {
            "exchangeSegment": SEGMENT_BY_EXCHANGE[key.instrument.exchange],
            "exchangeInstrumentID": key.instrument.token,
            "productType": key.product,
            "squareoffMode": _NET_WISE,
            "positionSquareOffQuantityType": "ExactQty",
            "squareOffQtyValue": quantity,
            # False, unlike in the sample: what it blocks is not documented; a desk must be able to send its next order.
            "blockOrderSending": False,
            "cancelOrders": True,
        }
        request = ApiRequest("PUT", _SQUARE_OFF, fields=fields, trades=True, exits=True)
        return self._api.send(session, request, timeout_seconds, _square_off_outcome).map(lambda _: None)

    def square_off_all(self, session: Session, timeout_seconds: float) -> Result[None, BrokerError]:
        """Ask for every net position to be closed; see the port."""
        fields = {"squareoffMode": _NET_WISE}
        request = ApiRequest("PUT", _SQUARE_OFF_ALL, fields=fields, trades=True, exits=True)
        return self._api.send(session, request, timeout_seconds, _square_off_outcome).map(lambda _: None)
