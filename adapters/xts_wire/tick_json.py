"""Full JSON messages of the market-data socket, and the snapshots of a subscription, as ticks.

Shapes: protocol reference, section 13. Each reader takes what servers usually send with a few reads made in C, because
they run thousands of times a second; a sum over cells that should be numbers raises for the ones that are none.
Whatever else comes goes cell by cell, where a wrong cell is None.
"""

from collections.abc import Callable, Mapping
from functools import partial
from operator import itemgetter
from typing import Any, Final

import orjson

from jainam_prop.adapters.xts_wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts_wire.tick_cells import (
    IST_SECONDS,
    SINCE_1980,
    Known,
    level,
    offset,
    shown_moment,
    shown_number,
    shown_price,
    shown_units,
    wire_key,
)
from jainam_prop.adapters.xts_wire.words import CANDLE, LAST_PRICE, MARKET_DEPTH, MARKET_PHASE, OPEN_INTEREST, TOUCHLINE
from jainam_prop.domain.instrument import InstrumentKey
from jainam_prop.domain.money import parse_units
from jainam_prop.domain.tick import Candle, FeedEvent, MarketPhase, OpenInterest, Tick, TickLevel

_LAST_NSE_SEGMENT: Final = 4
_NUMBERS: Final = frozenset({float, int})
_UNEXPECTED: Final = (KeyError, TypeError, AttributeError)

_contract: Final = itemgetter("ExchangeSegment", "ExchangeInstrumentID")
_prices: Final = itemgetter("LastTradedPrice", "AverageTradedPrice", "PercentChange", "Open", "High", "Low", "Close")
_units: Final = itemgetter("LastTradedQunatity", "TotalTradedQuantity", "TotalBuyQuantity", "TotalSellQuantity")
_moments: Final = itemgetter("LastTradedTime", "LastUpdateTime")
_row: Final = itemgetter("Price", "Size", "TotalOrders")
_last_cells: Final = itemgetter("LastTradedPrice", "PercentChange", "Close")
_last_units: Final = itemgetter("LastTradedQunatity", "LastUpdateTime")

# A third of the time of a call by name; the fields stand in the order of their class.
_tick: Final = partial(tuple.__new__, Tick)

_Message = Mapping[str, Any]


def read_full(text: str | bytes, known: Known) -> FeedEvent | None:
    """Read one message; None when it is about a contract that is not known here.

    Raises:
        UnreadableAnswer: it is no JSON object of a code that is understood, or does not say what it is about.
    """
    try:
        message = orjson.loads(text)
        read = _READERS[message["MessageCode"]]
        instrument = known.get(_contract(message))
    except (orjson.JSONDecodeError, *_UNEXPECTED) as error:
        problem = "the message is not one of the codes that are understood"
        raise UnreadableAnswer(problem) from error
    if instrument is None:
        return _rarely(message, known)
    return read(message, instrument)


def _rarely(message: _Message, known: Known) -> FeedEvent | None:
    if message["MessageCode"] == MARKET_PHASE:
        return _phase(message)
    instrument = known.get(wire_key(message["ExchangeSegment"], message["ExchangeInstrumentID"]))
    return None if instrument is None else _READERS[message["MessageCode"]](message, instrument)


def _touchline(message: _Message, instrument: InstrumentKey) -> FeedEvent:
    try:
        line = message.get("Touchline") or message
        bid, ask = _row(line["BidInfo"]), _row(line["AskInfo"])
        if not (type(bid[1]) is type(bid[2]) is type(ask[1]) is type(ask[2]) is int and _are_prices(bid[0], ask[0])):
            return _cell_by_cell(message, instrument)
        sides = (bid,) if bid[0] and bid[1] else (), (ask,) if ask[0] and ask[1] else ()
        return _line(message, line, instrument, sides)
    except _UNEXPECTED:
        return _cell_by_cell(message, instrument)


def _depth(message: _Message, instrument: InstrumentKey) -> FeedEvent:
    try:
        bids = message["Bids"]
        rows = tuple(map(_row, bids + message["Asks"]))
        has_gaps = _check_rows(rows) if rows else False
        sides = rows[: len(bids)], rows[len(bids) :]
        if has_gaps:
            sides = _filled(sides[0]), _filled(sides[1])
        return _line(message, message["Touchline"], instrument, sides)
    except _UNEXPECTED:
        return _cell_by_cell(message, instrument)


_Rows = tuple[TickLevel, ...]


def _are_prices(*cells: object) -> bool:
    return _NUMBERS.issuperset(map(type, cells))


def _check_rows(rows: _Rows) -> bool:
    """Say whether some rows are XTS's fillers; raises for cells of unexpected types."""
    prices, sizes, orders = zip(*rows, strict=True)
    if type(sum(sizes)) is not int or type(sum(orders)) is not int or sum(prices) < 0 or 1 in prices:
        raise TypeError  # 1: ``true`` equals it
    return not (all(prices) and all(sizes))


def _filled(rows: _Rows) -> _Rows:
    return tuple([row for row in rows if row[0] and row[1]])


