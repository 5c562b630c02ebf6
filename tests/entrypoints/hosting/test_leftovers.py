"""What stays in a host's data is named, and removed when that is asked for."""

import sqlite3
from contextlib import closing
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Final

import pytest

from jainam_prop.adapters import sql
from jainam_prop.adapters.sql.schema import metadata
from jainam_prop.entrypoints.hosting.host import Host, open_host
from jainam_prop.entrypoints.hosting.leftovers import SHARED_TABLES, TABLES, Leftovers, leftovers, purge
from tests.entrypoints.hosting.trees import make_host

OURS: Final = ("jainam-pace-B-0123/orders", f"{'0a' * 16}.lock", "openalgo-orders.db", "openalgo-orders.db-wal")
THEIRS: Final = ("openalgo.db", "logs.db", "mine.lock")


@pytest.fixture
def host(tmp_path: Path) -> Host:
    """A host with data of its own and of ours."""
    folder = make_host(tmp_path)
    for name in (*OURS, *THEIRS):
        path = folder / "db" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    with closing(sqlite3.connect(folder / "db" / "openalgo.db")) as sql:
        sql.execute("CREATE TABLE auth (name TEXT)")
        sql.execute("CREATE TABLE jainam_sessions (profile TEXT)")
        for name in ("symbol_token", "symbol_token_generation"):
            sql.execute(f"CREATE TABLE {name} (broker TEXT)")
            sql.execute(f"INSERT INTO {name} VALUES ('jainam_prop')")  # noqa: S608
        sql.execute("INSERT INTO symbol_token VALUES ('another')")
        sql.commit()
    return open_host(folder)


def test_the_tables_are_those_that_are_made() -> None:
    for module in iter_modules(sql.__path__, "jainam_prop.adapters.sql."):
        import_module(module.name)

    assert set(metadata.tables) == {*TABLES, *SHARED_TABLES}


def test_everything_of_ours_is_named_and_nothing_else(host: Host) -> None:
    found = leftovers(host)

    assert sorted(path.name for path in found.files) == sorted(name.partition("/")[0] for name in OURS)
    assert found.tables == ("jainam_sessions", "symbol_token", "symbol_token_generation")


def test_a_purge_removes_what_is_ours_and_leaves_the_rest(host: Host) -> None:
    purge(host, leftovers(host))

    with closing(sqlite3.connect(host.folder / "db" / "openalgo.db")) as sql:
        tables = {name for (name,) in sql.execute("SELECT name FROM sqlite_master")}
        others = sql.execute("SELECT broker FROM symbol_token").fetchall()
    assert sorted(path.name for path in (host.folder / "db").iterdir()) == sorted(THEIRS)
    assert (tables, others) == ({"auth", "symbol_token"}, [("another",)])


def test_a_host_that_was_never_started_has_nothing(tmp_path: Path) -> None:
    assert leftovers(open_host(make_host(tmp_path))) == Leftovers()


def test_a_database_that_cannot_be_opened_is_said_to_be_unknown(host: Host) -> None:
    (host.folder / "db" / "openalgo.db").write_bytes(b"no database" * 100)

    assert "cannot be read" in leftovers(host).problem
