"""The order journal in SQL: what survives, what cannot be written, and who writes beside whom."""

import random
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from returns.result import Failure, Success
from sqlalchemy import Engine, create_engine, event

from jainam_prop.adapters.sql.database import journal_url, open_database
from jainam_prop.adapters.sql.journal_tables import EVENTS, INTENTS, row_of
from jainam_prop.adapters.sql.journal_writer import NotWrittenError, SqliteWriter
from jainam_prop.adapters.sql.order_journal import JOURNAL_PAGE_BYTES, SqlOrderJournal
from jainam_prop.adapters.sql.schema import metadata
from jainam_prop.adapters.sql.shared_state import SqlTradingState
from jainam_prop.application.ports.journal import JournalUnreadableError
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.errors import Blocked
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.trading_state import TradingState
from tests.children import Child, start_child
from tests.contracts.order_journal import FIRST, SECOND, OrderJournalContract, as_begun
from tests.fakes.clock import FakeClock


@pytest.fixture
def open_journal() -> Iterator[Callable[..., SqlOrderJournal]]:
    """Return a maker of journals, by URL, that are closed after the test."""
    opened: list[Engine] = []

    def make(url: str, profile: str = "B-PRO", clock: Clock | None = None) -> SqlOrderJournal:
        engine = open_database(url, JOURNAL_PAGE_BYTES)
        opened.append(engine)
        return SqlOrderJournal(engine, clock or FakeClock(), profile)

    yield make
    for engine in opened:
        engine.dispose()


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'orders.db'}"


class TestSqliteJournal(OrderJournalContract):
    @pytest.fixture(autouse=True)
    def _store(self, open_journal: Callable[..., SqlOrderJournal], url: str) -> None:
        self.open, self.url = open_journal, url

    def journal(self, clock: Clock) -> SqlOrderJournal:
        return self.open(self.url, "B-PRO", clock)


class TestPostgresJournal(OrderJournalContract):
    @pytest.fixture(autouse=True)
    def _store(self, open_journal: Callable[..., SqlOrderJournal], postgres_url: str) -> None:
        self.open, self.url = open_journal, postgres_url
        engine = open_database(postgres_url)
        metadata.drop_all(engine, tables=[INTENTS, EVENTS])
        engine.dispose()

    def journal(self, clock: Clock) -> SqlOrderJournal:
        return self.open(self.url, "B-PRO", clock)

    def test_a_server_that_is_gone_lets_nothing_begin(self) -> None:
        journal = self.open("postgresql+psycopg://jainam@/postgres?host=/nowhere")

        assert journal.begin((FIRST,)) == blocked("the connection to the database failed")


def blocked(reason: str) -> Failure[Blocked]:
    return Failure(Blocked(f"the order journal cannot be written: {reason}"))


def test_what_was_begun_is_there_for_another_process(open_journal: Callable[..., SqlOrderJournal], url: str) -> None:
    open_journal(url).begin((FIRST,))

    assert open_journal(url).open_entries() == (as_begun(FIRST),)


def test_a_row_is_built_again_only_when_it_has_changed(open_journal: Callable[..., SqlOrderJournal], url: str) -> None:
    journal, since = open_journal(url), FIRST.made_at
    journal.begin((FIRST, SECOND))
    before = {entry.intent.identifier: entry for entry in journal.entries_since(since)}
    journal.note(FIRST.identifier, IntentState.ACCEPTED, "1110000001")
    after = {entry.intent.identifier: entry for entry in journal.entries_since(since)}
    assert after[SECOND.identifier] is before[SECOND.identifier]
    assert (after[FIRST.identifier].state, after[FIRST.identifier].order_id) == (IntentState.ACCEPTED, "1110000001")


def test_accounts_that_share_a_file_do_not_see_or_touch_each_other(
    open_journal: Callable[..., SqlOrderJournal], url: str
) -> None:
    pro, normal = open_journal(url, "B-PRO"), open_journal(url, "B-NORMAL")
    pro.begin((FIRST,))
    normal.begin((SECOND,))
    normal.note(FIRST.identifier, IntentState.REJECTED)

    assert (pro.recent(), normal.recent()) == ((as_begun(FIRST),), (as_begun(SECOND),))
    assert (normal.history(FIRST.identifier), normal.prune(SECOND.made_at)) == ((), 0)


