"""Rows of the order and trade books as orders and trades, and events of the interactive socket as domain events.

Field names and types: protocol reference, sections 6.1, 6.2 and 12.
"""

import logging
from collections.abc import Callable, Mapping
from operator import attrgetter, itemgetter
from typing import Any, Final

import orjson

from jainam_prop.adapters.xts.wire.cells import (
    LONGEST_TEXT,
    MOST_UNITS,
    UNIT_BITS,
    UnreadableAnswer,
    counted,
    identity,
    text,
    units,
)
from jainam_prop.adapters.xts.wire.replies.positions import read_position
from jainam_prop.adapters.xts.wire.rows import (
    INSTRUMENTS,
    MOMENTS,
    PRICE_TYPES,
    PRODUCTS,
    RUPEES,
    SHOWN_RUPEES,
    SIDES,
    STATES,
    TEXTS,
    read_rows,
)
from jainam_prop.domain.memo import Memo
from jainam_prop.domain.orders.order import Order, OrderState, PriceType, Side, Trade
from jainam_prop.domain.positions.position import OrderFeedEvent, PositionChange, PositionConverted

_log = logging.getLogger(__name__)

_ORDER_CELLS: Final[Callable[[Mapping[str, Any]], tuple[Any, ...]]] = itemgetter(
    "AppOrderID", "OrderUniqueIdentifier", "ExchangeSegment", "ExchangeInstrumentID", "TradingSymbol", "OrderSide",
    "ProductType", "OrderType", "OrderStatus", "OrderQuantity", "CumulativeQuantity", "LeavesQuantity", "OrderPrice",
    "OrderStopPrice", "OrderAverageTradedPrice", "CancelRejectReason", "OrderGeneratedDateTime", "LastUpdateDateTime",
)  # fmt: skip
_TRADE_CELLS: Final[Callable[[Mapping[str, Any]], tuple[Any, ...]]] = itemgetter(
    "ExecutionID", "AppOrderID", "OrderUniqueIdentifier", "ExchangeSegment", "ExchangeInstrumentID", "TradingSymbol",
    "OrderSide", "ProductType", "LastTradedQuantity", "LastTradedPrice", "LastExecutionTransactTime",
    "LastUpdateDateTime",
)  # fmt: skip
_TRADE_PRICE: Final = attrgetter("price")
_MAY_BE_MISSING: Final = dict.fromkeys(
    (
        "OrderUniqueIdentifier", "TradingSymbol", "OrderType", "OrderPrice", "OrderStopPrice",
        "OrderAverageTradedPrice", "CancelRejectReason", "OrderGeneratedDateTime", "LastUpdateDateTime",
        "ExecutionID", "LastTradedPrice", "LastExecutionTransactTime",
    )
)  # fmt: skip

_new: Final = tuple.__new__
"""Makes a named tuple of cells at half the cost of its own constructor, which takes them apart and packs them again."""


def read_orders(answer: object) -> tuple[Order, ...]:
    """Read an order book or the history of one order, in the broker's order.

    Orders are decided upon, so one row that is not understood in its id, contract, side, product, state or quantities
    makes the whole book unreadable; an unknown price type, moment or average price does not.

    Raises:
        UnreadableAnswer: what the answer says of some order is not certain.
    """
    return read_rows(answer, read_order)


def read_order(row: Mapping[str, Any]) -> Order:
    """Read one row, its cells in the order of `Order`'s fields.

    By name would cost a fifth more on a long book, and so would a call for each cell that is of the usual type.
    """
    try:
        cells = _ORDER_CELLS(row)
    except KeyError:  # of a cell that may be missing; any other raises it again
        cells = _ORDER_CELLS({**_MAY_BE_MISSING, **row})
    (number, mark, segment, token, symbol, side, product, order_type, state, quantity, filled, pending,
     price, trigger_price, average_price, reason, placed_at, updated_at) = cells  # fmt: skip
    side, product, price_type, state = _WORDS[side, product, order_type, state]
    # One comparison for three counts: no bit above those of `MOST_UNITS`, and no sign.
    plain = type(quantity) is type(filled) is type(pending) is int and not (quantity | filled | pending) >> UNIT_BITS
    if not plain:
        quantity, filled, pending = counted(quantity), counted(filled), counted(pending)
    if filled != quantity and state is OrderState.FILLED:  # rows were seen whose counts came late
        filled = max(filled, quantity - pending)
    fields = (
        str(number) if type(number) is int else identity(number),
        mark if type(mark) is str and mark.isprintable() and len(mark) <= LONGEST_TEXT else text(mark),
        INSTRUMENTS[segment, token],
        TEXTS[symbol] if type(symbol) is str else text(symbol),
        side,
        product,
        price_type,
        state,
        quantity,
        filled,
        pending,
        RUPEES[price],
        RUPEES[trigger_price],
        SHOWN_RUPEES[average_price],
        text(reason) if reason else "",
        MOMENTS[placed_at],
        MOMENTS[updated_at],
    )
    return _new(Order, fields)


def _words(cells: tuple[object, object, object, object]) -> tuple[Side, str, PriceType | None, OrderState]:
    side, product, order_type, state = cells
    return SIDES[side], PRODUCTS[product], PRICE_TYPES[order_type], STATES[state]


_WORDS: Final = Memo(_words)
"""Side, product, price type and state of an order, of which a book has few combinations."""


def read_trades(answer: object) -> tuple[Trade, ...]:
    """Read a trade book, one row an execution; a row without a readable price is left out and counted in the log.

    Raises:
        UnreadableAnswer: a row is not understood in its order, contract, side, product or quantity.
    """
    trades = read_rows(answer, read_trade)
    if all(map(_TRADE_PRICE, trades)):
        return trades
    priced = [trade for trade in trades if trade.price]
    _log.warning("%s of %s trades left out: no readable price", len(trades) - len(priced), len(trades))
    return tuple(priced)


def read_trade(row: Mapping[str, Any]) -> Trade:
    """Read one execution: its own quantity and price, not the order's; a price that is not understood is zero."""
    try:
        cells = _TRADE_CELLS(row)
    except KeyError:  # as of an order
        cells = _TRADE_CELLS({**_MAY_BE_MISSING, **row})
    (trade_id, number, mark, segment, token, symbol, side, product, quantity, price, executed_at, updated_at) = cells
    fields = (
        trade_id
        if type(trade_id) is str and trade_id.isprintable() and len(trade_id) <= LONGEST_TEXT
        else text(trade_id),
        str(number) if type(number) is int else identity(number),
        mark if type(mark) is str and mark.isprintable() and len(mark) <= LONGEST_TEXT else text(mark),
        INSTRUMENTS[segment, token],
        TEXTS[symbol] if type(symbol) is str else text(symbol),
        SIDES[side],
        PRODUCTS[product],
        quantity if type(quantity) is int and 0 <= quantity < MOST_UNITS else counted(quantity),
        SHOWN_RUPEES[price],
        MOMENTS[executed_at or updated_at],
    )
    return _new(Trade, fields)


def read_order_event(
    name: str, payload: object, is_of_another: Callable[[object], bool] = lambda _client: False
) -> OrderFeedEvent | None:
    """Read one event; None for those about neither orders nor positions, and for those of another client.

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
    if isinstance(row, dict) and is_of_another(row.get("ClientID", row.get("AccountID"))):
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


POSITION: Final = "position"
"""The event with the state of a position."""

_READERS: Final[dict[str, Callable[[Mapping[str, Any]], OrderFeedEvent]]] = {
    "order": read_order,
    "trade": read_trade,
    POSITION: _position,
    "tradeConversion": _conversion,
}
