"""A tick on its way to OpenAlgo's bus, beside what the host does with each message itself: writing it as JSON."""

import json
import time
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.beside import Both, run_beside
from benchmarks.stream import KNOWN, texts
from jainam_prop.adapters.xts.wire.ticks.json import read_full
from jainam_prop.domain.market_data.tick import FeedEvent, FeedMode
from jainam_prop.entrypoints.openalgo.streaming.bridge import StreamBridge
from tests.domain.samples import a_future
from tests.fakes.instrument_store import InMemoryInstrumentStore
from tests.fakes.market_feed import FakeMarketFeed

TIMES = Both(rounds=40, warmup=4, timer=time.thread_time)
MESSAGES = 2_000
MODES = [(FeedMode.LTP,), (FeedMode.QUOTE,), (FeedMode.DEPTH,), tuple(FeedMode)]
NAMES = ["LTP", "QUOTE", "DEPTH", "LTP+QUOTE+DEPTH"]
CODES = {FeedMode.LTP: 1512, FeedMode.QUOTE: 1501, FeedMode.DEPTH: 1502}


def published(modes: tuple[FeedMode, ...]) -> tuple[StreamBridge, list[FeedEvent], list[dict[str, Any]]]:
    """Return a bridge at which some futures are taken, ticks of them, and where it publishes."""
    bus: list[dict[str, Any]] = []
    listed = [a_future(token=key.token, symbol=f"F{key.token}") for key in KNOWN.values()]
    bridge = StreamBridge(
        FakeMarketFeed(), InMemoryInstrumentStore(*listed), lambda _topic, message: bus.append(message)
    )
    for each in listed:
        for mode in modes:
            assert bridge.subscribe(each.symbol, each.exchange, mode)["status"] == "success"
    ticks = [event for text in texts(MESSAGES, CODES[max(modes)]) if (event := read_full(text, KNOWN)) is not None]
    return bridge, ticks, bus


@pytest.mark.benchmark(group="tick to bus", timer=time.thread_time)
@pytest.mark.parametrize("modes", MODES, ids=NAMES)
def test_tick_to_bus(benchmark: BenchmarkFixture, modes: tuple[FeedMode, ...]) -> None:
    """Found, put into the host's words and handed to its bus, beside writing the same messages."""
    bridge, ticks, bus = published(modes)

    def run() -> int:
        bus.clear()
        for tick in ticks:
            bridge.hear(tick)
        return len(bus)

    run()
    messages = list(bus)
    count, written = run_beside(benchmark, run, lambda: [json.dumps(message) for message in messages], TIMES)

    assert count == len(written) == MESSAGES * len(modes)
    assert json.loads(written[-1]) == bus[-1] | {"timestamp": messages[-1]["timestamp"]}
    assert bus[-1]["ltp"] == 100.0 + (MESSAGES - 1) % 97 / 20
