"""Packets of the binary market-data socket as ticks.

Three layouts exist. A packet's size tells which one it has, and nothing else does: what fits none is not read (protocol
reference, section 15). The structures skip the cells that are not used.
"""

import struct
import zlib
from collections.abc import Iterator
from functools import partial
from math import isfinite
from typing import Any, Final, NamedTuple, TypeAlias

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer, refuse
from jainam_prop.adapters.xts.wire.ticks.cells import MODE_BY_CODE, Known, offset
from jainam_prop.adapters.xts.wire.words import MARKET_DEPTH, OPEN_INTEREST, TOUCHLINE
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.tick import FeedEvent, OpenInterest, Tick, TickLevel
from jainam_prop.domain.memo import Memo

HEAD: Final = "BHhi4xH"
"""Flag, code, segment, number and size."""
_HEAD: Final = struct.Struct("<" + HEAD)
_HEAD_BYTES: Final = _HEAD.size
_PACKED_SIZE: Final = struct.Struct("<H")
_COUNT: Final = struct.Struct("<i")
_COMMON: Final = "H12xq4xhi8x"
"""Code, sequence, segment and number, of 40 bytes."""
_COMMON_CELLS: Final = 4
_COMMON_BYTES: Final = struct.calcsize("<" + _COMMON)
_ROW_CELLS: Final = 3
_MOST_ROWS: Final = 20
_FIVE: Final = 5
RAW_DEFLATE: Final = -15
HARMLESS: Final = 1_024
"""Bytes that inflate to one megabyte at the most; longer ones are inflated no further than they say."""

_DIVISORS: Final = {1: 100, 2: 100, 11: 100, 12: 100, 51: 100, 3: 10_000_000, 4: 10_000, 13: 10_000}
"""What the whole-number prices of one layout are divided by, by segment."""

_CONTRADICTION: Final = "a packet's payload contradicts its head"
_tick: Final = partial(tuple.__new__, Tick)
_Rows: TypeAlias = tuple[TickLevel, ...]
_Cells: TypeAlias = tuple[Any, ...]


class Packet(NamedTuple):
    """One packet of a frame: what its head says, and its payload, inflated."""

    code: int
    segment: int
    number: int
    payload: bytes


_packet: Final = partial(tuple.__new__, Packet)


class _Family(NamedTuple):
    """How one generation of servers writes rows, what follows them, and open interest."""

    row: str
    tail: str
    interest: str
    has_whole_prices: bool

    @property
    def row_skipped(self) -> str:
        """A row that is not used."""
        return f"{struct.calcsize('<' + self.row)}x"


_FAMILIES: Final = (
    _Family("idI2x", "qdi3Idqddddd8x8x", "i", has_whole_prices=False),
    _Family("qdI2x", "qdq3qdqddddd8x8x", "q", has_whole_prices=False),
    _Family("qiI2x", "qiq3qiqiiiii8x", "", has_whole_prices=True),
)
"""L32, L64 and LINT of the protocol reference."""


class Layout(NamedTuple):
    """How one size of packet is read: bids, asks from ``middle`` on, and from ``tail`` on the moment of the update."""

    cells: struct.Struct
    middle: int
    tail: int
    has_whole_prices: bool


def split(frame: bytes) -> Iterator[Packet]:
    """Take the packets of one binary event apart.

    Raises:
        UnreadableAnswer: the frame ends in the middle of a packet, or a payload does not have the size that it names;
            the packets before it have been given by then.
    """
    at, end = 0, len(frame)
    while at < end:
        try:
            compressed, code, segment, number, size = _HEAD.unpack_from(frame, at)
            at += _HEAD_BYTES
            if compressed:
                payload, at = _inflated(frame, at, size)
            else:
                payload = frame[at : at + size]
                at += size
        except (struct.error, zlib.error):
            refuse("the frame is not made of packets")
        if len(payload) != size or compressed > 1:
            refuse("a packet does not have the size that it names")
        yield _packet((code, segment, number, payload))


def _inflated(frame: bytes, at: int, size: int) -> tuple[bytes, int]:
    """Return a compressed payload and where the next packet begins."""
    (packed,) = _PACKED_SIZE.unpack_from(frame, at)
    at += _PACKED_SIZE.size
    content = frame[at : at + packed]
    if packed <= HARMLESS:
        return zlib.decompress(content, RAW_DEFLATE, size), at + packed
    return zlib.decompressobj(RAW_DEFLATE).decompress(content, size + 1), at + packed


def read_packet(packet: Packet, known: Known) -> FeedEvent | None:
    """Read one packet; None when it is about a contract that is not known here.

    Raises:
        UnreadableAnswer: no layout of its code has its size, or its payload contradicts its head.
    """
    code, segment, number, payload = packet
    instrument = known.get((segment, number))
    if instrument is None:
        return None
    layout = LAYOUTS.get((code, len(payload)))
    if layout is None:
        if code == OPEN_INTEREST:
            return _interest(packet, instrument)
        layout = _uneven(payload) if code == MARKET_DEPTH else None
        if layout is None:
            refuse(f"no layout of message {code} has {len(payload)} bytes")
    return _line(packet, layout, instrument)


