"""Instruments in SQL: the contract of every instrument store, and what only a database can get wrong."""

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, inspect
from sqlalchemy.exc import OperationalError

from jainam_prop.adapters.sql.database import open_database
from jainam_prop.adapters.sql.instrument_lookup import MOST_READS, IndexedInstrumentStore
from jainam_prop.adapters.sql.instrument_store import SqlInstrumentStore
from jainam_prop.adapters.sql.instrument_table import GENERATIONS, SYMBOLS
from jainam_prop.adapters.sql.schema import metadata
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.search import InstrumentQuery
from tests.contracts.instrument_store import ALL, CURRENCY, FUTURE, MARCH, NIFTY, PUT, SBIN, InstrumentStoreContract
from tests.fakes.clock import FakeClock
from tests.fakes.instrument_store import InMemoryInstrumentStore

StoreAt = Callable[..., SqlInstrumentStore]


class TestInMemoryInstrumentStore(InstrumentStoreContract):
    def store(self, clock: FakeClock) -> InMemoryInstrumentStore:
        return InMemoryInstrumentStore(clock=clock)


class TestSqlInstrumentStore(InstrumentStoreContract):
    @pytest.fixture(autouse=True)
    def _database(self, store_at: StoreAt, path: Path) -> None:
        self._store_at, self._path = store_at, path

    def store(self, clock: FakeClock) -> SqlInstrumentStore:
        return self._store_at(self._path, clock)


class TestIndexedInstrumentStore(InstrumentStoreContract):
    @pytest.fixture(autouse=True)
    def _database(self, path: Path) -> Iterator[None]:
        self._engine = open_database(f"sqlite:///{path}")
        yield
        self._engine.dispose()

    def store(self, clock: FakeClock) -> IndexedInstrumentStore:
        return IndexedInstrumentStore(self._engine, clock, broker="jainam_prop")


class TestSqlInstrumentStoreOnPostgres(InstrumentStoreContract):
    @pytest.fixture(autouse=True)
    def _database(self, postgres_url: str) -> Iterator[None]:
        self._engine = open_database(postgres_url)
        yield
        metadata.drop_all(self._engine, tables=[SYMBOLS, GENERATIONS])
        self._engine.dispose()

    def store(self, clock: FakeClock) -> SqlInstrumentStore:
        return SqlInstrumentStore(self._engine, clock, monotonic=clock.monotonic, broker="jainam_prop")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk" / "store.db"


@pytest.fixture
def store_at() -> Iterator[StoreAt]:
    """Open stores, each with an engine of its own as a process has, and close them all."""
    with ExitStack() as opened:

        def open_store(path: Path, clock: FakeClock, **options: Any) -> SqlInstrumentStore:  # noqa: ANN401
            engine = open_database(f"sqlite:///{path}")
            opened.callback(engine.dispose)
            return SqlInstrumentStore(engine, clock, monotonic=clock.monotonic, **{"broker": "jainam_prop", **options})

        yield open_store


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(MARCH)


@pytest.fixture
def engine(path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture
def statements(engine: Engine) -> list[str]:
    """Every statement that the engine runs."""
    ran: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: ran.append(call[2]))
    return ran