def _line(message: _Message, line: _Message, instrument: InstrumentKey, sides: tuple[_Rows, _Rows]) -> Tick:
    """Read a touchline whose cells are all there and of the types that servers send; raises for any other."""
    prices, units, moments, sequence = _prices(line), _units(line), _moments(line), message.get("SequenceNumber", 0)
    sum(prices)
    if type(sum(units) + sum(moments) + sequence) is not int or 1 in prices:
        raise TypeError
    if not all(prices):
        last, average, change, *rest = prices
        prices = (last or None, average or None, change, *[price or None for price in rest])
    traded, updated = moments
    segment = message["ExchangeSegment"]
    base = SINCE_1980 if segment <= _LAST_NSE_SEGMENT else offset(segment, updated)
    return _tick(
        (
            instrument,
            *prices,
            *units,
            *sides,
            traded + base if traded else None,
            updated + base if updated else None,
            sequence,
        )
    )


def _last_price(message: _Message, instrument: InstrumentKey) -> FeedEvent:
    try:
        prices, units = _last_cells(message), _last_units(message)
        sum(prices)
        if type(sum(units)) is not int or 1 in prices:
            return _cell_by_cell(message, instrument)
    except _UNEXPECTED:
        return _cell_by_cell(message, instrument)
    last, change, close = prices
    quantity, updated = units
    moment = updated + _base(message, updated) if updated else None
    nothing = (None, None, None, None, None, None)
    return _tick(
        (instrument, last or None, None, change, None, None, None, close or None, quantity, *nothing, moment, 0)
    )


def _base(message: _Message, counted: int) -> int:
    segment = message["ExchangeSegment"]
    return SINCE_1980 if segment <= _LAST_NSE_SEGMENT else offset(segment, counted)


def _cell_by_cell(message: _Message, instrument: InstrumentKey) -> Tick:
    """Read a message of an unusual form: each cell for itself, None where it is missing or not understood."""
    inner = message.get("Touchline", message)
    line = inner if isinstance(inner, Mapping) else {}
    segment = parse_units(message["ExchangeSegment"]) or 0
    has_book = message["MessageCode"] != LAST_PRICE
    return Tick(
        instrument=instrument,
        last_price=shown_price(line.get("LastTradedPrice")),
        # XTS misspells it in JSON; its documentation and some servers do not.
        last_quantity=shown_units(line.get("LastTradedQunatity", line.get("LastTradedQuantity"))),
        average_price=shown_price(line.get("AverageTradedPrice")),
        open=shown_price(line.get("Open")),
        high=shown_price(line.get("High")),
        low=shown_price(line.get("Low")),
        close=shown_price(line.get("Close")),
        change_percent=shown_number(line.get("PercentChange")),
        volume=shown_units(line.get("TotalTradedQuantity")),
        total_buy=shown_units(line.get("TotalBuyQuantity")),
        total_sell=shown_units(line.get("TotalSellQuantity")),
        bids=_side(message.get("Bids", [line.get("BidInfo")])) if has_book else None,
        asks=_side(message.get("Asks", [line.get("AskInfo")])) if has_book else None,
        traded_at=shown_moment(line.get("LastTradedTime"), segment),
        updated_at=shown_moment(line.get("LastUpdateTime"), segment),
        sequence=shown_units(message.get("SequenceNumber")) or 0,
    )


def _side(rows: object) -> tuple[TickLevel, ...]:
    mappings = (row for row in (rows if isinstance(rows, list) else ()) if isinstance(row, Mapping))
    levels = (level(row.get("Price"), row.get("Size"), row.get("TotalOrders")) for row in mappings)
    return tuple(found for found in levels if found is not None)


def _interest(message: _Message, instrument: InstrumentKey) -> FeedEvent:
    units = shown_units(message.get("OpenInterest"))
    if units is None:
        problem = "an open-interest message says no open interest"
        raise UnreadableAnswer(problem)
    return OpenInterest(instrument, units)


def _candle(message: _Message, instrument: InstrumentKey) -> FeedEvent:
    ends = shown_units(message.get("BarTime"))
    if not ends:
        problem = "a candle does not say which minute it is"
        raise UnreadableAnswer(problem)
    return Candle(
        instrument,
        ends - IST_SECONDS,
        shown_price(message.get("Open")),
        shown_price(message.get("High")),
        shown_price(message.get("Low")),
        shown_price(message.get("Close")),
        shown_units(message.get("BarVolume")),
        shown_units(message.get("OpenInterest")),
    )


def _phase(message: _Message) -> MarketPhase:
    segment = message.get("exchangeSegment", message["ExchangeSegment"])
    said = message.get("message")
    return MarketPhase(
        shown_units(segment) or 0,
        shown_units(message.get("tradingSession")) or 0,
        shown_units(message.get("maketType", message.get("marketType"))) or 0,
        said if isinstance(said, str) else "",
    )


_READERS: Final[dict[int, Callable[[_Message, InstrumentKey], FeedEvent]]] = {
    TOUCHLINE: _touchline,
    MARKET_DEPTH: _depth,
    CANDLE: _candle,
    MARKET_PHASE: lambda message, _: _phase(message),
    OPEN_INTEREST: _interest,
    LAST_PRICE: _last_price,
}
