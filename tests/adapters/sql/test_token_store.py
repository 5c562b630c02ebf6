"""Logins in SQL: the contract of every token store, and what only a database can get wrong."""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from returns.result import Failure, Success
from sqlalchemy import event

from jainam_prop.adapters.sql.database import open_database
from jainam_prop.adapters.sql.token_store import SqlTokenStore
from jainam_prop.domain.errors import Blocked
from tests.contracts.token_store import BARE, FULL, NOTHING, REFUSAL, TokenStoreContract
from tests.fakes.token_store import InMemoryTokenStore

KEY = bytes(range(32))
StoreAt = Callable[..., SqlTokenStore]


def one_key() -> bytes:
    return KEY


class TestInMemoryTokenStore(TokenStoreContract):
    def store(self) -> InMemoryTokenStore:
        return InMemoryTokenStore()


class TestSqlTokenStore(TokenStoreContract):
    @pytest.fixture(autouse=True)
    def _database(self, store_at: StoreAt, tmp_path: Path) -> None:
        self._store_at, self._folder = store_at, tmp_path

    def store(self) -> SqlTokenStore:
        return self._store_at(self._folder / "contract.db")


class TestSqlTokenStoreOnPostgres(TokenStoreContract):
    @pytest.fixture(autouse=True)
    def _database(self, postgres_url: str) -> Iterator[None]:
        self._engine = open_database(postgres_url)
        yield
        self._engine.dispose()

    def store(self) -> SqlTokenStore:
        store = SqlTokenStore(self._engine, one_key)
        for profile in ("B-1", "B-2"):
            store.forget(profile)
        return store


@pytest.fixture
def store_at() -> Iterator[StoreAt]:
    """Open stores, each with an engine of its own as a process has, and close them all."""
    with ExitStack() as opened:

        def open_store(path: Path, key: Callable[[], bytes] = one_key) -> SqlTokenStore:
            engine = open_database(f"sqlite:///{path}")
            opened.callback(engine.dispose)
            return SqlTokenStore(engine, key)

        yield open_store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def test_another_process_finds_what_was_saved(store_at: StoreAt, path: Path) -> None:
    store_at(path).save("B-1", FULL)

    assert store_at(path).load("B-1") == Success(FULL)


def test_loading_is_one_indexed_query(path: Path) -> None:
    engine = open_database(f"sqlite:///{path}")
    store = SqlTokenStore(engine, one_key)
    store.save("B-1", FULL)
    seen: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: seen.append(call[2]))
    store.load("B-1")
    engine.dispose()

    assert [statement.split()[0] for statement in seen] == ["BEGIN", "SELECT"]
    with closing(sqlite3.connect(path)) as sql:
        plan = sql.execute(f"EXPLAIN QUERY PLAN {seen[1]}", ("B-1",)).fetchall()
    assert [row[3] for row in plan] == [
        "SEARCH jainam_sessions USING INDEX sqlite_autoindex_jainam_sessions_1 (profile=?)"
    ]


def test_nothing_of_a_session_can_be_read_in_the_files(store_at: StoreAt, path: Path) -> None:
    store = store_at(path)
    store.save("B-1", FULL)
    store.refuse("B-1", REFUSAL)
    content = b"".join(file.read_bytes() for file in path.parent.iterdir())

    for secret in (FULL.interactive_token, FULL.market_token or "", FULL.user_id, "CLIENT01", REFUSAL.reason):
        slices = {secret[start : start + 6].encode() for start in range(len(secret) - 5)}
        assert not [part for part in slices if part in content]


def test_another_key_opens_nothing(store_at: StoreAt, path: Path) -> None:
    store = store_at(path)
    store.save("B-1", FULL)
    store.refuse("B-1", REFUSAL)
    stranger = store_at(path, lambda: bytes(32))

    assert (stranger.load("B-1"), stranger.refusal("B-1")) == (NOTHING, NOTHING)


def test_a_row_moved_to_another_profile_is_not_opened(store_at: StoreAt, path: Path) -> None:
    store = store_at(path)
    store.save("B-1", FULL)
    store.save("B-2", BARE)
    with closing(sqlite3.connect(path)) as sql, sql:
        sql.execute("UPDATE jainam_sessions SET session = (SELECT session FROM jainam_sessions WHERE profile = 'B-1')")

    assert (store.load("B-1"), store.load("B-2")) == (Success(FULL), NOTHING)


@pytest.mark.parametrize("sealed", [b"", b"x", b"x" * 12, b"x" * 400])
def test_a_damaged_row_counts_as_none(store_at: StoreAt, path: Path, sealed: bytes) -> None:
    store = store_at(path)
    store.save("B-1", FULL)
    with closing(sqlite3.connect(path)) as sql, sql:
        sql.execute("UPDATE jainam_sessions SET session = ?", (sealed,))

    assert store.load("B-1") == NOTHING


def test_a_damaged_store_says_so_and_names_no_value(
    store_at: StoreAt, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path.write_bytes(b"this is no database" * 100)
    store = store_at(path)

    assert store.save("B-1", FULL) == Failure(Blocked("the session store cannot be written: file is not a database"))
    assert store.load("B-1") == Failure(Blocked("the session store cannot be read: file is not a database"))
    assert [record.message for record in caplog.records] == [
        "The session store cannot be written: file is not a database",
        "The session store cannot be read: file is not a database",
    ]


def test_a_read_only_store_is_read_and_not_written(store_at: StoreAt, path: Path) -> None:
    store_at(path).save("B-1", FULL)
    engine = open_database(f"sqlite:///{path}")
    event.listen(engine, "connect", lambda sql, _record: sql.execute("PRAGMA query_only=ON"))
    store = SqlTokenStore(engine, one_key)
    refused = Failure(Blocked("the session store cannot be written: attempt to write a readonly database"))

    outcomes = store.load("B-1"), store.save("B-1", BARE), store.try_write()
    engine.dispose()

    assert outcomes == (Success(FULL), refused, refused)


def test_a_key_that_cannot_be_read_is_an_error_and_no_traceback(store_at: StoreAt, path: Path) -> None:
    def no_key() -> bytes:
        raise PermissionError(13, "Permission denied", "/somewhere/key")

    store = store_at(path, no_key)

    assert store.save("B-1", FULL) == Failure(Blocked("the session store cannot be written: Permission denied"))


def test_stores_that_start_together_make_one_table(store_at: StoreAt, path: Path) -> None:
    stores = [store_at(path) for _ in range(8)]
    starting = threading.Barrier(8)
    found: list[object] = []

    def work(store: SqlTokenStore) -> None:
        starting.wait(10)
        store.save("B-1", FULL)
        found.append(store.load("B-1"))

    threads = [threading.Thread(target=work, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert found == [Success(FULL)] * 8


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_the_database_file_is_its_owners_alone(store_at: StoreAt, path: Path) -> None:
    store_at(path).save("B-1", FULL)

    assert oct(path.stat().st_mode & 0o777) == "0o600"
