"""The host's table of instruments: filled in the same step as ours, and only when the host asks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Engine, Float, Index, Integer, MetaData, Sequence, String, Table, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from jainam_prop.adapters.openalgo_host.symbol_table import HostSymbolTable
from jainam_prop.adapters.sql.database import open_database
from jainam_prop.adapters.sql.instrument_store import SqlInstrumentStore
from jainam_prop.adapters.sql.instrument_table import GENERATIONS, SYMBOLS
from jainam_prop.adapters.sql.schema import metadata
from jainam_prop.domain.exchange import Exchange
from tests.contracts.instrument_store import ALL, CURRENCY, MARCH, NIFTY, PUT, SBIN
from tests.fakes.clock import FakeClock

HOST = MetaData()
SYMTOKEN = Table(
    "symtoken",
    HOST,
    Column("id", Integer, Sequence("symtoken_id_seq"), primary_key=True),
    Column("symbol", String, nullable=False, index=True),
    Column("brsymbol", String, nullable=False, index=True),
    Column("name", String),
    Column("exchange", String, index=True),
    Column("brexchange", String, index=True),
    Column("token", String, index=True),
    Column("expiry", String),
    Column("strike", Float),
    Column("lotsize", Integer),
    Column("instrumenttype", String),
    Column("tick_size", Float),
    Column("contract_value", Float),
    Index("idx_symbol_exchange", "symbol", "exchange"),
    Index("idx_symbol_name", "symbol", "name"),
    Index("idx_brsymbol_exchange", "brsymbol", "exchange"),
)
"""As the host makes it when it starts (contract, section 8.2)."""


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'host.db'}")
    HOST.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def on_postgres(postgres_url: str) -> Iterator[Engine]:
    engine = open_database(postgres_url)
    HOST.create_all(engine)
    yield engine
    HOST.drop_all(engine)
    metadata.drop_all(engine, tables=[SYMBOLS, GENERATIONS])
    engine.dispose()


def host_rows(engine: Engine, columns: str = "symbol") -> list[tuple[Any, ...]]:
    with engine.connect() as sql:
        return [tuple(row) for row in sql.execute(text(f"SELECT {columns} FROM symtoken ORDER BY id"))]  # noqa: S608


def a_store(engine: Engine, mirror: HostSymbolTable | None = None) -> SqlInstrumentStore:
    return SqlInstrumentStore(engine, FakeClock(MARCH), mirror=mirror or HostSymbolTable(), broker="jainam_prop")


def test_rows_are_written_as_the_host_reads_them(engine: Engine) -> None:
    a_store(engine).replace([SBIN, PUT, NIFTY], for_host=True)

    assert host_rows(
        engine,
        "symbol, brsymbol, name, exchange, brexchange, token, expiry, strike, lotsize, instrumenttype, tick_size,"
        " contract_value",
    ) == [
        ("SBIN", "SBIN-EQ", "SBIN", "NSE", "NSECM", "3045", "", 0.0, 1, "EQ", 0.05, None),
        ("SBIN31MAR26782.5PE", "SBIN26MAR782.5PE", "SBIN", "NFO", "NSEFO", "61002", "31-MAR-26", 782.5, 750, "PE", 0.05,
         None),
        ("NIFTY", "NIFTY 50", "NIFTY", "NSE_INDEX", "NSECM", "26000", "", 0.0, 1, "EQ", 0.05, None),
    ]  # fmt: skip


def test_the_broker_exchange_is_never_empty(engine: Engine) -> None:
    a_store(engine).replace([SBIN._replace(broker_exchange="")], for_host=True)

    assert host_rows(engine, "brexchange") == [("NSE",)]


def test_the_rows_before_are_replaced_whoever_wrote_them(engine: Engine) -> None:
    with engine.begin() as sql:
        sql.execute(SYMTOKEN.insert(), {"symbol": "OLD", "brsymbol": "OLD", "exchange": "NSE", "token": "1"})

    a_store(engine).replace(ALL, for_host=True)

    assert host_rows(engine) == [(each.symbol,) for each in ALL]


def test_it_is_left_alone_unless_the_host_asks(engine: Engine) -> None:
    store = a_store(engine)

    store.replace(ALL)

    assert host_rows(engine) == []
    assert store.count() == len(ALL)


def test_exchanges_that_are_kept_are_kept_there_too(engine: Engine) -> None:
    store = a_store(engine)
    store.replace(ALL, for_host=True)

    store.replace([SBIN, PUT], keep=[Exchange.CDS], for_host=True)

    assert sorted(host_rows(engine)) == sorted((each.symbol,) for each in (SBIN, PUT, CURRENCY))


def test_its_indexes_are_there_again(engine: Engine) -> None:
    before = {each["name"] for each in inspect(engine).get_indexes("symtoken")}

    a_store(engine).replace(ALL, for_host=True)

    assert {each["name"] for each in inspect(engine).get_indexes("symtoken")} == before
    assert len(before) == 8


def test_when_it_cannot_be_filled_ours_stays_as_it_was_too(engine: Engine) -> None:
    store = a_store(engine)
    store.replace(ALL, for_host=True)
    with engine.begin() as sql:
        sql.execute(text("ALTER TABLE symtoken RENAME COLUMN lotsize TO lots"))

    with pytest.raises(SQLAlchemyError):
        store.replace([SBIN], for_host=True)

    assert host_rows(engine) == [(each.symbol,) for each in ALL]
    assert store.count() == len(ALL)


def test_where_the_host_has_made_no_table_only_ours_is_filled(engine: Engine) -> None:
    HOST.drop_all(engine)
    store = a_store(engine)

    store.replace(ALL, for_host=True)

    assert store.count() == len(ALL)
    assert not inspect(engine).has_table("symtoken")


def test_it_may_be_in_a_database_of_its_own(engine: Engine, tmp_path: Path) -> None:
    ours = open_database(f"sqlite:///{tmp_path / 'ours.db'}")
    store = a_store(ours, HostSymbolTable(engine))

    store.replace(ALL, for_host=True)

    assert host_rows(engine) == [(each.symbol,) for each in ALL]
    assert store.count() == len(ALL)
    assert not inspect(engine).has_table("symbol_token")
    ours.dispose()


def test_postgresql_is_filled_alike(on_postgres: Engine) -> None:
    store = a_store(on_postgres)
    store.replace(ALL, for_host=True)

    store.replace([SBIN, PUT], keep=[Exchange.CDS], for_host=True)

    assert sorted(host_rows(on_postgres)) == sorted((each.symbol,) for each in (SBIN, PUT, CURRENCY))
    assert store.count() == 3
