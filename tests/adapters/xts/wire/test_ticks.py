"""Market-data messages become ticks that hold what the exchange sent and nothing else."""

import json
import struct
import tracemalloc
import zlib
from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts.wire.ticks.binary import read_packet, split
from jainam_prop.adapters.xts.wire.ticks.cells import Known
from jainam_prop.adapters.xts.wire.ticks.fast_binary import read_usual
from jainam_prop.adapters.xts.wire.ticks.json import read_full
from jainam_prop.adapters.xts.wire.ticks.partial_text import PartialReader
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.tick import FeedEvent, Tick
from tests.fuzz.oracle import held, numbers, prices

WIRE: Final = Path(__file__).parents[3] / "wire" / "stream"
KNOWN: Final[Known] = {
    (2, 45001): InstrumentKey(Exchange.NFO, 45001),
    (1, 26000): InstrumentKey(Exchange.NSE_INDEX, 26000),
    (11, 500112): InstrumentKey(Exchange.BSE, 500112),
    (51, 430001): InstrumentKey(Exchange.MCX, 430001),
}


def cases(name: str) -> list[Any]:
    found = json.loads((WIRE / f"{name}.json").read_text(encoding="utf-8"))["cases"]
    return [pytest.param(case, id=case["description"]) for case in found]


def plain(event: FeedEvent | None) -> dict[str, Any]:
    """Write an event as the cases do, its contract apart."""
    assert event is not None
    written = {"kind": type(event).__name__} | event._asdict()
    written.pop("instrument", None)
    cells: dict[str, Any] = json.loads(json.dumps(written))
    return cells


@pytest.mark.parametrize("case", cases("json_full"))
def test_full_json_is_read(case: dict[str, Any]) -> None:
    event = read_full(json.dumps(case["message"]), KNOWN)

    assert plain(event) == case["tick"]


@pytest.mark.parametrize("case", cases("binary"))
def test_binary_packets_are_read(case: dict[str, Any]) -> None:
    packets = split(bytes.fromhex(case["hex"]))

    assert [plain(read_packet(packet, KNOWN)) for packet in packets] == case["ticks"]


@pytest.mark.parametrize("case", cases("partial_text"))
def test_partial_lines_are_merged(case: dict[str, Any]) -> None:
    reader = PartialReader()

    assert [plain(reader.read(case["code"], line, KNOWN)) for line in case["lines"]] == case["ticks"]


def test_an_index_is_published_under_the_exchange_it_is_wanted_under() -> None:
    event = read_full(json.dumps({"MessageCode": 1512, "ExchangeSegment": 1, "ExchangeInstrumentID": 26000}), KNOWN)

    assert isinstance(event, Tick)
    assert event.instrument == InstrumentKey(Exchange.NSE_INDEX, 26000)


@pytest.mark.parametrize("number", [45002, "45002"])
def test_a_foreign_contract_gives_nothing(number: object) -> None:
    message = {"MessageCode": 1512, "ExchangeSegment": 2, "ExchangeInstrumentID": number, "LastTradedPrice": 1.0}

    assert read_full(json.dumps(message), KNOWN) is None


@pytest.mark.parametrize(
    "text",
    ["", "[]", "7", '"x"', "{}", '{"MessageCode":9999}', '{"MessageCode":1512}', '{"MessageCode":[1]}'],
)
def test_what_is_no_message_is_not_read(text: str) -> None:
    with pytest.raises(UnreadableAnswer):
        read_full(text, KNOWN)


@pytest.mark.parametrize(
    "line", ["t:2_45001,88:612.40,87:0.05,110:4321.00,111:0.00", "t:1_26000", "t:2_45001,8:01-01-1980 00:00:00,24:\0"]
)
def test_an_execution_band_is_no_price(line: str) -> None:
    with pytest.raises(UnreadableAnswer):
        PartialReader().read(1105, line, KNOWN)


def test_what_a_server_sends_beyond_what_is_read_is_not_remembered() -> None:
    reader = PartialReader()
    for number in range(1_000):
        reader.read(1501, f"t:2_45001,ltp:{number}.5,x{number}:1,v:{'9' * 5_000}", KNOWN)

    (cells,) = vars(reader)["_seen"].values()
    prices = {"LastTradedPrice": "999.5", "TotalTradedQuantity": "?"}
    assert cells == {"MessageCode": 1501, "bi": {}, "ai": {}} | prices
    tick = reader.read(1501, "t:2_45001", KNOWN)
    assert isinstance(tick, Tick)
    assert (tick.last_price, tick.volume) == (999.5, None)


