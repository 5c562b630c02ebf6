"""What the order calls carry: field names and JSON types as XTS checks them.

Protocol reference, sections 5.1 and 5.2: numbers travel as numbers, quantities are units, words are upper case.
"""

import orjson
from pydantic import BaseModel, ConfigDict, Field

from jainam_prop.adapters.xts.wire.words import ORDER_TYPE_BY_PRICE_TYPE, SEGMENT_BY_EXCHANGE
from jainam_prop.domain.orders.order import OrderChange, OrderRequest
from jainam_prop.domain.sessions.session import Account


class Body(BaseModel):
    """A body that XTS checks field by field; aliases are its names."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def to_json(self) -> bytes:
        """Write the body; what is None is left out."""
        return self.model_dump_json(by_alias=True, exclude_none=True).encode()


class _ModifyBody(Body):
    order_id: int = Field(serialization_alias="appOrderID")
    product: str = Field(serialization_alias="modifiedProductType")
    order_type: str = Field(serialization_alias="modifiedOrderType")
    quantity: int = Field(serialization_alias="modifiedOrderQuantity")
    disclosed: int = Field(serialization_alias="modifiedDisclosedQuantity")
    limit: float = Field(serialization_alias="modifiedLimitPrice")
    stop: float = Field(serialization_alias="modifiedStopPrice")
    validity: str = Field(serialization_alias="modifiedTimeInForce")
    identifier: str | None = Field(serialization_alias="orderUniqueIdentifier")
    client: str | None = Field(serialization_alias="clientID")


def place_body(order: OrderRequest, account: Account, api_order_source: str) -> bytes:
    """Write the body that places an order; prices that its price type does not have are zero.

    Without a model, since nothing here can be wrong that a model would find, and every order waits for it.
    """
    body: dict[str, str | int | float] = {
        "exchangeSegment": SEGMENT_BY_EXCHANGE[order.instrument.exchange],
        "exchangeInstrumentID": order.instrument.token,
        "productType": order.product.value,
        "orderType": ORDER_TYPE_BY_PRICE_TYPE[order.price_type],
        "orderSide": order.side.value,
        "timeInForce": order.validity.value,
        "disclosedQuantity": order.disclosed_quantity,
        "orderQuantity": order.quantity,
        "limitPrice": _limit(order),
        "stopPrice": _stop(order),
    }
    if order.identifier:
        body["orderUniqueIdentifier"] = order.identifier
    if api_order_source:
        body["apiOrderSource"] = api_order_source
    if account.client_id is not None:
        body["clientID"] = account.client_id
    return orjson.dumps(body)


def modify_body(change: OrderChange, order_id: int, account: Account) -> bytes:
    """Write the body that gives a working order new terms; the quantity is the new total."""
    return _ModifyBody(
        order_id=order_id,
        product=change.product.value,
        order_type=ORDER_TYPE_BY_PRICE_TYPE[change.price_type],
        quantity=change.quantity,
        disclosed=change.disclosed_quantity,
        limit=_limit(change),
        stop=_stop(change),
        validity=change.validity.value,
        identifier=change.identifier or None,
        client=account.client_id,
    ).to_json()


def _limit(terms: OrderRequest | OrderChange) -> float:
    return float(terms.price) if terms.price_type.has_limit else 0.0


def _stop(terms: OrderRequest | OrderChange) -> float:
    return float(terms.trigger_price) if terms.price_type.has_trigger else 0.0
