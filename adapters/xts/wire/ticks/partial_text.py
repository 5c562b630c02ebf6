"""Partial messages of the market-data socket, one line of text each, merged into whole ticks.

A line holds only what has changed; a key that is missing and a cell that is blank are as they were (protocol reference,
section 14). Code 1105 comes in the same form and is about the contract, not about its price;
`read_band` reads the price band of one.
"""

from collections.abc import Iterator
from typing import Final

from jainam_prop.adapters.xts.wire.cells import refuse
from jainam_prop.adapters.xts.wire.ticks.cells import (
    IST_SECONDS,
    MODE_BY_CODE,
    Known,
    WireKey,
    level,
    shown_moment,
    shown_number,
    shown_price,
    shown_units,
    wire_key,
)
from jainam_prop.adapters.xts.wire.ticks.json import read_full
from jainam_prop.adapters.xts.wire.words import CANDLE, LAST_PRICE, MARKET_DEPTH, OPEN_INTEREST, TOUCHLINE
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.tick import Candle, FeedEvent, OpenInterest, Tick, TickLevel

_PRICED: Final = frozenset({TOUCHLINE, MARKET_DEPTH, LAST_PRICE})
_CODES: Final = _PRICED | {CANDLE, OPEN_INTEREST}
_SIDES: Final = ("bi", "ai")
_ROW_CELLS: Final = 4
_MOST_ROWS: Final = 20

_KEPT: Final = frozenset(
    {"ltp", "ap", "pc", "o", "h", "l", "c", "ltq", "v", "tb", "ts", "ltt", "lut", "bt", "bv", "oi"}
)
"""What is read of a line; a server that sends anything else must not fill the memory with it."""
_LONGEST: Final = 40
_NO_NUMBER: Final = "?"
"""Replaces a cell that is too long to be a number: it is not as it was, and what it is cannot be known."""

_Cells = dict[str, str]


class PartialReader:
    """Remembers the last cells of every known contract; what it forgets is unknown until it is sent again."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, WireKey], _Cells] = {}

    def forget(self) -> None:
        """Drop everything, because changes were missed."""
        self._seen.clear()

    def read(self, code: int, text: str, known: Known) -> FeedEvent | None:
        """Read one line; None when it is about a contract that is not known here.

        Raises:
            UnreadableAnswer: the code has no partial form that is understood, or the line names no contract.
        """
        if text.startswith("{"):
            return read_full(text, known)  # a variant seen in one vendor's page
        if code not in _CODES:
            refuse(f"message {code} is not understood as text")
        cells = dict(_items(text))
        segment, _, number = cells.pop("t", "").partition("_")
        key = wire_key(segment, number)
        instrument = known.get(key)
        if instrument is None:
            return None
        merged = self._merged(code, key, cells)
        if code in _PRICED:
            return _tick(code, instrument, merged)
        return _candle(instrument, merged) if code == CANDLE else _interest(instrument, merged)

    def _merged(self, code: int, key: WireKey, cells: _Cells) -> _Cells:
        seen = self._seen.setdefault((code, key), {})
        for name, written in cells.items():
            if name in _SIDES:
                _merge_side(seen, code, name, written)
            elif name in _KEPT and written:
                seen[name] = _short(written)
        return seen


def read_band(text: str, known: Known) -> tuple[InstrumentKey, float, float] | None:
    """Read the execution band, in rupees, of a 1105 line; None where it names none, or a contract that is not known.

    Properties 110 and 111 are the highest and the lowest price that is executed (protocol reference, section 13).
    """
    if "_" not in text[:40] or "110:" not in text:
        return None
    cells = dict(_items(text))
    segment, _, number = cells.get("t", "").partition("_")
    instrument = known.get(wire_key(segment, number))
    lower, upper = shown_price(cells.get("111")), shown_price(cells.get("110"))
    if instrument is None or lower is None or upper is None or lower > upper:
        return None
    return instrument, lower, upper


def _items(text: str) -> Iterator[tuple[str, str]]:
    """Split at commas, and each item at its first colon: moments hold colons."""
    for item in text.split(","):
        name, colon, written = item.partition(":")
        if colon:
            yield name.strip(), written.strip("\x00 ")


def _rows(written: str) -> Iterator[tuple[int, list[str]]]:
    """Take ``Index|Size|Price|Orders`` repeated apart."""
    cells = written.split("|")
    for start in range(0, len(cells) - _ROW_CELLS + 1, _ROW_CELLS):
        index = shown_units(cells[start])
        if index is not None and 0 <= index < _MOST_ROWS:
            yield index, cells[start + 1 : start + _ROW_CELLS]


def _merge_side(seen: _Cells, code: int, name: str, written: str) -> None:
    if code == TOUCHLINE:
        _merge_row(seen, f"{name}0", written.split("|")[:3])
        return
    for index, row in _rows(written):
        _merge_row(seen, f"{name}{index}", row)


def _merge_row(seen: _Cells, name: str, row: list[str]) -> None:
    for part, written in zip(("size", "price", "orders"), row, strict=False):
        if written:
            seen[f"{name}.{part}"] = _short(written)


def _short(written: str) -> str:
    return written if len(written) <= _LONGEST else _NO_NUMBER


def _tick(code: int, instrument: InstrumentKey, seen: _Cells) -> Tick:
    get = seen.get
    has_book = code != LAST_PRICE
    return Tick(
        instrument=instrument,
        last_price=shown_price(get("ltp")),
        average_price=shown_price(get("ap")),
        change_percent=shown_number(get("pc")),
        open=shown_price(get("o")),
        high=shown_price(get("h")),
        low=shown_price(get("l")),
        close=shown_price(get("c")),
        last_quantity=shown_units(get("ltq")),
        volume=shown_units(get("v")),
        total_buy=shown_units(get("tb")),
        total_sell=shown_units(get("ts")),
        bids=_side(seen, "bi") if has_book else None,
        asks=_side(seen, "ai") if has_book else None,
        traded_at=shown_moment(get("ltt")),
        updated_at=shown_moment(get("lut")),
        mode=MODE_BY_CODE[code],
    )


def _side(seen: _Cells, name: str) -> tuple[TickLevel, ...]:
    get = seen.get
    rows = (
        level(get(f"{name}{index}.price"), get(f"{name}{index}.size"), get(f"{name}{index}.orders"))
        for index in range(_MOST_ROWS)
    )
    return tuple(row for row in rows if row is not None)


def _candle(instrument: InstrumentKey, seen: _Cells) -> Candle | None:
    ends = shown_units(seen.get("bt"))
    if not ends:
        return None
    return Candle(
        instrument,
        ends - IST_SECONDS,
        shown_price(seen.get("o")),
        shown_price(seen.get("h")),
        shown_price(seen.get("l")),
        shown_price(seen.get("c")),
        shown_units(seen.get("bv")),
        shown_units(seen.get("oi")),
    )


def _interest(instrument: InstrumentKey, seen: _Cells) -> OpenInterest | None:
    units = shown_units(seen.get("o", seen.get("oi")))
    return None if units is None else OpenInterest(instrument, units)