def test_after_a_gap_a_change_alone_leaves_the_rest_unknown() -> None:
    reader = PartialReader()
    reader.read(1501, "t:2_45001,ltp:102.95,o:99,h:108.4,v:10", KNOWN)
    reader.forget()

    event = reader.read(1501, "t:2_45001,v:12", KNOWN)

    assert isinstance(event, Tick)
    assert (event.last_price, event.open, event.high, event.volume) == (None, None, None, 12)


def touchline_packet(size_change: int = 0) -> bytes:
    frame = bytes.fromhex(json.loads((WIRE / "binary.json").read_text(encoding="utf-8"))["cases"][0]["hex"])
    payload = frame[15:] + bytes(size_change)
    return frame[:13] + struct.pack("<H", len(payload)) + payload


def test_a_size_that_no_layout_has_is_refused_and_named() -> None:
    (packet,) = split(touchline_packet(size_change=1))

    with pytest.raises(UnreadableAnswer, match="no layout of message 1501 has 205 bytes"):
        read_packet(packet, KNOWN)


def test_a_packet_that_inflates_to_more_than_it_names_is_refused() -> None:
    packer = zlib.compressobj(wbits=-15)
    bomb = packer.compress(bytes(5_000_000)) + packer.flush()
    head = struct.pack("<BHhihhHH", 1, 1501, 2, 45001, 1, 1, 204, len(bomb))

    with pytest.raises(UnreadableAnswer):
        list(split(head + bomb))


def depth_packet(bids: int, asks: int) -> bytes:
    """A 1502 packet of the layout that Jainam sends, with as many rows as asked for."""
    row = struct.pack("<qdIh", 75, 101.5, 3, 0)
    common = struct.pack("<HHHqqihiQ", 1502, 4, 0, 0, 9, 0, 2, 45001, 0)
    counts = struct.pack("<i", bids) + row * bids + struct.pack("<i", asks) + row * asks
    tail = struct.pack("<qdqqqqdqdddddd4h", 0, 102.0, *[0] * 4, 0.0, 0, *[0.0] * 6, *[0] * 4)
    payload = common + counts + row * 2 + tail
    return struct.pack("<BHhihhH", 0, 1502, 2, 45001, 1, 1, len(payload)) + payload


@pytest.mark.parametrize(("bids", "asks"), [(0, 0), (5, 0), (0, 5), (2, 3), (5, 5), (20, 20)])
def test_depth_has_as_many_rows_as_its_counts_say(bids: int, asks: int) -> None:
    (packet,) = split(depth_packet(bids, asks))

    event = read_packet(packet, KNOWN)

    assert isinstance(event, Tick)
    assert (event.bids, event.asks) == (((101.5, 75, 3),) * bids, ((101.5, 75, 3),) * asks)
    assert event.last_price == 102.0


CELL: Final = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8)
)
ROWS: Final = st.one_of(
    CELL, st.lists(st.dictionaries(st.sampled_from(["Price", "Size", "TotalOrders"]), CELL), max_size=6)
)
NAMES: Final = (
    "LastTradedPrice",
    "LastTradedQunatity",
    "AverageTradedPrice",
    "PercentChange",
    "Open",
    "High",
    "Low",
    "Close",
    "TotalTradedQuantity",
    "TotalBuyQuantity",
    "TotalSellQuantity",
    "LastTradedTime",
    "LastUpdateTime",
    "BidInfo",
    "AskInfo",
    "OpenInterest",
    "BarTime",
)
LINE: Final = st.dictionaries(
    st.sampled_from(NAMES),
    st.one_of(CELL, st.dictionaries(st.sampled_from(["Price", "Size", "TotalOrders"]), CELL)),
)
MESSAGE: Final = st.builds(
    lambda code, line, bids, asks, nested: (
        {"MessageCode": code, "ExchangeSegment": 2, "ExchangeInstrumentID": 45001, "Bids": bids, "Asks": asks}
        | ({"Touchline": line} if nested else line)
    ),
    st.sampled_from([1501, 1502, 1505, 1507, 1510, 1512]),
    st.one_of(LINE, CELL.map(lambda cell: {"Open": cell})),
    ROWS,
    ROWS,
    st.booleans(),
)


@given(MESSAGE)
def test_no_price_is_published_that_is_not_in_the_message(message: dict[str, Any]) -> None:
    text = json.dumps(message)
    try:
        event = read_full(text, KNOWN)
    except UnreadableAnswer:
        return

    assert {float(price) for price in prices(event)} <= set(numbers(message))
    assert all(price for price in prices(event))


