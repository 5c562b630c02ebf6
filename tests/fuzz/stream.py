"""The stream under atheris: ``python -m tests.fuzz.stream TARGET`` with the options of libFuzzer after it.

Each target takes arbitrary bytes as a server's, and judges: no exception but the declared one, no price that the
message does not hold, no memory that grows with what was sent.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from tests.fuzz.oracle import held, numbers, prices

atheris: Any = import_module("atheris")

with atheris.instrument_imports(include=["jainam_prop"]):
    from jainam_prop.adapters.xts.stream.conversation import Conversation, Generation, SocketEvent
    from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
    from jainam_prop.adapters.xts.wire.replies.orders import read_order_event
    from jainam_prop.adapters.xts.wire.ticks.binary import read_packet, split
    from jainam_prop.adapters.xts.wire.ticks.fast_binary import read_usual
    from jainam_prop.adapters.xts.wire.ticks.json import read_full
    from jainam_prop.adapters.xts.wire.ticks.partial_text import PartialReader
    from jainam_prop.domain.exchange import Exchange
    from jainam_prop.domain.instruments.instrument import InstrumentKey


WIRE: Final = Path(__file__).parents[1] / "wire" / "stream"
KNOWN: Final = {(segment, 45_001): InstrumentKey(Exchange.NFO, 45_001) for segment in (1, 2, 3, 4, 11, 12, 13, 51)}
CODES: Final = (1501, 1502, 1505, 1507, 1510, 1512)
EVENTS: Final = ("order", "trade", "position", "tradeConversion")
MOST_CELLS: Final = 200


def conversation(data: bytes) -> None:
    """Frames of one connection: the first byte says the generation, each frame begins with its length and kind."""
    talk, rest, frames = Conversation(Generation.FOUR if data[:1] == b"4" else Generation.THREE, 0.0), data[1:], 0
    while len(rest) >= 2:
        size, is_text, rest = rest[0], rest[1] & 1, rest[2:]
        frame, rest = rest[:size], rest[size:]
        event = talk.text(frame) if is_text else talk.binary(frame)
        frames += 1
        assert event is None or isinstance(event, SocketEvent)
        assert event is None or isinstance(event.name, str)
        assert len(talk.outbox) <= frames
        assert sum(map(len, vars(talk)["_attached"])) <= len(data)
    talk.look_at_clock(100.0)


def json_tick(data: bytes) -> None:
    """One text of a full message."""
    text = data.decode("utf-8", "replace")
    try:
        event = read_full(text, KNOWN)
    except UnreadableAnswer:
        return
    found = list(prices(event))
    assert not found or set(found) <= set(numbers(json.loads(text)))


def partial(data: bytes) -> None:
    """Lines of partial messages, a code before each, merged into one state."""
    reader, sent = PartialReader(), set[str]()
    for line in data.decode("utf-8", "replace").split("\n"):
        code, text = CODES[ord(line[0]) % len(CODES)] if line else 1501, line[1:]
        sent |= set(text.replace("|", ",").replace(":", ",").split(",")) | {text}
        try:
            event = reader.read(code, text, KNOWN)
        except UnreadableAnswer:
            continue
        if not text.startswith("{"):
            written = {number for cell in sent for number in numbers(cell.strip("\x00 "))}
            assert set(prices(event)) <= written
    assert all(len(cells) <= MOST_CELLS for cells in vars(reader)["_seen"].values())


def binary(data: bytes) -> None:
    """One binary event."""
    usual = read_usual(data, KNOWN)
    read = []
    try:
        for packet in split(data):
            assert len(packet.payload) <= 0xFFFF
            event = read_packet(packet, KNOWN)
            read.append((packet.code, event))
            found = set(prices(event))
            assert not found or found <= held(packet.payload)
    except UnreadableAnswer:
        assert usual is None
        return
    assert usual is None or repr([usual]) == repr(read)


def order_event(data: bytes) -> None:
    """One event of the interactive socket."""
    try:
        read_order_event(EVENTS[data[0] % len(EVENTS)] if data else "order", data[1:].decode("utf-8", "replace"))
    except UnreadableAnswer:
        return


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    each.__name__: each for each in (conversation, json_tick, partial, binary, order_event)
}


def seeds(target: str) -> list[bytes]:
    """Return inputs to start from: what servers send, as our own samples have it."""
    full = [json.dumps(case["message"]) for case in _cases("json_full")]
    packets = [bytes.fromhex(case["hex"]) for case in _cases("binary")]
    announced = b'451-["xts-binary-packet",{"_placeholder":true,"num":0}]'
    frames = [
        b'0{"sid":"s","pingInterval":25000,"pingTimeout":60000}',
        b"40",
        b'42["order","{}"]',
        b"2",
        b"3",
        announced,
    ]
    talk = b"".join(bytes([len(frame), 1]) + frame for frame in frames) + bytes([5, 0]) + b"\x04abcd"
    rows = [b"\x00" + row for row in _rows("order_book")] + [b"\x02" + row for row in _rows("position_book")]
    return {
        "conversation": [b"3" + talk, b"4" + talk],
        "json_tick": [text.encode() for text in full],
        "partial": [b"\x00t:2_45001,ltp:101.5,ltq:65,bi:1300|101.45|9,ai:910|101.5|7\n\x01t:2_45001,bi:0|75|101.4|1"],
        "binary": packets,
        "order_event": rows,
    }[target]


def _cases(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((WIRE / f"{name}.json").read_text(encoding="utf-8"))["cases"]
    return found


def _rows(folder: str) -> Iterator[bytes]:
    """Give the rows of the books that our samples hold; an event has the shape of a row."""
    for path in sorted((WIRE.parent / folder).glob("*.json")):
        body = json.loads(path.read_text(encoding="utf-8"))["response"].get("body")
        result = body.get("result") if isinstance(body, dict) else None
        rows = result.get("positionList", []) if isinstance(result, dict) else result
        yield from (json.dumps(row).encode() for row in rows or () if isinstance(row, dict))


def main() -> None:
    """Fuzz one target until libFuzzer is told to stop, or finds something."""
    target, *options = sys.argv[1:]
    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(seeds(target)):
            (Path(corpus) / str(number)).write_bytes(seed)
        atheris.Setup([sys.argv[0], corpus, "-print_final_stats=1", *options], TARGETS[target])
        atheris.Fuzz()


if __name__ == "__main__":
    main()