def test_a_full_disk_lets_nothing_begin_and_a_note_does_no_harm(
    open_journal: Callable[..., SqlOrderJournal], url: str
) -> None:
    before = open_journal(url)
    before.begin((FIRST,))
    engine = open_database(url)
    event.listen(engine, "connect", lambda driver, _: driver.execute("PRAGMA max_page_count=1"))
    journal = SqlOrderJournal(engine, FakeClock(), "B-PRO")
    many = tuple(replace(FIRST, identifier=f"jp{number}") for number in range(200))

    assert journal.begin(many) == blocked("database or disk is full")
    noted = journal.note(FIRST.identifier, IntentState.ACCEPTED, note="x" * 100_000)
    engine.dispose()

    assert before.recent() == (as_begun(FIRST),)
    assert noted == blocked("database or disk is full")


def test_a_file_that_cannot_be_written_lets_nothing_begin(
    open_journal: Callable[..., SqlOrderJournal], url: str, tmp_path: Path
) -> None:
    open_journal(url).begin((FIRST,))
    journal = open_journal(f"sqlite:///file:{tmp_path / 'orders.db'}?mode=ro&uri=true")

    assert journal.begin((SECOND,)) == blocked("attempt to write a readonly database")
    assert journal.recent() == (as_begun(FIRST),)


def test_a_folder_in_the_place_of_the_file_lets_nothing_begin(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path}")

    journal = SqlOrderJournal(engine, FakeClock(), "B-PRO")

    assert journal.begin((FIRST,)) == blocked("unable to open database file")
    with pytest.raises(JournalUnreadableError, match="unable to open database file"):
        journal.open_entries()


def test_a_write_of_a_thread_that_is_late_leaves_no_connection_open(url: str, tmp_path: Path) -> None:
    engine = open_database(url, JOURNAL_PAGE_BYTES)
    journal = SqlOrderJournal(engine, FakeClock(), "B-PRO")
    assert journal.begin((FIRST,)) == Success(None)
    engine.dispose()

    assert journal.note(FIRST.identifier, IntentState.ACCEPTED, "7") == Success(None)
    assert [path.name for path in tmp_path.iterdir()] == ["orders.db"]  # SQLite's log ends with the last connection


def test_a_journal_whose_tables_are_gone_is_unreadable_not_empty(
    open_journal: Callable[..., SqlOrderJournal], url: str, tmp_path: Path
) -> None:
    journal = open_journal(url)
    journal.begin((FIRST,))
    with closing(sqlite3.connect(tmp_path / "orders.db")) as sql:
        sql.execute("DROP TABLE jainam_order_intents")

    with pytest.raises(JournalUnreadableError, match="no such table: jainam_order_intents"):
        journal.entries_since(FIRST.made_at)


