"""What the instruments cost beside the least that could do the same: reading a day's master, and looking one up."""

import gc
import random
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Final

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from benchmarks.beside import Both, run_beside
from benchmarks.masters import MORNING, ROWS, TextSource, masters
from jainam_prop.adapters.sql.database import open_database
from jainam_prop.adapters.sql.instrument_store import SqlInstrumentStore
from jainam_prop.adapters.sql.instrument_table import COLUMNS, READ_COLUMNS, SYMBOLS, row_writer
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.application.instruments.sync import SyncInstruments
from jainam_prop.domain.instruments.instrument import Instrument
from tests.fakes.clock import FakeClock

ROUNDS: Final = Both(rounds=8, warmup=2)
INGESTS: Final = Both(rounds=8, warmup=2, timer=time.thread_time)
LOOKUP_TIMES: Final = Both(rounds=60, warmup=4, timer=time.thread_time)
LOOKUPS: Final = 10_000
_DIALECT: Final = sqlite.dialect()
_MAKE_TABLE: Final = str(CreateTable(SYMBOLS).compile(dialect=_DIALECT))
_MAKE_INDEXES: Final = [str(CreateIndex(index).compile(dialect=_DIALECT)) for index in SYMBOLS.indexes]
_INSERT: Final = f"INSERT INTO symbol_token VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608
_SELECT: Final = f"SELECT {', '.join(READ_COLUMNS)} FROM symbol_token"  # noqa: S608

StoreAt = Callable[[Path], SqlInstrumentStore]


@pytest.fixture
def store_at() -> Iterator[StoreAt]:
    """Opens stores, and closes their databases."""
    engines = []

    def open_store(path: Path) -> SqlInstrumentStore:
        engines.append(open_database(f"sqlite:///{path}"))
        return SqlInstrumentStore(engines[-1], SystemClock(), broker="jainam_prop")

    yield open_store
    for engine in engines:
        engine.dispose()


@pytest.fixture(scope="module")
def instruments() -> list[Instrument]:
    """Everything that the masters list."""
    source = TextSource()
    return [each for exchange in source.exchanges() for each in source.download(exchange).unwrap().instruments]


@pytest.fixture(scope="module")
def synced(tmp_path_factory: pytest.TempPathFactory, instruments: list[Instrument]) -> Path:
    """A database that holds them."""
    path = tmp_path_factory.mktemp("synced") / "synced.db"
    engine = open_database(f"sqlite:///{path}")
    SqlInstrumentStore(engine, SystemClock(), broker="jainam_prop").replace(instruments)
    engine.dispose()
    return path


@pytest.fixture(scope="module", autouse=True)
def _settled_heap(instruments: list[Instrument]) -> Iterator[None]:
    """Let the garbage collector not walk over what the benchmarks only read, in the control as in what is measured."""
    masters()
    assert len(instruments) > ROWS * 0.95
    gc.collect()
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.fixture
def fresh(tmp_path: Path) -> Callable[[], Path]:
    """Returns a new path at every call."""
    numbers = count()
    return lambda: tmp_path / f"{next(numbers)}.db"


@pytest.mark.benchmark(group="ingest", timer=time.thread_time)
def test_sync_instruments(
    benchmark: BenchmarkFixture, fresh: Callable[[], Path], store_at: StoreAt, instruments: list[Instrument]
) -> None:
    """The whole, into a new database: parse, name, check, replace, all indexes.

    The control only splits the texts, and inserts rows that were made beforehand, with all indexes.
    """
    rows = [row_writer("jainam_prop")(each) for each in instruments]
    gc.freeze()

    def insert() -> int:
        with closing(sqlite3.connect(fresh(), isolation_level=None)) as sql:
            for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", _MAKE_TABLE):
                sql.execute(statement)
            _split(masters().values())
            sql.execute("BEGIN IMMEDIATE")
            sql.executemany(_INSERT, rows)
            for statement in _MAKE_INDEXES:
                sql.execute(statement)
            sql.execute("COMMIT")
            return int(sql.execute("SELECT count(*) FROM symbol_token").fetchone()[0])

    def sync() -> int:
        return SyncInstruments(TextSource(), store_at(fresh()), FakeClock(MORNING))().unwrap().total

    assert run_beside(benchmark, sync, insert, INGESTS) == (len(instruments), len(instruments))


def _split(texts: Iterable[str]) -> None:
    for text in texts:
        for line in text.split("\n"):
            line.split("|")


@pytest.fixture(scope="module")
def wanted(instruments: list[Instrument]) -> list[tuple[str, str, int]]:
    """Symbols from all over the table with their exchanges and numbers."""
    chosen = random.Random(7).sample(instruments, LOOKUPS)  # noqa: S311 (no secret hangs on it)
    return [(each.symbol, each.exchange.value, each.token) for each in chosen]


@pytest.mark.benchmark(group="warm lookup", timer=time.thread_time)
def test_find(
    benchmark: BenchmarkFixture,
    synced: Path,
    store_at: StoreAt,
    instruments: list[Instrument],
    wanted: list[tuple[str, str, int]],
) -> None:
    """A store with its index in memory finds symbols that it found before.

    The control finds them in a dictionary of all instruments by symbol and exchange.
    """
    table = {(each.symbol, each.exchange.value): each for each in instruments}
    find = store_at(synced).find

    def look_up() -> int:
        return sum(find(symbol, exchange).token == token for symbol, exchange, token in wanted)  # type: ignore[union-attr]

    def look_up_in_table() -> int:
        return sum(table[symbol, exchange].token == token for symbol, exchange, token in wanted)

    assert run_beside(benchmark, look_up, look_up_in_table, LOOKUP_TIMES) == (LOOKUPS, LOOKUPS)


@pytest.mark.benchmark(group="cold lookup")
def test_first_find(benchmark: BenchmarkFixture, synced: Path, store_at: StoreAt) -> None:
    """The first look-up of a new process: connection, index, answer.

    The control reads the same columns, as the driver gives them, into a dictionary.
    """

    def find() -> object:
        found = store_at(synced).find("SBIN", "NSE")
        return found and found.token

    def read() -> object:
        with closing(sqlite3.connect(synced)) as sql:
            table = {(row[2], row[0]): row for row in sql.execute(_SELECT)}
        return table["SBIN", "NSE"][1]

    assert run_beside(benchmark, find, read, ROUNDS) == (3045, 3045)
