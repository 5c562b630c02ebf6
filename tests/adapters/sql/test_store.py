"""A store as a whole: what it says of itself, and copies of it that hold every row."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from returns.result import Failure, Success
from sqlalchemy import Engine, inspect, text

from jainam_prop.adapters.sql.advisory_locks import AdvisoryLocks
from jainam_prop.adapters.sql.database import journal_url, open_database
from jainam_prop.adapters.sql.order_journal import JOURNAL_PAGE_BYTES, SqlOrderJournal
from jainam_prop.adapters.sql.schema import MIGRATIONS
from jainam_prop.adapters.sql.shared_state import SqlCarriedUnits, SqlTradingState
from jainam_prop.adapters.sql.store import SqlStore
from jainam_prop.adapters.sql.token_store import SqlTokenStore
from jainam_prop.application.ports.journal import UNCHECKED
from jainam_prop.domain.errors import Invalid, Unreadable
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.trading_state import TradingState
from tests.contracts.carried_units import SETTLED, TODAY
from tests.contracts.order_journal import FIRST, SECOND, THIRD
from tests.contracts.symbol_guard import NIFTY
from tests.contracts.token_store import FULL
from tests.fakes.clock import FakeClock

PROFILE = "B-1"


class Desk:
    """A store with one of everything in it, or an empty one."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.database = open_database(url)
        is_file = self.database.dialect.name == "sqlite"
        self.journal_database = open_database(journal_url(url), JOURNAL_PAGE_BYTES) if is_file else self.database
        self.store = SqlStore(self.database, self.journal_database, folder)
        self.journal = SqlOrderJournal(self.journal_database, FakeClock(), PROFILE)
        self.tokens = SqlTokenStore(self.database, lambda: b"k" * 32)
        self.carried = SqlCarriedUnits(self.journal_database, PROFILE)
        self.state = SqlTradingState(self.journal_database)

    def fill(self) -> None:
        self.tokens.save(PROFILE, FULL)
        self.journal.begin((FIRST, SECOND, THIRD))
        self.journal.note(FIRST.identifier, IntentState.ACCEPTED, "11", "seen")
        self.journal.note(FIRST.identifier, IntentState.RESOLVED)
        self.carried.save(TODAY, {NIFTY: SETTLED})
        self.state.save(TradingState.REDUCE)

    def contents(self) -> tuple[object, ...]:
        histories = [self.journal.history(each.identifier) for each in (FIRST, SECOND, THIRD)]
        return (
            self.tokens.load(PROFILE),
            self.journal.recent(),
            histories,
            self.carried.load(TODAY),
            self.state.load(),
        )

    def close(self) -> None:
        self.database.dispose()
        self.journal_database.dispose()


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path)
    desk.fill()
    yield desk
    desk.close()


@pytest.fixture
def server(postgres_url: str, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(postgres_url, tmp_path)
    clear(desk.database)
    yield desk
    clear(desk.database)
    desk.close()


def clear(engine: Engine) -> None:
    with engine.begin() as sql:
        for name in inspect(sql).get_table_names():
            sql.execute(text(f'DROP TABLE "{name}"'))


def test_a_move_to_postgresql_and_back_keeps_every_row(here: Desk, server: Desk, tmp_path: Path) -> None:
    there = here.store.copy_to(server.url)
    again = Desk(f"sqlite:///{tmp_path / 'again.db'}", tmp_path)
    back = server.store.copy_to(again.url)

    counts = {
        "jainam_sessions": 1,
        "jainam_order_intents": 3,
        "jainam_order_events": 2,
        "jainam_carried_units": 1,
        "jainam_trading_state": 1,
    }
    assert (there, back) == (Success(counts), Success(counts))
    assert here.contents() == server.contents() == again.contents()
    assert server.journal.note(SECOND.identifier, IntentState.REJECTED) == Success(None)  # numbers go on
    again.close()


def test_a_store_that_has_rows_is_not_written_to(here: Desk, tmp_path: Path) -> None:
    other = Desk(f"sqlite:///{tmp_path / 'other.db'}", tmp_path)
    other.journal.begin((THIRD,))

    refused = here.store.copy_to(other.url)

    message = "the target has rows in jainam_order_intents: only an empty store is written to"
    assert refused == Failure(Invalid((message,)))
    assert [entry.intent for entry in other.journal.recent()] == [THIRD]
    other.close()


def test_it_says_what_is_there(here: Desk) -> None:
    sessions, journal = here.store.check().unwrap()

    assert (sessions.integrity, sessions.schema, sessions.rows["jainam_sessions"]) == ("ok", max(MIGRATIONS), 1)
    assert (journal.integrity, journal.rows["jainam_order_intents"], journal.oldest) == ("ok", 3, FIRST.made_at)
    assert journal.size_bytes > 0


def test_it_says_who_holds_a_lock(server: Desk, here: Desk, tmp_path: Path) -> None:
    server.fill()
    with AdvisoryLocks(server.database).hold("position", 1.0):
        found = server.store.check().unwrap()[0]
        held = found.locks
    (tmp_path / "aa.lock").touch()

    assert (len(held), held[0].endswith("holds a lock"), found.integrity) == (1, True, UNCHECKED)
    assert here.store.check().unwrap()[0].locks == ("aa.lock: held, or left by a process that was killed",)


def test_what_is_damaged_is_an_error_by_value(tmp_path: Path) -> None:
    (tmp_path / "desk.db").write_bytes(b"this is no database" * 100)
    desk = Desk(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path)

    assert desk.store.check() == Failure(Unreadable("the store: file is not a database"))
    desk.close()
