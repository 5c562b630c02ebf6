"""The parts of an order request that several endpoints share."""

from typing import Final

from jainam_prop.adapters.simulator.api.validation import FieldReader
from jainam_prop.adapters.simulator.exchange.records import SimOrder, Terms
from jainam_prop.adapters.simulator.rows.vocabulary import EXCHANGES, PRICE_TYPES
from jainam_prop.adapters.simulator.server.http_messages import Reply, success
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.order import PriceType, Side, Validity

SENT: Final = "Request sent"
_LONGEST_IDENTIFIER: Final = 20
_ORDER_TYPES: Final = {
    **PRICE_TYPES,
    "Market": PriceType.MARKET,
    "Limit": PriceType.LIMIT,
    "StopLimit": PriceType.SL,
    "StopMarket": PriceType.SL_M,
}
"""Upper case as the SDK sends it, mixed case as the enums endpoint lists it."""

_PRODUCT_WORDS: Final = ("MIS", "NRML", "CNC")
_VALIDITIES: Final = tuple(str(validity) for validity in Validity)
_SIDES: Final = tuple(str(side) for side in Side)
_SEGMENTS: Final = tuple(EXCHANGES)


def read_key(reader: FieldReader) -> InstrumentKey:
    """Read segment and number."""
    exchange = EXCHANGES[reader.choice("exchangeSegment", _SEGMENTS)]
    return InstrumentKey(exchange, reader.whole("exchangeInstrumentID", least=1))


def read_side(reader: FieldReader) -> Side:
    """Read the direction, upper case only."""
    return Side(reader.choice("orderSide", _SIDES))


def read_identifier(reader: FieldReader) -> str:
    """Read the mark, which must not be longer than twenty characters."""
    return reader.text("orderUniqueIdentifier", longest=_LONGEST_IDENTIFIER)


def read_terms(reader: FieldReader, *, modified: bool = False) -> Terms:
    """Read the terms of a new order, or those of a modification with their longer names."""

    def name(new: str) -> str:
        if not modified:
            return new
        return f"modified{new[0].upper()}{new[1:]}"

    return Terms(
        product=reader.choice(name("productType"), _PRODUCT_WORDS),
        price_type=_ORDER_TYPES[reader.choice(name("orderType"), tuple(_ORDER_TYPES))],
        quantity=reader.whole(name("orderQuantity"), least=1),
        price=reader.price(name("limitPrice")),
        trigger=reader.price(name("stopPrice")),
        disclosed=reader.whole(name("disclosedQuantity"), default=0),
        validity=Validity(reader.choice(name("timeInForce"), _VALIDITIES)),
    )


def read_linked_terms(reader: FieldReader, product: str, limit: str = "limitPrice") -> Terms:
    """Read the terms of a cover or bracket entry, which name neither product nor validity."""
    return Terms(
        product=product,
        price_type=_ORDER_TYPES[reader.choice("orderType", tuple(_ORDER_TYPES))],
        quantity=reader.whole("orderQuantity", least=1),
        price=reader.price(limit),
        trigger=reader.price("stopPrice"),
        disclosed=reader.whole("disclosedQuantity", default=0),
        validity=Validity.DAY,
    )


def sent(order: SimOrder, code: str = "s-orders-0001") -> Reply:
    """Answer that an order was taken; the identifier is left out when the request had none."""
    result: dict[str, object] = {"AppOrderID": order.order_id, "ClientID": order.intake.account}
    if order.intake.identifier:
        result["OrderUniqueIdentifier"] = order.intake.identifier
    return success(code, SENT, result)
