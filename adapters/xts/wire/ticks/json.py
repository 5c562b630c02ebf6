"""Full JSON messages of the market-data socket, and the snapshots of a subscription, as ticks.

Shapes: protocol reference, section 13. What servers usually send is read by typed decoders made in C, because it
comes thousands of times a second: they check every cell that they are asked for and skip the others. Whatever else
comes is read cell by cell, and a wrong cell is None.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import msgspec
import orjson

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer, refuse
from jainam_prop.adapters.xts.wire.ticks.cells import (
    BASES_APART,
    IST_SECONDS,
    MODE_BY_CODE,
    SINCE_1980,
    Known,
    level,
    shown_moment,
    shown_number,
    shown_price,
    wire_key,
)
from jainam_prop.adapters.xts.wire.words import CANDLE, LAST_PRICE, MARKET_DEPTH, MARKET_PHASE, OPEN_INTEREST, TOUCHLINE
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.tick import Candle, FeedEvent, FeedMode, MarketPhase, OpenInterest, Tick, TickLevel
from jainam_prop.domain.money import parse_units

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


_Message = Mapping[str, Any]


def read_full(text: str, known: Known) -> FeedEvent | None:
    """Read one message; None when it is about a contract that is not known here.

    Raises:
        UnreadableAnswer: it is no JSON object of a code that is understood, or does not say what it is about.
    """
    decode = FAST.get(text[1 : LENGTH + 1])
    if decode is not None:
        try:  # `suppress` would take as long as the reading
            return decode(text, known)
        except UNUSUAL:
            pass
    return _read_any(text, known)


def _read_any(text: str, known: Known) -> FeedEvent | None:
    """Read a message of any shape, each cell for itself."""
    try:
        message = orjson.loads(text)
        read = _READERS[message["MessageCode"]]
        key = wire_key(message["ExchangeSegment"], message["ExchangeInstrumentID"])
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        problem = "the message is not one of the codes that are understood"
        raise UnreadableAnswer(problem) from error
    if message["MessageCode"] == MARKET_PHASE:
        return _phase(message)
    instrument = known.get(key)
    return None if instrument is None else read(message, instrument)


def read_cells(message: _Message, instrument: InstrumentKey) -> Tick:
    """Read a message of an unusual form: each cell for itself, None where it is missing or not understood."""
    inner = message.get("Touchline", message)
    line = inner if isinstance(inner, Mapping) else {}
    mode = MODE_BY_CODE[message["MessageCode"]]
    has_book = mode is not FeedMode.LTP
    quantity = parse_units(line.get("LastTradedQunatity"))
    return Tick(
        instrument=instrument,
        last_price=shown_price(line.get("LastTradedPrice")),
        # XTS misspells it in JSON; its documentation and some servers do not.
        last_quantity=parse_units(line.get("LastTradedQuantity")) if quantity is None else quantity,
        average_price=shown_price(line.get("AverageTradedPrice")),
        open=shown_price(line.get("Open")),
        high=shown_price(line.get("High")),
        low=shown_price(line.get("Low")),
        close=shown_price(line.get("Close")),
        change_percent=shown_number(line.get("PercentChange")),
        volume=parse_units(line.get("TotalTradedQuantity")),
        total_buy=parse_units(line.get("TotalBuyQuantity")),
        total_sell=parse_units(line.get("TotalSellQuantity")),
        bids=_side(message.get("Bids", [line.get("BidInfo")])) if has_book else None,
        asks=_side(message.get("Asks", [line.get("AskInfo")])) if has_book else None,
        traded_at=shown_moment(line.get("LastTradedTime")),
        updated_at=shown_moment(line.get("LastUpdateTime")),
        sequence=_sequence(message.get("SequenceNumber")),
        mode=mode,
    )


def _sequence(cell: object) -> int:
    """Read the server's number for an update, which has more digits than any quantity."""
    return cell if type(cell) is int else parse_units(cell) or 0


def _side(rows: object) -> tuple[TickLevel, ...]:
    mappings = (row for row in (rows if isinstance(rows, list) else ()) if isinstance(row, Mapping))
    levels = (level(row.get("Price"), row.get("Size"), row.get("TotalOrders")) for row in mappings)
    return tuple(found for found in levels if found is not None)


def _interest(message: _Message, instrument: InstrumentKey) -> FeedEvent:
    units = parse_units(message.get("OpenInterest"))
    if units is None:
        refuse("an open-interest message says no open interest")
    return OpenInterest(instrument, units)


def read_candle(message: _Message, instrument: InstrumentKey) -> FeedEvent:
    """Read a bar of one minute, stamped with its last second."""
    ends = parse_units(message.get("BarTime"))
    if not ends:
        refuse("a candle does not say which minute it is")
    return Candle(
        instrument,
        ends - IST_SECONDS,
        shown_price(message.get("Open")),
        shown_price(message.get("High")),
        shown_price(message.get("Low")),
        shown_price(message.get("Close")),
        parse_units(message.get("BarVolume")),
        parse_units(message.get("OpenInterest")),
    )


def _phase(message: _Message) -> MarketPhase:
    segment = message.get("exchangeSegment", message["ExchangeSegment"])
    said = message.get("message")
    return MarketPhase(
        parse_units(segment) or 0,
        parse_units(message.get("tradingSession")) or 0,
        parse_units(message.get("maketType", message.get("marketType"))) or 0,
        said if isinstance(said, str) else "",
    )


_READERS: Final[dict[int, Callable[[_Message, InstrumentKey], FeedEvent]]] = {
    TOUCHLINE: read_cells,
    MARKET_DEPTH: read_cells,
    CANDLE: read_candle,
    MARKET_PHASE: lambda message, _: _phase(message),
    OPEN_INTEREST: _interest,
    LAST_PRICE: read_cells,
}
