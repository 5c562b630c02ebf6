"""Events of the interactive socket as domain events (protocol reference, section 12)."""

from collections.abc import Callable, Mapping, Set
from typing import Any, Final

import orjson

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer, text, units
from jainam_prop.adapters.xts.wire.columns import INSTRUMENTS, PRODUCTS
from jainam_prop.adapters.xts.wire.replies.orders import read_order, read_trade
from jainam_prop.adapters.xts.wire.replies.positions import read_position
from jainam_prop.adapters.xts.wire.rows import read_rows
from jainam_prop.domain.orders.order_event import OrderFeedEvent, PositionChange, PositionConverted


def read_order_event(name: str, payload: object, others: Set[str] = frozenset()) -> OrderFeedEvent | None:
    """Read one event; None for those about neither orders nor positions, and for those of other clients of a dealer.

    Raises:
        UnreadableAnswer: it is one of the known events, and what it says is not certain.
    """
    read = _READERS.get(name)
    if read is None:
        return None
    try:
        row = orjson.loads(payload) if isinstance(payload, str | bytes) else payload
    except orjson.JSONDecodeError as error:
        message = f"the {name} event is no JSON"
        raise UnreadableAnswer(message) from error
    if isinstance(row, dict) and not others.isdisjoint({row.get("ClientID"), row.get("AccountID")}):
        return None
    (event,) = read_rows([row], read)
    return event


def _position(row: Mapping[str, Any]) -> PositionChange:
    return PositionChange(read_position(row), is_net=text(row.get("IsDayWiseNetWise")).upper() == "NETWISE")


def _conversion(row: Mapping[str, Any]) -> PositionConverted:
    return PositionConverted(
        INSTRUMENTS[row["ExchangeSegment"], row["ExchangeInstrumentId"]],
        PRODUCTS[row["OriginalProduct"]],
        PRODUCTS[row["TargetProduct"]],
        units(row["TargetQty"]),
        row.get("Success") is True,
        text(row.get("RejectionReason")) or text(row.get("ErrorMessage")),
    )


_READERS: Final[dict[str, Callable[[Mapping[str, Any]], OrderFeedEvent]]] = {
    "order": read_order,
    "trade": read_trade,
    "position": _position,
    "tradeConversion": _conversion,
}
