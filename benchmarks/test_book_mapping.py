"""Books from XTS's rows to OpenAlgo's, beside a list comprehension that builds the same rows and checks nothing."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

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
from jainam_prop.adapters.xts_wire.raw_books import XtsRawBooks
from jainam_prop.entrypoints.openalgo.order_rows import RowWriter

ROUNDS = 25
COUNTS = (1_000, 10_000)

Mapping = Callable[[Any], Rows]


@pytest.fixture(scope="module")
def writer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RowWriter]:
    """A writer that knows every contract of the books."""
    engine = open_database(f"sqlite:///{tmp_path_factory.mktemp('books') / 'desk.db'}")
    store = SqlInstrumentStore(engine, SystemClock())
    store.replace(instruments())
    yield RowWriter(store)
    engine.dispose()


def run(benchmark: BenchmarkFixture, mapping: Mapping, rows: Rows) -> Rows:
    """Map the same rows again and again; what is measured is a book that has been read before, as at a refresh."""
    mapped: Rows = benchmark.pedantic(mapping, args=(rows,), rounds=ROUNDS, warmup_rounds=3)
    return mapped


@pytest.mark.benchmark(group="orders")
@pytest.mark.parametrize("count", COUNTS)
def test_lean_orders(benchmark: BenchmarkFixture, count: int) -> None:
    """The control."""
    assert len(run(benchmark, lean_orders, raw_orders(count))) == count


@pytest.mark.benchmark(group="orders")
@pytest.mark.parametrize("count", COUNTS)
def test_map_orders(benchmark: BenchmarkFixture, writer: RowWriter, count: int) -> None:
    """Read, checked and written."""
    rows = raw_orders(count)
    assert run(benchmark, lambda raw: writer.orders(XtsRawBooks().orders(raw).unwrap()), rows) == lean_orders(rows)


@pytest.mark.benchmark(group="trades")
@pytest.mark.parametrize("count", COUNTS)
def test_lean_trades(benchmark: BenchmarkFixture, count: int) -> None:
    """The control."""
    assert len(run(benchmark, lean_trades, raw_trades(count))) == count


@pytest.mark.benchmark(group="trades")
@pytest.mark.parametrize("count", COUNTS)
def test_map_trades(benchmark: BenchmarkFixture, writer: RowWriter, count: int) -> None:
    """Read, checked and written."""
    rows = raw_trades(count)
    mapped = run(benchmark, lambda raw: writer.trades(XtsRawBooks().trades(raw).unwrap()), rows)
    assert mapped == [row | {"average_price": pytest.approx(row["average_price"])} for row in lean_trades(rows)]


@pytest.mark.benchmark(group="positions")
@pytest.mark.parametrize("count", COUNTS)
def test_lean_positions(benchmark: BenchmarkFixture, count: int) -> None:
    """The control."""
    assert len(run(benchmark, lean_positions, raw_positions(count))) == count


@pytest.mark.benchmark(group="positions")
@pytest.mark.parametrize("count", COUNTS)
def test_map_positions(benchmark: BenchmarkFixture, writer: RowWriter, count: int) -> None:
    """Read, checked and written."""
    rows = raw_positions(count)
    mapped = run(benchmark, lambda raw: writer.positions(XtsRawBooks().positions(raw).unwrap()), rows)
    assert mapped == lean_positions(rows)
