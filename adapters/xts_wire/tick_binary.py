"""Packets of the binary market-data socket as ticks.

Three layouts exist. A packet's size tells which one it has, and nothing else does: what fits none is not read (protocol
reference, section 15). The structures skip the cells that nobody asks for.
"""

import struct
import zlib
from collections.abc import Iterator
from functools import partial
from math import isfinite
from typing import Any, Final, NamedTuple, NoReturn, TypeAlias

from jainam_prop.adapters.xts_wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts_wire.tick_cells import Known, offset
from jainam_prop.adapters.xts_wire.words import MARKET_DEPTH, OPEN_INTEREST, TOUCHLINE
from jainam_prop.domain.instrument import InstrumentKey
from jainam_prop.domain.memo import Memo
from jainam_prop.domain.tick import FeedEvent, OpenInterest, Tick, TickLevel

_HEAD: Final = struct.Struct("<BHhihhH")
_PACKED_SIZE: Final = struct.Struct("<H")
_COUNT: Final = struct.Struct("<i")
_COMMON: Final = "H12xq4xhi8x"
"""Code, sequence, segment and number, of 40 bytes."""
_COMMON_CELLS: Final = 4
_COMMON_BYTES: Final = struct.calcsize("<" + _COMMON)
_ROW_CELLS: Final = 3
_MOST_ROWS: Final = 20
_FIVE: Final = 5
_RAW_DEFLATE: Final = -15

_DIVISORS: Final = {1: 100, 2: 100, 11: 100, 12: 100, 51: 100, 3: 10_000_000, 4: 10_000, 13: 10_000}
"""What the whole-number prices of one layout are divided by, by segment."""

_tick: Final = partial(tuple.__new__, Tick)
_Rows: TypeAlias = tuple[TickLevel, ...]
_Cells: TypeAlias = tuple[Any, ...]


class Packet(NamedTuple):
    """One packet of a frame: what its head says, and its payload, inflated."""

    code: int
    segment: int
    number: int
    payload: bytes


class _Family(NamedTuple):
    """How one generation of servers writes rows, what follows them, and open interest."""

    row: str
    tail: str
    interest: str
    has_whole_prices: bool


_FAMILIES: Final = (
    _Family("idI2x", "qdi3Idqddddd8x8x", "i", has_whole_prices=False),
    _Family("qdI2x", "qdq3qdqddddd8x8x", "q", has_whole_prices=False),
    _Family("qiI2x", "qiq3qiqiiiii8x", "", has_whole_prices=True),
)
"""L32, L64 and LINT of the protocol reference."""


class _Layout(NamedTuple):
    """Where the cells of one size of packet stand; a tail begins with the moment of the update."""

    cells: struct.Struct
    bids: slice
    asks: slice
    tail: int
    has_whole_prices: bool


def split(frame: bytes) -> Iterator[Packet]:
    """Take the packets of one binary event apart.

    Raises:
        UnreadableAnswer: the frame ends in the middle of a packet, or a payload does not have the size that it names;
            the packets before it have been given by then.
    """
    at = 0
    while at < len(frame):
        try:
            compressed, code, segment, number, _, _, size = _HEAD.unpack_from(frame, at)
            at += _HEAD.size
            packed = size
            if compressed:
                (packed,) = _PACKED_SIZE.unpack_from(frame, at)
                at += _PACKED_SIZE.size
            payload = frame[at : at + packed]
            if compressed:
                payload = zlib.decompressobj(_RAW_DEFLATE).decompress(payload, size + 1)
        except (struct.error, zlib.error):
            _refuse("the frame is not made of packets")
        at += packed
        if len(payload) != size or compressed > 1:
            _refuse("a packet does not have the size that it names")
        yield Packet(code, segment, number, payload)


def read_packet(packet: Packet, known: Known) -> FeedEvent | None:
    """Read one packet; None when it is about a contract that is not known here.

    Raises:
        UnreadableAnswer: no layout of its code has its size, or its payload contradicts its head.
    """
    code, segment, number, payload = packet
    instrument = known.get((segment, number))
    if instrument is None:
        return None
    if code == OPEN_INTEREST:
        return _interest(packet, instrument)
    layout: _Layout | None = None
    if code == TOUCHLINE:
        layout = _TOUCHLINES.get(len(payload))
    elif code == MARKET_DEPTH:
        layout = _FIVE_ROWS.get(len(payload)) or _uneven(payload)
    if layout is None:
        _refuse(f"no layout of message {code} has {len(payload)} bytes")
    return _line(packet, layout, instrument)