def _line(packet: Packet, layout: Layout, instrument: InstrumentKey) -> FeedEvent:
    """Read a packet of any layout, in which anything may be zero."""
    struct_of_cells, middle, tail, has_whole_prices = layout
    cells = struct_of_cells.unpack(packet[3])
    code, sequence, segment, number = cells[:_COMMON_CELLS]
    if code != packet[0] or segment != packet[1] or number != packet[2]:
        refuse(_CONTRADICTION)
    bids = _filled(_paired(cells[_COMMON_CELLS:middle]))
    asks = _filled(_paired(cells[middle:tail]))
    updated, last, quantity, buy, sell, volume, average, traded, change, opened, high, low, close = cells[tail:]
    if has_whole_prices:
        prices, bids, asks = _divided(segment, (last, average, change, opened, high, low, close), bids, asks)
        last, average, change, opened, high, low, close = prices
    whole = last and average and opened and high and low and close
    if not (whole and isfinite(last + average + change + opened + high + low + close)):
        last, average, change, opened, high, low, close = _cleaned(last, average, change, opened, high, low, close)
    base = offset(updated or traded)
    return _tick(
        (
            instrument,
            last,
            average,
            change,
            opened,
            high,
            low,
            close,
            quantity,
            volume,
            buy,
            sell,
            bids,
            asks,
            traded + base if traded else None,
            updated + base if updated else None,
            sequence,
            MODE_BY_CODE[code],
        )
    )


def _cleaned(last: float, average: float, change: float, *session: float) -> tuple[float | None, ...]:
    """Return the prices that are any; a change may be zero."""
    kept = [price if price and isfinite(price) else None for price in (last, average, *session)]
    return kept[0], kept[1], change if isfinite(change) else None, *kept[2:]


def _paired(cells: _Cells) -> _Rows:
    return tuple(zip(cells[1::_ROW_CELLS], cells[::_ROW_CELLS], cells[2::_ROW_CELLS], strict=True))


def _filled(rows: _Rows) -> _Rows:
    """Leave out the rows that a server filled up with zeros."""
    return tuple([row for row in rows if row[0] and row[1] and isfinite(row[0])])


def _divided(segment: int, prices: tuple[int, ...], bids: _Rows, asks: _Rows) -> tuple[tuple[float, ...], _Rows, _Rows]:
    """Turn whole-number prices into rupees."""
    divisor = _DIVISORS.get(segment)
    if divisor is None:
        refuse(f"what prices of segment {segment} are divided by is not known")
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
            if (found[0], *found[2:4]) != packet[:3]:
                refuse(_CONTRADICTION)
            return OpenInterest(instrument, found[_COMMON_CELLS])
    why = f"no layout of message {packet.code} has {len(payload)} bytes"
    raise UnreadableAnswer(why)


_INTERESTS: Final = tuple(
    (struct.calcsize("<" + family.interest), struct.Struct(f"<{_COMMON}2x{family.interest}2x8xB"))
    for family in _FAMILIES
    if family.interest
)
"""Up to the flag that says whether a name follows; the number after it is as wide as the open interest."""


def _uneven(payload: bytes) -> Layout | None:
    """Find the one layout whose counts of bids and asks add up to the size of the payload."""
    fitting = [layout for family in _FAMILIES if (layout := _counted(family, payload)) is not None]
    return fitting[0] if len(fitting) == 1 else None


def _counted(family: _Family, payload: bytes) -> Layout | None:
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
    return _DEPTHS[family, bids, asks] if _depth_cells(family, bids, asks).size == len(payload) else None


def _depth_cells(family: _Family, bids: int, asks: int) -> struct.Struct:
    return struct.Struct(f"<{_COMMON}4x{family.row * bids}4x{family.row * asks}{family.row_skipped * 2}{family.tail}")


def _depth(key: tuple[_Family, int, int]) -> Layout:
    family, bids, asks = key
    middle = _COMMON_CELLS + bids * _ROW_CELLS
    return Layout(_depth_cells(family, bids, asks), middle, middle + asks * _ROW_CELLS, family.has_whole_prices)


def _touchline(family: _Family) -> Layout:
    """Lay a touchline out: one row a side, without counts."""
    middle, tail = _COMMON_CELLS + _ROW_CELLS, _COMMON_CELLS + 2 * _ROW_CELLS
    return Layout(struct.Struct(f"<{_COMMON}{family.row * 2}{family.tail}"), middle, tail, family.has_whole_prices)


_DEPTHS: Final[Memo[tuple[_Family, int, int], Layout]] = Memo(_depth)
LAYOUTS: Final = {(TOUCHLINE, layout.cells.size): layout for layout in map(_touchline, _FAMILIES)} | {
    (MARKET_DEPTH, layout.cells.size): layout for layout in (_DEPTHS[family, _FIVE, _FIVE] for family in _FAMILIES)
}
"""By code and size, which tells all layouts that servers are seen to send apart."""