def test_another_writer_is_waited_for(open_journal: Callable[..., SqlOrderJournal], url: str, tmp_path: Path) -> None:
    journal = open_journal(url)
    journal.begin((FIRST,))
    begun = threading.Event()

    def begin() -> None:
        assert journal.begin((SECOND,)) == Success(None)
        begun.set()

    with closing(sqlite3.connect(tmp_path / "orders.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        thread = threading.Thread(target=begin)
        thread.start()
        too_early = begun.wait(0.05)
        other.execute("COMMIT")
    thread.join(30)

    assert (too_early, begun.is_set()) == (False, True)


def test_a_writer_that_never_ends_lets_nothing_begin(
    open_journal: Callable[..., SqlOrderJournal], url: str, tmp_path: Path
) -> None:
    journal = open_journal(url)
    journal.begin((FIRST,))

    with closing(sqlite3.connect(tmp_path / "orders.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert journal.begin((SECOND,)) == blocked("database is locked")
    assert journal.begin((SECOND,)) == Success(None)


def test_the_log_is_folded_back_into_the_file(
    open_journal: Callable[..., SqlOrderJournal], url: str, tmp_path: Path
) -> None:
    journal = open_journal(url)
    for number in range(1000):
        journal.begin((replace(FIRST, identifier=f"jp{number}"),))
        journal.note(f"jp{number}", IntentState.ACCEPTED)

    assert (tmp_path / "orders.db-wal").stat().st_size < 12_000_000


def test_reading_open_intents_does_not_read_the_closed_ones(
    open_journal: Callable[..., SqlOrderJournal], url: str, tmp_path: Path
) -> None:
    journal = open_journal(url)
    statements: list[str] = []

    def trace(driver: sqlite3.Connection, *_checkout: object) -> None:
        driver.set_trace_callback(statements.append)

    event.listen(Engine, "checkout", trace)
    journal.open_entries()
    journal.entries_for(FIRST.position, FIRST.made_at)
    journal.recent()
    event.remove(Engine, "checkout", trace)
    reads = [statement for statement in statements if statement.startswith("SELECT jainam_order_intents")]

    with closing(sqlite3.connect(tmp_path / "orders.db")) as sql:
        steps = [sql.execute(f"EXPLAIN QUERY PLAN {read}").fetchall() for read in reads]
    plans = [text for plan in steps for *_, text in plan if text.startswith(("SEARCH", "SCAN", "USE TEMP"))]
    assert plans == [
        "SEARCH jainam_order_intents USING INDEX jainam_order_intents_open (profile=?)",
        "SEARCH jainam_order_intents USING INDEX jainam_order_intents_open (profile=? AND made_at<?)",
        "SEARCH jainam_order_intents USING INDEX jainam_order_intents_by_time (profile=? AND made_at>?)",
        "SEARCH jainam_order_intents USING INDEX jainam_order_intents_by_time (profile=?)",
    ]


@pytest.mark.parametrize(
    ("database", "journal"),
    [
        ("sqlite:////data/jainam.db", "sqlite:////data/jainam-orders.db"),
        ("sqlite:///openalgo.sqlite?timeout=3", "sqlite:///openalgo-orders.sqlite?timeout=3"),
        ("postgresql+psycopg://asha:p%40ss@db/desk", "postgresql+psycopg://asha:p%40ss@db/desk"),
    ],
)
def test_the_journal_lies_beside_a_sqlite_file_and_in_any_other_database(database: str, journal: str) -> None:
    assert journal_url(database) == journal


WORKER = """
import sys
from dataclasses import replace
from jainam_prop.adapters.sql.database import journal_url, open_database
from jainam_prop.adapters.sql.schema import metadata
from jainam_prop.adapters.sql.shared_state import SqlTradingState
from jainam_prop.adapters.sql.journal_writer import SqliteWriter
from jainam_prop.adapters.sql.journal_tables import EVENTS, INTENTS, row_of
from jainam_prop.adapters.sql.journal_writer import NotWrittenError
from jainam_prop.adapters.sql.order_journal import SqlOrderJournal
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.trading_state import TradingState
from tests.contracts.order_journal import FIRST
from returns.result import Success

url, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
journal = SqlOrderJournal(open_database(url), SystemClock(), "B-PRO")
for number in range(count):
    identifier = f"jp{name}x{number}"
    while journal.begin((replace(FIRST, identifier=identifier),)) != Success(None):
        pass  # others wrote for longer than a call waits: nothing was written
    print("begun", identifier, flush=True)
    while journal.note(identifier, IntentState.ACCEPTED, identifier) != Success(None):
        pass
    print("noted", identifier, flush=True)
"""


def start(url: str, name: str, count: int) -> Child:
    return start_child(WORKER, url, name, str(count))


def test_processes_that_start_and_write_at_once_lose_nothing(
    open_journal: Callable[..., SqlOrderJournal], url: str
) -> None:
    workers = [start(url, str(number), 100) for number in range(4)]
    for worker in workers:
        worker.communicate(timeout=60)

    assert [worker.returncode for worker in workers] == [0] * 4
    noted = {entry.order_id for entry in open_journal(url).recent(1000)}
    assert noted == {f"jp{name}x{number}" for name in range(4) for number in range(100)}


def test_killed_at_any_moment_no_intent_is_forgotten_and_none_said_to_be_over_is_open(
    open_journal: Callable[..., SqlOrderJournal], url: str
) -> None:
    """Ten processes write to one file; each is killed while it works, after some random number of lines."""
    luck = random.Random(20)  # noqa: S311
    workers = [start(url, str(number), 100_000) for number in range(10)]
    said = []
    for worker in workers:
        with worker:
            said += [worker.stdout.readline() for _ in range(luck.randrange(1, 40))]
            worker.kill()
            said += worker.stdout.readlines()

    states = {entry.intent.identifier: entry.state for entry in open_journal(url).recent(10**7)}
    whole = [line.split() for line in said if line.endswith("\n")]
    begun = {identifier for word, identifier in whole if word == "begun"}
    noted = {identifier for word, identifier in whole if word == "noted"}
    assert begun <= states.keys()
    assert {states[identifier] for identifier in noted} == {IntentState.ACCEPTED}
    assert {states[identifier] for identifier in begun - noted} <= {IntentState.INTENDED, IntentState.ACCEPTED}
    assert len(states.keys() - begun) <= len(workers)


FORKING = """
import os, sys
from dataclasses import replace
from jainam_prop.adapters.sql.database import journal_url, open_database
from jainam_prop.adapters.sql.order_journal import SqlOrderJournal
from jainam_prop.adapters.system.clock import SystemClock
from tests.contracts.order_journal import FIRST

journal = SqlOrderJournal(open_database(sys.argv[1]), SystemClock(), "B-PRO")
journal.begin((replace(FIRST, identifier="jpbefore"),)).unwrap()
child = os.fork()
journal.begin((replace(FIRST, identifier="jpchild" if child == 0 else "jpparent"),)).unwrap()
if child:
    assert os.waitpid(child, 0)[1] == 0
    journal.begin((replace(FIRST, identifier="jpafter"),)).unwrap()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not fork")
def test_a_forked_process_writes_beside_its_parent(open_journal: Callable[..., SqlOrderJournal], url: str) -> None:
    with start_child(FORKING, url) as process:
        assert process.wait(60) == 0

    begun = {entry.intent.identifier for entry in open_journal(url).open_entries()}
    assert begun == {"jpbefore", "jpchild", "jpparent", "jpafter"}


def test_a_journal_that_was_made_with_other_pages_goes_on(
    open_journal: Callable[..., SqlOrderJournal], url: str
) -> None:
    engine = open_database(url, page_bytes=4096)
    assert SqlOrderJournal(engine, FakeClock(), "B-PRO").begin((FIRST,)) == Success(None)
    engine.dispose()

    journal = open_journal(url)
    journal.note(FIRST.identifier, IntentState.ACCEPTED, "7")

    assert [(entry.state, entry.order_id) for entry in journal.recent()] == [(IntentState.ACCEPTED, "7")]
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as sql:
        assert sql.execute("PRAGMA page_size").fetchone() == (4096,)


def test_threads_do_not_wait_for_each_other_to_give_up(open_journal: Callable[..., SqlOrderJournal], url: str) -> None:
    assert open_journal(url).begin((FIRST,)) == Success(None)
    engine, threads, busy = open_database(url), 10, 0.3
    writer, refused = SqliteWriter(engine, busy), []

    def add(number: int) -> None:
        try:
            writer.add([row_of(replace(SECOND, identifier=f"jp{number}"), "B-PRO")])
        except NotWrittenError as error:
            refused.append(str(error))

    with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)) as stopped:
        stopped.execute("BEGIN IMMEDIATE")  # a process that is stopped while it writes
        started = time.monotonic()
        orders = [threading.Thread(target=add, args=(number,)) for number in range(threads)]
        for order in orders:
            order.start()
        for order in orders:
            order.join()
        waited = time.monotonic() - started
    engine.dispose()

    assert refused == ["database is locked"] * threads
    assert waited < threads * busy  # one after the other


def test_the_trading_state_of_an_order_is_one_read(
    open_journal: Callable[..., SqlOrderJournal], url: str, tmp_path: Path
) -> None:
    open_journal(url).begin((FIRST,))
    engine = create_engine(f"sqlite:///{tmp_path / 'orders.db'}")
    state = SqlTradingState(engine)
    state.load()
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *call: statements.append(call[2]))

    assert state.load() == Success(TradingState.ACTIVE)
    assert len(statements) == 1
    engine.dispose()
