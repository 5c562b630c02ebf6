"""Books from XTS's rows to OpenAlgo's, beside a list comprehension that builds the same rows and checks nothing."""

import copy
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.beside import Both, run_beside
from benchmarks.books import (
    Rows,
    instruments,
    lean_orders,
    lean_positions,
    lean_trades,
    raw_orders,
    raw_positions,
    raw_trades,
)
from jainam_prop.adapters.sql.database import open_database
from jainam_prop.adapters.sql.instrument_store import SqlInstrumentStore
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.xts.http.books import XtsRawBooks
from jainam_prop.entrypoints.book_rows import BookRows

TIMES = Both(rounds=40, warmup=4, timer=time.thread_time)
COUNTS = (1_000, 10_000)

Mapping = Callable[[Any], Rows]


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BookRows]:
    """A writer that knows every contract of the books."""
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('books') / 'desk.db'}")
    store = SqlInstrumentStore(engine, SystemClock(), broker="jainam_prop")
    store.replace(instruments())
    yield BookRows(store)
    engine.dispose()


def run(benchmark: BenchmarkFixture, mapping: Mapping, lean: Mapping, rows: Rows) -> tuple[Rows, Rows]:
    """Map the same rows again and again; what is measured is a book that has been read before, as at a refresh.

    Both get rows of their own, since those that the other has just touched would be in the processor's memory.
    """
    theirs = copy.deepcopy(rows)
    return run_beside(benchmark, lambda: mapping(rows), lambda: lean(theirs), TIMES)


@pytest.mark.benchmark(group="orders", timer=time.thread_time)
@pytest.mark.parametrize("count", COUNTS)
def test_map_orders(benchmark: BenchmarkFixture, writer: BookRows, count: int) -> None:
    """Read, checked and written."""
    mapped, lean = run(
        benchmark, lambda raw: writer.orders(XtsRawBooks().orders(raw).unwrap()), lean_orders, raw_orders(count)
    )
    assert mapped == lean


@pytest.mark.benchmark(group="trades", timer=time.thread_time)
@pytest.mark.parametrize("count", COUNTS)
def test_map_trades(benchmark: BenchmarkFixture, writer: BookRows, count: int) -> None:
    """Read, checked and written."""
    mapped, lean = run(
        benchmark, lambda raw: writer.trades(XtsRawBooks().trades(raw).unwrap()), lean_trades, raw_trades(count)
    )
    assert mapped == lean


@pytest.mark.benchmark(group="positions", timer=time.thread_time)
@pytest.mark.parametrize("count", COUNTS)
def test_map_positions(benchmark: BenchmarkFixture, writer: BookRows, count: int) -> None:
    """Read, checked and written."""
    mapped, lean = run(
        benchmark,
        lambda raw: writer.positions(XtsRawBooks().positions(raw).unwrap()),
        lean_positions,
        raw_positions(count),
    )
    assert mapped == lean