def _line(packet: Packet, layout: _Layout, instrument: InstrumentKey) -> FeedEvent:
    cells = layout.cells.unpack(packet.payload)
    _check(packet, cells)
    updated, last, quantity, buy, sell, volume, average, traded, *rest = cells[layout.tail :]
    prices: tuple[float | None, ...] = (last, average, *rest)
    bids, asks = _rows(cells[layout.bids]), _rows(cells[layout.asks])
    if layout.has_whole_prices:
        prices, bids, asks = _divided(packet.segment, (last, average, *rest), bids, asks)
    if not all(prices) or not isfinite(sum(rest) + last + average):
        change = prices[2]
        cleaned = [price if price and isfinite(price) else None for price in prices]
        prices = (*cleaned[:2], cleaned[2] if change else change, *cleaned[3:])
    base = offset(packet.segment, updated or traded)
    moments = traded + base if traded else None, updated + base if updated else None
    return _tick((instrument, *prices, quantity, volume, buy, sell, bids, asks, *moments, cells[1]))


def _check(packet: Packet, cells: _Cells) -> None:
    if cells[0] != packet[0] or cells[2] != packet[1] or cells[3] != packet[2]:
        _refuse("a packet's payload contradicts its head")


def _rows(cells: _Cells) -> _Rows:
    """Read size, price and orders of each row, leaving out the fillers."""
    rows = tuple(zip(cells[1::_ROW_CELLS], cells[::_ROW_CELLS], cells[2::_ROW_CELLS], strict=True))
    if all(cells) and isfinite(sum(cells)):
        return rows
    return tuple([row for row in rows if row[0] and row[1] and isfinite(row[0])])


def _divided(segment: int, prices: tuple[int, ...], bids: _Rows, asks: _Rows) -> tuple[tuple[float, ...], _Rows, _Rows]:
    """Turn whole-number prices into rupees."""
    divisor = _DIVISORS.get(segment)
    if divisor is None:
        _refuse(f"what prices of segment {segment} are divided by is not known")
    sides = [tuple([(price / divisor, size, orders) for price, size, orders in side]) for side in (bids, asks)]
    return tuple([price / divisor for price in prices]), sides[0], sides[1]


def _interest(packet: Packet, instrument: InstrumentKey) -> OpenInterest:
    payload = packet.payload
    for word, cells in _INTERESTS:
        flag = cells.size - 1
        if len(payload) <= flag:
            continue
        named = 1 + payload[flag + 1] if payload[flag] == 1 and len(payload) > flag + 1 else 0
        if payload[flag] <= 1 and len(payload) == cells.size + named + word:
            found = cells.unpack_from(payload)
            _check(packet, found)
            return OpenInterest(instrument, found[_COMMON_CELLS])
    why = f"no layout of message {packet.code} has {len(payload)} bytes"
    raise UnreadableAnswer(why)


_INTERESTS: Final = tuple(
    (struct.calcsize("<" + family.interest), struct.Struct(f"<{_COMMON}2x{family.interest}2x8xB"))
    for family in _FAMILIES
    if family.interest
)
"""Up to the flag that says whether a name follows; the number after it is as wide as the open interest."""


def _uneven(payload: bytes) -> _Layout | None:
    """Find the one layout whose counts of bids and asks add up to the size of the payload."""
    fitting = [layout for family in _FAMILIES if (layout := _counted(family, payload)) is not None]
    return fitting[0] if len(fitting) == 1 else None


def _counted(family: _Family, payload: bytes) -> _Layout | None:
    try:
        (bids,) = _COUNT.unpack_from(payload, _COMMON_BYTES)
        if not 0 <= bids <= _MOST_ROWS:
            return None
        row = struct.calcsize("<" + family.row)
        (asks,) = _COUNT.unpack_from(payload, _COMMON_BYTES + _COUNT.size + bids * row)
    except struct.error:
        return None
    if not 0 <= asks <= _MOST_ROWS:
        return None
    layout = _DEPTHS[family, bids, asks]
    return layout if layout.cells.size == len(payload) else None


def _depth(key: tuple[_Family, int, int]) -> _Layout:
    family, bids, asks = key
    text = f"<{_COMMON}4x{family.row * bids}4x{family.row * asks}{family.row * 2}{family.tail}"
    middle = _COMMON_CELLS + bids * _ROW_CELLS
    end = middle + asks * _ROW_CELLS
    return _Layout(
        struct.Struct(text),
        slice(_COMMON_CELLS, middle),
        slice(middle, end),
        end + 2 * _ROW_CELLS,
        family.has_whole_prices,
    )


def _touchline(family: _Family) -> _Layout:
    """Lay a touchline out: one row a side, without counts."""
    middle, end = _COMMON_CELLS + _ROW_CELLS, _COMMON_CELLS + 2 * _ROW_CELLS
    cells = struct.Struct(f"<{_COMMON}{family.row * 2}{family.tail}")
    return _Layout(cells, slice(_COMMON_CELLS, middle), slice(middle, end), end, family.has_whole_prices)


_DEPTHS: Final[Memo[tuple[_Family, int, int], _Layout]] = Memo(_depth)
_TOUCHLINES: Final = {layout.cells.size: layout for layout in map(_touchline, _FAMILIES)}
_FIVE_ROWS: Final = {layout.cells.size: layout for layout in (_depth((family, _FIVE, _FIVE)) for family in _FAMILIES)}


def _refuse(why: str) -> NoReturn:
    raise UnreadableAnswer(why)
