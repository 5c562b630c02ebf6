"""The usual shapes of full JSON ticks, read by typed decoders made in C.

A decoder checks the type of every cell that it is asked for and skips the others, so that what comes out needs no
second look. A message of any other shape raises, and `json` reads it cell by cell.
"""

from collections.abc import Callable
from functools import partial
from typing import Final

import msgspec

from jainam_prop.adapters.xts.wire.ticks.cells import BASES_APART, IST_SECONDS, SINCE_1980, Known
from jainam_prop.domain.market_data.stream_capability import FeedMode
from jainam_prop.domain.market_data.tick import Tick, TickLevel

_LTP, _QUOTE, _DEPTH = FeedMode

# A third of the time of a call by name; the cells are in the order of the fields of the class.
_tick: Final = partial(tuple.__new__, Tick)


class _Row(msgspec.Struct, gc=False, rename={"price": "Price", "size": "Size", "orders": "TotalOrders"}):
    price: float
    size: int
    orders: int


_LINE: Final = {
    "last": "LastTradedPrice",
    "average": "AverageTradedPrice",
    "change": "PercentChange",
    "open": "Open",
    "high": "High",
    "low": "Low",
    "close": "Close",
    "quantity": "LastTradedQunatity",  # the live servers' spelling
    "volume": "TotalTradedQuantity",
    "buy": "TotalBuyQuantity",
    "sell": "TotalSellQuantity",
    "traded": "LastTradedTime",
    "updated": "LastUpdateTime",
    "bid": "BidInfo",
    "ask": "AskInfo",
}
_HEAD: Final = {
    "segment": "ExchangeSegment",
    "number": "ExchangeInstrumentID",
    "sequence": "SequenceNumber",
    "line": "Touchline",
    "bids": "Bids",
    "asks": "Asks",
}


class _Line(msgspec.Struct, gc=False, rename=_LINE):
    last: float
    average: float
    change: float
    open: float
    high: float
    low: float
    close: float
    quantity: int
    volume: int
    buy: int
    sell: int
    traded: int
    updated: int


class _Touchline(_Line, gc=False, rename=_LINE):
    bid: _Row
    ask: _Row


class _TouchlineMessage(msgspec.Struct, gc=False, rename=_HEAD):
    segment: int
    number: int
    line: _Touchline
    sequence: int = 0


class _DepthMessage(msgspec.Struct, gc=False, rename=_HEAD):
    segment: int
    number: int
    bids: list[_Row]
    asks: list[_Row]
    line: _Line
    sequence: int = 0


class _LastPriceMessage(msgspec.Struct, gc=False, rename=_HEAD | _LINE):
    segment: int
    number: int
    last: float
    change: float
    close: float
    quantity: int
    updated: int


_decode_touchline: Final = msgspec.json.Decoder(_TouchlineMessage).decode
_decode_depth: Final = msgspec.json.Decoder(_DepthMessage).decode
_decode_last_price: Final = msgspec.json.Decoder(_LastPriceMessage).decode


def _touchline(text: str, known: Known) -> Tick | None:
    message = _decode_touchline(text)
    bid, ask = message.line.bid, message.line.ask
    bids: tuple[TickLevel, ...] = ((bid.price, bid.size, bid.orders),) if bid.price and bid.size else ()
    asks: tuple[TickLevel, ...] = ((ask.price, ask.size, ask.orders),) if ask.price and ask.size else ()
    return _read(message, bids, asks, known, _QUOTE)


def _depth(text: str, known: Known) -> Tick | None:
    message = _decode_depth(text)
    bids = tuple([(row.price, row.size, row.orders) for row in message.bids if row.price and row.size])
    asks = tuple([(row.price, row.size, row.orders) for row in message.asks if row.price and row.size])
    return _read(message, bids, asks, known, _DEPTH)


def _read(
    message: _TouchlineMessage | _DepthMessage,
    bids: tuple[TickLevel, ...],
    asks: tuple[TickLevel, ...],
    known: Known,
    mode: FeedMode,
) -> Tick | None:
    line = message.line
    instrument = known.get((message.segment, message.number))
    if instrument is None:
        return None
    traded, updated = line.traded, line.updated
    base = SINCE_1980 if (updated or traded) < BASES_APART else -IST_SECONDS
    return _tick(
        (
            instrument,
            line.last or None,
            line.average or None,
            line.change,
            line.open or None,
            line.high or None,
            line.low or None,
            line.close or None,
            line.quantity,
            line.volume,
            line.buy,
            line.sell,
            bids,
            asks,
            traded + base if traded else None,
            updated + base if updated else None,
            message.sequence,
            mode,
        )
    )


def _last_price(text: str, known: Known) -> Tick | None:
    message = _decode_last_price(text)
    updated = message.updated
    instrument = known.get((message.segment, message.number))
    if instrument is None:
        return None
    if updated:
        updated += SINCE_1980 if updated < BASES_APART else -IST_SECONDS
    return _tick(
        (
            instrument,
            message.last or None,
            None,
            message.change,
            None,
            None,
            None,
            message.close or None,
            message.quantity,
            None,
            None,
            None,
            None,
            None,
            None,
            updated or None,
            0,
            _LTP,
        )
    )


UNUSUAL: Final = msgspec.MsgspecError
"""What a typed decoder raises for a message of another shape."""

_BEGINS: Final = '"MessageCode":1501,'
LENGTH: Final = len(_BEGINS)
FAST: Final[dict[str, Callable[[str, Known], Tick | None]]] = {
    '"MessageCode":1501,': _touchline,
    '"MessageCode":1502,': _depth,
    '"MessageCode":1512,': _last_price,
}
"""Decoders by how a message begins after its brace, as servers write it."""
