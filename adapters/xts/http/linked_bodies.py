"""What the calls for cover and bracket orders carry.

Protocol reference, section 5.6, and samples ``interactive_cover_order`` and ``interactive_bracket_order``.
"""

from pydantic import Field

from jainam_prop.adapters.xts.http.bodies import Body
from jainam_prop.adapters.xts.wire.words import ORDER_TYPE_BY_PRICE_TYPE, SEGMENT_BY_EXCHANGE
from jainam_prop.domain.orders.linked_order import BracketChange, BracketRequest, CoverRequest
from jainam_prop.domain.sessions.session import Account, AccountKind


class _CoverBody(Body):
    segment: str = Field(serialization_alias="exchangeSegment")
    instrument: int = Field(serialization_alias="exchangeInstrumentID")
    side: str = Field(serialization_alias="orderSide")
    order_type: str = Field(serialization_alias="orderType")
    quantity: int = Field(serialization_alias="orderQuantity")
    disclosed: int = Field(serialization_alias="disclosedQuantity")
    limit: float = Field(serialization_alias="limitPrice")
    stop: float = Field(serialization_alias="stopPrice")
    source: str | None = Field(serialization_alias="apiOrderSource")
    identifier: str | None = Field(serialization_alias="orderUniqueIdentifier")
    client: str | None = Field(serialization_alias="clientID")


class _ExitCoverBody(Body):
    order_id: int = Field(serialization_alias="appOrderID")
    client: str | None = Field(serialization_alias="clientID")


class _BracketBody(Body):
    segment: str = Field(serialization_alias="exchangeSegment")
    instrument: int = Field(serialization_alias="exchangeInstrumentID")
    order_type: str = Field(serialization_alias="orderType")
    side: str = Field(serialization_alias="orderSide")
    disclosed: int = Field(serialization_alias="disclosedQuantity")
    quantity: int = Field(serialization_alias="orderQuantity")
    limit: float = Field(serialization_alias="limitPrice")
    # Misspelt in the vendor's SDK, which is what servers are known to take; its documentation writes squareOff.
    target: float = Field(serialization_alias="squarOff")
    stop_loss: float = Field(serialization_alias="stopLossPrice")
    trailing: float = Field(serialization_alias="trailingStoploss")
    # Inferred from its name: an order for the desk's own book, as a PRO dealer's are.
    pro: bool = Field(serialization_alias="isProOrder")
    source: str | None = Field(serialization_alias="apiOrderSource")
    identifier: str | None = Field(serialization_alias="orderUniqueIdentifier")
    client: str | None = Field(serialization_alias="clientID")


class _ModifyBracketBody(Body):
    order_id: int = Field(serialization_alias="appOrderID")
    quantity: int = Field(serialization_alias="orderQuantity")
    limit: float = Field(serialization_alias="limitPrice")
    stop_loss: float = Field(serialization_alias="stopLossPrice")
    identifier: str | None = Field(serialization_alias="orderUniqueIdentifier")
    client: str | None = Field(serialization_alias="clientID")


def cover_body(order: CoverRequest, account: Account, api_order_source: str) -> bytes:
    """Write the body that places a cover order; a MARKET entry has the limit zero."""
    return _CoverBody(
        segment=SEGMENT_BY_EXCHANGE[order.instrument.exchange],
        instrument=order.instrument.token,
        side=order.side.value,
        order_type=ORDER_TYPE_BY_PRICE_TYPE[order.price_type],
        quantity=order.quantity,
        disclosed=order.disclosed_quantity,
        limit=float(order.price) if order.price_type.has_limit else 0.0,
        stop=float(order.trigger_price),
        source=api_order_source or None,
        identifier=order.identifier or None,
        client=account.client_id,
    ).to_json()


def exit_cover_body(exit_id: int, account: Account) -> bytes:
    """Write the body that turns the stop of a cover order into a market order."""
    return _ExitCoverBody(order_id=exit_id, client=account.client_id).to_json()


def bracket_body(order: BracketRequest, account: Account, api_order_source: str) -> bytes:
    """Write the body that places a bracket order; target and stop are distances from the limit."""
    return _BracketBody(
        segment=SEGMENT_BY_EXCHANGE[order.instrument.exchange],
        instrument=order.instrument.token,
        order_type=ORDER_TYPE_BY_PRICE_TYPE[order.price_type],
        side=order.side.value,
        disclosed=order.disclosed_quantity,
        quantity=order.quantity,
        limit=float(order.price),
        target=float(order.target),
        stop_loss=float(order.stop_loss),
        trailing=float(order.trailing_stop),
        pro=account.kind is AccountKind.PRO,
        source=api_order_source or None,
        identifier=order.identifier or None,
        client=account.client_id,
    ).to_json()


def modify_bracket_body(change: BracketChange, entry_id: int, account: Account) -> bytes:
    """Write the body that gives a bracket new terms; the quantity is the new total."""
    return _ModifyBracketBody(
        order_id=entry_id,
        quantity=change.quantity,
        limit=float(change.price),
        stop_loss=float(change.stop_loss),
        identifier=change.identifier or None,
        client=account.client_id,
    ).to_json()