def rows_of(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as sql:
        return sql.execute(query).fetchall()


class TestNewerGenerations:
    def test_look_ups_within_a_second_ask_the_database_nothing(
        self, engine: Engine, clock: FakeClock, statements: list[str]
    ) -> None:
        store = SqlInstrumentStore(engine, clock, monotonic=clock.monotonic, broker="jainam_prop")
        store.replace(ALL)
        store.find("SBIN", "NSE")
        statements.clear()
        clock.advance(0.9)

        found = [store.find("SBIN", "NSE"), store.find("UNKNOWN", "NSE"), store.find_key(PUT.key)]

        assert found == [SBIN, None, PUT]
        assert statements == []

    def test_the_first_look_up_after_it_asks_for_the_generation_only(
        self, engine: Engine, clock: FakeClock, statements: list[str]
    ) -> None:
        store = SqlInstrumentStore(engine, clock, monotonic=clock.monotonic, broker="jainam_prop")
        store.replace(ALL)
        store.find("SBIN", "NSE")
        statements.clear()
        clock.advance(1.0)

        found = [store.find("SBIN", "NSE"), store.find_key(PUT.key), store.find("SBIN", "NSE")]

        assert found == [SBIN, PUT, SBIN]
        assert [each for each in statements if not each.startswith("BEGIN")] == [
            "SELECT symbol_token_generation.number, symbol_token_generation.replaced_at \nFROM symbol_token_generation "
            "\nWHERE symbol_token_generation.broker = ?"
        ]

    def test_accounts_of_one_process_have_one_index_of_a_store(self, path: Path, clock: FakeClock) -> None:
        engines = [open_database(f"sqlite:///{path}") for _ in range(2)]
        stores = [SqlInstrumentStore(each, clock, monotonic=clock.monotonic, broker="jainam_prop") for each in engines]
        stores[0].replace(ALL)
        one, other = [[store.find("SBIN", "NSE") for store in stores] for _ in range(2)][1]
        stores[0].replace((*ALL, SBIN._replace(token=77, symbol="OTHER")))
        clock.advance(1.0)
        added = [[store.find("OTHER", "NSE") for store in stores] for _ in range(2)][1]
        for engine in engines:
            engine.dispose()

        assert one is other
        assert added[0] is added[1] is not None

    def test_what_another_process_wrote_is_seen_after_a_second(
        self, store_at: StoreAt, path: Path, clock: FakeClock
    ) -> None:
        ours, theirs = store_at(path, clock), store_at(path, clock)
        ours.replace(ALL)
        assert theirs.find("SBIN", "NSE") == SBIN

        ours.replace([SBIN._replace(token=99), FUTURE])
        seen_at_once = theirs.find("SBIN", "NSE")
        clock.advance(1.0)

        assert seen_at_once == SBIN
        assert theirs.find("SBIN", "NSE") == SBIN._replace(token=99)
        assert theirs.find_key(PUT.key) is None

    def test_what_this_process_wrote_is_seen_at_once(self, store_at: StoreAt, path: Path, clock: FakeClock) -> None:
        store = store_at(path, clock)
        store.replace(ALL)
        assert store.find_key(PUT.key) == PUT

        store.replace([SBIN])

        assert store.find_key(PUT.key) is None

    def test_an_empty_store_learns_of_the_first_generation(
        self, store_at: StoreAt, path: Path, clock: FakeClock
    ) -> None:
        theirs = store_at(path, clock)
        assert theirs.find("SBIN", "NSE") is None

        store_at(path, clock).replace(ALL)
        clock.advance(1.0)

        assert theirs.find("SBIN", "NSE") == SBIN

    @pytest.mark.parametrize(
        ("pause", "token"),
        [
            pytest.param(1.5, SBIN.token, id="the-old-one-was-the-latest-a-moment-ago"),
            pytest.param(2.0, 99, id="nobody-has-looked-for-a-while"),
        ],
    )
    def test_while_one_thread_reads_a_newer_generation_another_has_the_old_one_only_if_it_is_fresh(
        self, engine: Engine, clock: FakeClock, pause: float, token: int
    ) -> None:
        store = SqlInstrumentStore(engine, clock, monotonic=clock.monotonic, broker="jainam_prop")
        store.replace(ALL)
        store.find("SBIN", "NSE")
        SqlInstrumentStore(engine, clock, monotonic=clock.monotonic, broker="jainam_prop").replace(
            [SBIN._replace(token=99)]
        )
        clock.advance(pause)
        reading, go_on = threading.Event(), threading.Event()

        def hold(*_call: object) -> None:
            reading.set()
            assert go_on.wait(10)

        event.listen(engine, "before_cursor_execute", hold)
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(store.find, "SBIN", "NSE")
            assert reading.wait(10)
            second = pool.submit(store.find, "SBIN", "NSE")
            if token == SBIN.token:
                assert second.result(10) == SBIN
            go_on.set()

            assert [first.result(10), second.result(10)] == [SBIN._replace(token=99), SBIN._replace(token=token)]

    def test_a_database_that_cannot_be_asked_leaves_the_generation_in_use(
        self, engine: Engine, clock: FakeClock, caplog: pytest.LogCaptureFixture
    ) -> None:
        store = SqlInstrumentStore(engine, clock, monotonic=clock.monotonic, broker="jainam_prop")
        store.replace(ALL)
        store.find("SBIN", "NSE")

        def fail(*_call: object) -> None:
            raise OperationalError("SELECT", {}, sqlite3.OperationalError("disk I/O error"))  # noqa: EM101

        event.listen(engine, "before_cursor_execute", fail)
        clock.advance(1.0)

        with caplog.at_level(logging.WARNING):
            assert store.find("SBIN", "NSE") == SBIN
        assert caplog.messages == ["Instruments could not be checked (disk I/O error); those in memory stay in use"]


class TestTheTable:
    def test_its_rows_read_like_openalgos(self, store_at: StoreAt, path: Path, clock: FakeClock) -> None:
        store_at(path, clock).replace([SBIN, PUT, NIFTY])

        assert rows_of(
            path,
            "SELECT broker, symbol, brsymbol, name, exchange, brexchange, token, expiry, strike, lotsize,"
            " instrumenttype, tick_size, freeze_qty, series, isin, lower_band, upper_band, multiplier"
            " FROM symbol_token ORDER BY token",
        ) == [
            ("jainam_prop", "SBIN", "SBIN-EQ", "SBIN", "NSE", "NSECM", 3045, "", None, 1, "EQ", 0.05, 1152345, "EQ",
             "INE062A01020", 702.1, 858.1, 1),
            ("jainam_prop", "NIFTY", "NIFTY 50", "NIFTY", "NSE_INDEX", "NSECM", 26000, "", None, 1, "INDEX", 0.05, None,
             "", "", None, None, 1),
            ("jainam_prop", "SBIN31MAR26782.5PE", "SBIN26MAR782.5PE", "SBIN", "NFO", "NSEFO", 61002, "31-MAR-26", 782.5,
             750, "PE", 0.05, 10000, "OPTSTK", "", 2979.4, 3641.45, 1),
        ]  # fmt: skip

    def test_rows_of_other_brokers_are_never_touched(self, store_at: StoreAt, path: Path, clock: FakeClock) -> None:
        other = store_at(path, clock, broker="another")
        other.replace(ALL)
        store = store_at(path, clock)

        store.replace([SBIN, FUTURE])
        store.replace([CURRENCY], keep=[Exchange.NSE])

        assert rows_of(path, "SELECT broker, count(*) FROM symbol_token GROUP BY broker") == [
            ("another", len(ALL)),
            ("jainam_prop", 2),
        ]
        assert store.find_key(PUT.key) is None
        assert other.find_key(PUT.key) == PUT
        assert [each.symbol for each in store.search(InstrumentQuery())] == ["USDINR27MAR26FUT", "SBIN"]

    def test_its_indexes_are_there_again_after_a_replacement(self, engine: Engine, clock: FakeClock) -> None:
        store = SqlInstrumentStore(engine, clock, monotonic=clock.monotonic, broker="jainam_prop")

        store.replace(ALL)
        store.replace(ALL)

        found = {
            each["name"]: (each["column_names"], each["unique"]) for each in inspect(engine).get_indexes("symbol_token")
        }
        assert found == {
            "symbol_token_by_token": (["broker", "exchange", "token"], True),
            "symbol_token_by_symbol": (["broker", "exchange", "symbol"], True),
        }

    @pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
    def test_a_file_is_readable_by_its_owner_only(self, store_at: StoreAt, path: Path, clock: FakeClock) -> None:
        store_at(path, clock).replace(ALL)

        assert path.stat().st_mode & 0o777 == 0o600

    def test_no_connection_is_left_open(self, engine: Engine, clock: FakeClock) -> None:
        store = SqlInstrumentStore(engine, clock, monotonic=clock.monotonic, broker="jainam_prop")
        store.replace(ALL)
        store.find("SBIN", "NSE")
        store.search(InstrumentQuery())
        store.generation()
        with pytest.raises(ValueError, match="twice"):
            store.replace([SBIN, SBIN])

        assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]

    def test_a_symbol_that_tries_to_be_sql_is_a_symbol(self, store_at: StoreAt, path: Path, clock: FakeClock) -> None:
        store = store_at(path, clock)
        nasty = SBIN._replace(symbol="X'); DROP TABLE symbol_token; --")

        store.replace([nasty])

        assert store.find(nasty.symbol, "NSE") == nasty


