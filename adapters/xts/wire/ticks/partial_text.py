"""Partial messages of the market-data socket, one line of text each, merged into whole ticks.

A line holds only what has changed; a key that is missing and a cell that is blank are as they were (protocol reference,
section 14). Code 1105 comes in the same form and is about the contract, not about its price;
`read_band` reads the price band of one.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from jainam_prop.adapters.xts.wire.cells import refuse
from jainam_prop.adapters.xts.wire.ticks.cells import Known, WireKey, shown_price, wire_key
from jainam_prop.adapters.xts.wire.ticks.json import read_candle, read_cells, read_full
from jainam_prop.adapters.xts.wire.words import CANDLE, LAST_PRICE, MARKET_DEPTH, OPEN_INTEREST, TOUCHLINE
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.tick import FeedEvent, OpenInterest
from jainam_prop.domain.money import parse_units

_CODES: Final = frozenset({TOUCHLINE, MARKET_DEPTH, LAST_PRICE, CANDLE, OPEN_INTEREST})
_SIDES: Final = {"bi": "Bids", "ai": "Asks"}
_ROW: Final = ("Size", "Price", "TotalOrders")
_ROW_CELLS: Final = 4
_MOST_ROWS: Final = 20

_NAMES: Final = {
    "ltp": "LastTradedPrice", "ap": "AverageTradedPrice", "pc": "PercentChange", "o": "Open", "h": "High", "l": "Low",
    "c": "Close", "ltq": "LastTradedQunatity", "v": "TotalTradedQuantity", "tb": "TotalBuyQuantity",
    "ts": "TotalSellQuantity", "ltt": "LastTradedTime", "lut": "LastUpdateTime", "bt": "BarTime", "bv": "BarVolume",
    "oi": "OpenInterest",
}  # fmt: skip
"""What is read of a line, with its name in a full message; a server that sends more must not fill the memory."""
_LONGEST: Final = 40
_NO_NUMBER: Final = "?"
"""Replaces a cell that is too long to be a number: it is not as it was, and what it is cannot be known."""

_Cells = dict[str, str]


class PartialReader:
    """Remembers the last cells of every known contract; what it forgets is unknown until it is sent again."""

    def __init__(self) -> None:
        self._seen: dict[tuple[int, WireKey], dict[str, Any]] = {}

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
        seen = self._seen.setdefault((code, key), {"MessageCode": code, "bi": {}, "ai": {}})
        _merge(seen, code, cells)
        if code == OPEN_INTEREST:
            units = parse_units(seen.get("Open", seen.get("OpenInterest")))
            return None if units is None else OpenInterest(instrument, units)
        if code == CANDLE:
            return read_candle(seen, instrument) if parse_units(seen.get("BarTime")) else None
        sides = {name: [seen[side][index] for index in sorted(seen[side])] for side, name in _SIDES.items()}
        return read_cells(seen | sides, instrument)


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
        index = parse_units(cells[start])
        if index is not None and 0 <= index < _MOST_ROWS:
            yield index, cells[start + 1 : start + _ROW_CELLS]


def _merge(seen: dict[str, Any], code: int, cells: _Cells) -> None:
    for name, written in cells.items():
        if name in _SIDES:
            rows = [(0, written.split("|")[:3])] if code == TOUCHLINE else _rows(written)
            for index, row in rows:
                _keep(seen[name].setdefault(index, {}), zip(_ROW, row, strict=False))
        elif name in _NAMES:
            _keep(seen, ((_NAMES[name], written),))


def _keep(seen: dict[str, Any], cells: Iterable[tuple[str, str]]) -> None:
    """Take over the cells that are not blank."""
    seen.update((name, written if len(written) <= _LONGEST else _NO_NUMBER) for name, written in cells if written)
