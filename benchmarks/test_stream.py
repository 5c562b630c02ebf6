"""Reading market data, beside what cannot be saved: parsing, unpacking, and taking frames from a socket."""

import threading
import time
import zlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import orjson
import pytest
import websocket
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.beside import Both, run_beside
from benchmarks.stream import DEPTH, HEAD, KNOWN, PACKED_HEAD, TOUCHLINE, feed, frames, server, texts, wire
from jainam_prop.adapters.xts.wire.ticks.fast_binary import read_usual
from jainam_prop.adapters.xts.wire.ticks.json import read_full
from jainam_prop.domain.market_data.tick import FeedEvent, FeedMode, Tick

TIMES = Both(rounds=60, warmup=4, timer=time.thread_time)
CONNECTIONS = Both(rounds=20, warmup=2)
MESSAGES = 2_000
ON_THE_WIRE = 5_000
CODES = (1501, 1502, 1512)

_Read = TypeVar("_Read")


def last_of(read: Callable[[Any], _Read], messages: list[Any]) -> _Read:
    """Read every message and return what the last one was."""
    last = read(messages[0])
    for message in messages[1:]:
        last = read(message)
    return last


@pytest.mark.benchmark(group="JSON ticks", timer=time.thread_time)
@pytest.mark.parametrize("code", CODES)
def test_json_ticks(benchmark: BenchmarkFixture, code: int) -> None:
    """Parsed, checked and made a tick, beside parsing alone."""
    messages = texts(MESSAGES, code)

    tick, parsed = run_beside(
        benchmark,
        lambda: last_of(lambda text: read_full(text, KNOWN), messages),
        lambda: last_of(orjson.loads, messages),
        TIMES,
    )

    assert isinstance(tick, Tick)
    assert tick.last_price == 100.0 + (MESSAGES - 1) % 97 / 20
    assert parsed["MessageCode"] == code


def bare(frame: bytes) -> tuple[Any, ...]:
    """Unpack every field of a frame, and check nothing."""
    if frame[0]:
        payload = zlib.decompress(frame[PACKED_HEAD.size :], -15)
        head = PACKED_HEAD.unpack_from(frame)
    else:
        payload = frame[HEAD.size :]
        head = HEAD.unpack_from(frame)
    return (TOUCHLINE if head[1] == 1501 else DEPTH).unpack(payload)


@pytest.mark.benchmark(group="binary ticks", timer=time.thread_time)
def test_binary_ticks(benchmark: BenchmarkFixture) -> None:
    """Taken apart, checked and made ticks, beside unpacking alone."""

    def read(frame: bytes) -> FeedEvent | None:
        usual = read_usual(frame, KNOWN)
        assert usual is not None
        return usual[1]

    packets = frames(MESSAGES)
    tick, unpacked = run_beside(benchmark, lambda: last_of(read, packets), lambda: last_of(bare, packets), TIMES)

    assert isinstance(tick, Tick)
    assert (tick.last_price, len(tick.bids or ())) == (102.95, 5)
    assert unpacked[0] == 1502


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with server(wire(texts(ON_THE_WIRE, 1501))) as running:
        yield running


def receive_all(address: str) -> str:
    """Take every message with websocket-client, without its UTF-8 check, and return the last."""
    link = websocket.create_connection(address, skip_utf8_validation=True)
    text = ""
    for _ in range(ON_THE_WIRE + 2):
        text = link.recv()
    link.close(timeout=0)
    return text


@pytest.mark.benchmark(group="socket to callback")
def test_socket_to_callback(benchmark: BenchmarkFixture, address: str) -> None:
    """Received, decoded, in order, each once, handed to the callback, beside only receiving."""

    def run() -> list[FeedEvent]:
        heard: list[FeedEvent] = []
        done = threading.Event()

        def hear(event: FeedEvent) -> None:
            heard.append(event)
            if len(heard) == ON_THE_WIRE:
                done.set()

        made = feed(address, FeedMode.QUOTE)
        made.start(hear)
        assert done.wait(30), made.health()
        made.close()
        return heard

    heard, text = run_beside(benchmark, run, lambda: receive_all(address), CONNECTIONS)
    assert text.startswith('42["1501')
    numbers = [event.sequence for event in heard if isinstance(event, Tick)]
    assert numbers == sorted(numbers)
    assert len(numbers) == ON_THE_WIRE