@given(MESSAGE)
def test_the_usual_shapes_read_the_same_with_and_without_their_swift_readers(message: dict[str, Any]) -> None:
    compact, spaced = json.dumps(message, separators=(",", ":")), json.dumps(message)

    assert outcome(compact) == outcome(spaced)


def outcome(text: str) -> FeedEvent | str | None:
    try:
        return read_full(text, KNOWN)
    except UnreadableAnswer as problem:
        return str(problem)


@pytest.mark.parametrize("case", cases("json_full"))
def test_full_json_is_read_as_servers_write_it(case: dict[str, Any]) -> None:
    assert plain(read_full(json.dumps(case["message"], separators=(",", ":")), KNOWN)) == case["tick"]


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text that hypothesis makes up names our contract, so whatever is read publishes nothing."""
    with suppress(UnreadableAnswer):
        assert list(prices(read_full(text, KNOWN))) == []
    with suppress(UnreadableAnswer):
        assert list(prices(PartialReader().read(1501, text, KNOWN))) == []


@given(st.text(), st.sampled_from([1501, 1502, 1512]))
def test_any_cell_of_a_line_is_a_finite_price_or_none(cell: str, code: int) -> None:
    event = PartialReader().read(code, f"t:2_45001,ltp:{cell},bi:0|1|{cell}|1,ai:{cell}", KNOWN)

    assert all(isfinite(price) and price for price in prices(event))


@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(frame: bytes) -> None:
    with suppress(UnreadableAnswer):
        for packet in split(frame):
            assert set(prices(read_packet(packet, KNOWN))) <= held(packet.payload)


def test_a_packet_that_unpacks_to_more_than_it_says_is_refused_before_it_fills_the_memory() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(bytes(60 * 1024 * 1024)) + packer.flush()
    frame = struct.pack("<BHhihhHH", 1, 1501, 2, 45001, 1, 1, 160, len(bomb)) + bomb
    tracemalloc.start()
    with pytest.raises(UnreadableAnswer, match="does not have the size that it names"):
        list(split(frame))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 1024 * 1024


def test_deep_json_is_refused() -> None:
    with pytest.raises(UnreadableAnswer):
        read_full('{"MessageCode":1501,"Touchline":' + "[" * 100_000 + "]" * 100_000 + "}", KNOWN)


FRAMES: Final = [bytes.fromhex(case["hex"]) for case in json.loads((WIRE / "binary.json").read_text())["cases"]]


def in_general(frame: bytes) -> list[tuple[int, FeedEvent | None]] | None:
    """Read a frame without the shortcut; None when it is refused."""
    try:
        return [(packet.code, read_packet(packet, KNOWN)) for packet in split(frame)]
    except UnreadableAnswer:
        return None


def test_the_shortcut_takes_what_servers_usually_send_and_leaves_what_lacks_a_price() -> None:
    assert [read_usual(FRAMES[0], KNOWN)] == in_general(FRAMES[0])
    assert read_usual(FRAMES[0], {}) == (1501, None)
    assert read_usual(depth_packet(5, 5), KNOWN) is None


@pytest.mark.parametrize("frame", FRAMES)
def test_the_shortcut_reads_what_the_long_way_reads(frame: bytes) -> None:
    usual = read_usual(frame, KNOWN)

    assert usual is None or [usual] == in_general(frame)


@given(
    st.sampled_from(FRAMES),
    st.lists(st.tuples(st.integers(0, 450), st.integers(0, 255)), max_size=4),
    st.integers(-3, 3),
)
def test_whatever_happens_to_a_frame_the_shortcut_never_disagrees(
    frame: bytes, changes: list[tuple[int, int]], length: int
) -> None:
    mangled = bytearray(frame[:length] if length < 0 else frame + bytes(length))
    for at, value in changes:
        mangled[at % len(mangled)] = value

    usual = read_usual(bytes(mangled), KNOWN)

    assert usual is None or repr([usual]) == repr(in_general(bytes(mangled)))


@given(st.sampled_from([1501, 1502, 1510]), st.sampled_from([160, 180, 204, 368, 432, 348, 61, 69]), st.data())
def test_any_payload_of_a_known_size_gives_only_prices_that_it_holds(code: int, size: int, data: st.DataObject) -> None:
    common = struct.pack("<HHHqqihiQ", code, 4, 0, 0, 9, 0, 2, 45001, 0)
    payload = common + data.draw(st.binary(min_size=size - len(common), max_size=size - len(common)))
    try:
        (packet,) = split(struct.pack("<BHhihhH", 0, code, 2, 45001, 1, 1, size) + payload)
        event = read_packet(packet, KNOWN)
    except UnreadableAnswer:
        return

    assert set(prices(event)) <= held(payload)
