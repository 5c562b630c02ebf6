"""One tick as a packet of ``xts-binary-packet``, in any of the three known layouts."""

import struct
import zlib
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from typing import Final, NamedTuple

from jainam_prop.adapters.simulator.ticks.messages import Tick
from jainam_prop.adapters.simulator.ticks.snapshots import DEPTH_CODE, NO_ROW, OPEN_INTEREST, TOUCHLINE
from jainam_prop.domain.orders.order import Side

BINARY_CODES: Final = frozenset({TOUCHLINE, DEPTH_CODE, OPEN_INTEREST})
"""Codes with a known packet; candles are JSON on every socket."""


class Layout(StrEnum):
    """The width of a packet's numbers."""

    L64 = "L64"
    """64-bit quantities, recorded at Jainam."""
    L32 = "L32"
    """32-bit quantities, as Symphony's own clients read."""
    LINT = "LINT"
    """Prices as integers in the segment's smallest unit, and no traded value."""


class _Shape(NamedTuple):
    row: str
    line: str
    interest: str
    total: str


_SHAPES: Final = {
    Layout.L64: _Shape("<qdIh", "<qdqqqqdqdddddd", "q", "q"),
    Layout.L32: _Shape("<idIh", "<qdiIIIdqdddddd", "i", "i"),
    Layout.LINT: _Shape("<qiIh", "<qiqqqqiqiiiii", "q", "q"),
}
_DIVISORS: Final = {3: 10_000_000, 4: 10_000, 13: 10_000}
_CENTS: Final = 100
_VERSION: Final = 4
_LINE: Final = (
    ("LastTradedPrice", True), ("LastTradedQunatity", False), ("TotalBuyQuantity", False),
    ("TotalSellQuantity", False), ("TotalTradedQuantity", False), ("AverageTradedPrice", True),
    ("LastTradedTime", False), ("PercentChange", True), ("Open", True), ("High", True), ("Low", True), ("Close", True),
)  # fmt: skip
"""The touchline after its update time, and whether a field is written as a price."""

_Price = Callable[[object], float | int]


def packet(tick: Tick, code: int, layout: Layout, *, is_compressed: bool) -> bytes:
    """Write one packet: header and payload, which may be deflated without a zlib header."""
    ids = tick.snapshot.ids
    payload = _payload(tick, code, layout)
    body = _deflated(payload) if is_compressed else payload
    header = struct.pack(
        "<BHhihhH", is_compressed, code, ids["ExchangeSegment"], ids["ExchangeInstrumentID"], 1, 1, len(payload)
    )
    return header + (struct.pack("<H", len(body)) if is_compressed else b"") + body


def _payload(tick: Tick, code: int, layout: Layout) -> bytes:
    shape, ids = _SHAPES[layout], tick.snapshot.ids
    segment = ids["ExchangeSegment"]
    common = struct.pack(
        "<HHHqQihiQ",
        *(code, _VERSION, 0, 0, tick.sequence(code), 0, segment, ids["ExchangeInstrumentID"], tick.snapshot.time),
    )
    if code == OPEN_INTEREST:
        return common + _interest(tick, shape)
    price = partial(_whole, _DIVISORS.get(segment, _CENTS)) if layout is Layout.LINT else _as_float
    depth = b"".join(_side(tick, side, shape, price) for side in Side) if code == DEPTH_CODE else b""
    return common + depth + _touchline(tick, shape, price)


def _interest(tick: Tick, shape: _Shape) -> bytes:
    """Write open interest for an unnamed underlying with number 0."""
    values = (1, tick.snapshot.open_interest, 0, 0, 0, 0)
    return struct.pack(f"<h{shape.interest}hQB{shape.total}", *values)


def _side(tick: Tick, side: Side, shape: _Shape, price: _Price) -> bytes:
    rows = tick.snapshot.rows(side)
    return struct.pack("<i", len(rows)) + b"".join(_row(row, shape, price) for row in rows)


def _row(row: Mapping[str, object], shape: _Shape, price: _Price) -> bytes:
    values = (row["Size"], price(row["Price"]), row["TotalOrders"], row["BuyBackMarketMaker"])
    return struct.pack(shape.row, *values)


def _touchline(tick: Tick, shape: _Shape, price: _Price) -> bytes:
    line = tick.line
    infos = b"".join(_row(next(iter(tick.snapshot.rows(side)), NO_ROW), shape, price) for side in Side)
    values = [line["LastUpdateTime"], *(price(line[name]) if is_price else line[name] for name, is_price in _LINE)]
    if price is _as_float:
        values.append(_as_float(line["AverageTradedPrice"]) * tick.snapshot.volume)
    return infos + struct.pack(shape.line, *values) + struct.pack("<hhhh", 0, 0, 1, 1)


def _as_float(value: object) -> float:
    return float(str(value))


def _whole(divisor: int, value: object) -> int:
    return round(_as_float(value) * divisor)


def _deflated(payload: bytes) -> bytes:
    squeezer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeezer.compress(payload) + squeezer.flush()