class TestReplacingAtOnce:
    """Two processes sync at the same moment, each with an engine of its own."""

    def test_on_sqlite_one_after_the_other_wins(self, path: Path, clock: FakeClock) -> None:
        assert self._replace_at_once(f"sqlite:///{path}", clock) == (20, len(ALL), 1)

    def test_on_postgresql_too(self, postgres_url: str, clock: FakeClock) -> None:
        assert self._replace_at_once(postgres_url, clock) == (20, len(ALL), 1)

    def _replace_at_once(self, url: str, clock: FakeClock) -> tuple[int, int, int]:
        """Replace twice ten times; return the number of the generation, its rows and how many marks they bear."""
        starting = threading.Barrier(2)

        def replace(mark: str) -> None:
            engine = open_database(url)
            starting.wait()
            for _ in range(10):
                SqlInstrumentStore(engine, clock, monotonic=clock.monotonic, broker="jainam_prop").replace(
                    [each._replace(series=mark) for each in ALL]
                )
            engine.dispose()

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(replace, "AB"))

        engine = open_database(url)
        generation = SqlInstrumentStore(engine, clock, monotonic=clock.monotonic, broker="jainam_prop").generation()
        found = SqlInstrumentStore(engine, clock, monotonic=clock.monotonic, broker="jainam_prop").search(
            InstrumentQuery()
        )
        metadata.drop_all(engine, tables=[SYMBOLS, GENERATIONS])
        engine.dispose()
        assert generation is not None
        return generation.number, len(found), len({each.series for each in found})


def test_a_few_look_ups_read_their_rows_and_many_the_index(store_at: StoreAt, path: Path, clock: FakeClock) -> None:
    store_at(path, clock).replace(ALL)
    engine = open_database(f"sqlite:///{path}")
    store = IndexedInstrumentStore(engine, clock, broker="jainam_prop")
    seen: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: seen.append(call[2]))

    found = [store.find("SBIN", "NSE"), store.find("SBIN", "NSE"), store.find_key(FUTURE.key)]
    few = [statement for statement in seen if "FROM symbol_token " in statement or "FROM symbol_token\n" in statement]
    for number in range(MOST_READS):
        store.find(f"NONE{number}", "NSE")
    seen.clear()
    many = store.find("SBIN", "NSE")
    engine.dispose()

    assert (found, many, seen) == ([SBIN, SBIN, FUTURE], SBIN, [])
    assert len(few) == 2
    assert all("token" in statement or "symbol" in statement for statement in few)
