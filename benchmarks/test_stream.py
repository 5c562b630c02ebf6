"""Reading market data, beside what cannot be saved: parsing, unpacking, and taking frames from a socket."""

import threading
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest
import websocket
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.stream import DEPTH, HEAD, KNOWN, PACKED_HEAD, TOUCHLINE, frames, server, texts, wire
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.xts_stream.link import Door, Ears, Link, LinkRule
from jainam_prop.adapters.xts_stream.tick_reader import TickReader
from jainam_prop.adapters.xts_wire.tick_frame import read_usual
from jainam_prop.adapters.xts_wire.tick_json import read_full
from jainam_prop.domain.stream_capability import FeedMode
from jainam_prop.domain.subscriptions import DesiredSet
from jainam_prop.domain.tick import FeedEvent, Tick

MESSAGES = 2_000
ON_THE_WIRE = 5_000
CODES = (1501, 1502, 1512)


def last_of(benchmark: BenchmarkFixture, read: Callable[[Any], Any], messages: list[Any]) -> Any:  # noqa: ANN401
    def run() -> Any:  # noqa: ANN401
        last = None
        for message in messages:
            last = read(message)
        return last

    return benchmark.pedantic(run, rounds=60, warmup_rounds=3)


@pytest.mark.benchmark(group="JSON ticks")
@pytest.mark.parametrize("code", CODES)
def test_orjson_alone(benchmark: BenchmarkFixture, code: int) -> None:
    """The control."""
    assert last_of(benchmark, orjson.loads, texts(MESSAGES, code))["MessageCode"] == code


@pytest.mark.benchmark(group="JSON ticks")
@pytest.mark.parametrize("code", CODES)
def test_json_ticks(benchmark: BenchmarkFixture, code: int) -> None:
    """Parsed, checked and made a tick."""
    tick = last_of(benchmark, lambda text: read_full(text, KNOWN), texts(MESSAGES, code))
    assert isinstance(tick, Tick)
    assert tick.last_price == 100.0 + (MESSAGES - 1) % 97 / 20


def bare(frame: bytes) -> tuple[Any, ...]:
    """Unpack every field of a frame, and check nothing."""
    if frame[0]:
        payload = zlib.decompress(frame[PACKED_HEAD.size :], -15)
        head = PACKED_HEAD.unpack_from(frame)
    else:
        payload = frame[HEAD.size :]
        head = HEAD.unpack_from(frame)
    return (TOUCHLINE if head[1] == 1501 else DEPTH).unpack(payload)


@pytest.mark.benchmark(group="binary ticks")
def test_unpack_alone(benchmark: BenchmarkFixture) -> None:
    """The control."""
    assert last_of(benchmark, bare, frames(MESSAGES))[0] == 1502


@pytest.mark.benchmark(group="binary ticks")
def test_binary_ticks(benchmark: BenchmarkFixture) -> None:
    """Taken apart, checked and made ticks."""

    def read(frame: bytes) -> FeedEvent | None:
        usual = read_usual(frame, KNOWN)
        assert usual is not None
        return usual[1]

    tick = last_of(benchmark, read, frames(MESSAGES))
    assert isinstance(tick, Tick)
    assert (tick.last_price, len(tick.bids or ())) == (102.95, 5)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with server(wire(texts(ON_THE_WIRE, 1501))) as running:
        yield running


@pytest.mark.benchmark(group="socket to callback")
def test_raw_receive_loop(benchmark: BenchmarkFixture, address: str) -> None:
    """The control: websocket-client without its UTF-8 check, which hands on text and understands nothing of it."""

    def run() -> str:
        link = websocket.create_connection(address, skip_utf8_validation=True)
        text = ""
        for _ in range(ON_THE_WIRE + 2):
            text = link.recv()
        link.close(timeout=0)
        return text

    assert benchmark.pedantic(run, rounds=5, warmup_rounds=1).startswith('42["1501')


@pytest.mark.benchmark(group="socket to callback")
def test_socket_to_callback(benchmark: BenchmarkFixture, address: str) -> None:
    """Received, decoded, in order, each once, handed to the callback."""

    def run() -> list[FeedEvent]:
        heard: list[FeedEvent] = []
        done = threading.Event()

        def hear(event: FeedEvent) -> None:
            heard.append(event)
            if len(heard) == ON_THE_WIRE:
                done.set()

        reader = TickReader(hear)
        desired = DesiredSet()
        for key in KNOWN.values():
            desired = desired.want(key, FeedMode.QUOTE)
        reader.know(desired)
        link = Link("bench", lambda: Door(address, "t"), Ears(reader.hear, reader.begin), SystemClock(), LinkRule())
        link.start()
        assert done.wait(30)
        link.close()
        return heard

    heard = benchmark.pedantic(run, rounds=5, warmup_rounds=1)
    numbers = [event.sequence for event in heard if isinstance(event, Tick)]
    assert numbers == sorted(numbers)
    assert len(numbers) == ON_THE_WIRE
