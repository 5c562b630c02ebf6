"""Versions of the tables: from the first release on, killed at every step, and refused where they are newer."""

import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest
from returns.result import Failure, Success
from sqlalchemy import Connection, Engine, inspect, text

from jainam_prop.adapters.sql.database import for_writing, open_database
from jainam_prop.adapters.sql.order_journal import SqlOrderJournal
from jainam_prop.adapters.sql.schema import MIGRATIONS, Migration, make_tables, version_of
from jainam_prop.adapters.sql.shared_state import SqlTradingState
from jainam_prop.adapters.sql.token_store import SqlTokenStore
from jainam_prop.application.ports.journal import JournalUnreadableError
from jainam_prop.domain.errors import Blocked
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.trading_state import TradingState
from tests.architecture.project import ROOT
from tests.children import start_child
from tests.contracts.order_journal import FIRST, SECOND
from tests.fakes.clock import FakeClock

NEWEST: Final = max(MIGRATIONS)
OLD_ROW: Final = (
    "INSERT INTO jainam_order_intents (identifier, profile, exchange, token, symbol, side, product, price_type, "
    "quantity, price, trigger_price, made_at, state, is_open, order_id, note, changed_at) VALUES ('jp0old', 'B-PRO', "
    "'NFO', 35001, 'NIFTY27AUG26FUT', 'SELL', 'NRML', 'SL', 150, '24999.95', '25000.00', 1, 'accepted', 0, '11', '', 1)"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """An empty database."""
    if request.param == "sqlite":
        engine = open_database(f"sqlite:///{tmp_path / 'orders.db'}")
    else:
        engine = open_database(request.getfixturevalue("postgres_url"))
        clear(engine)
    yield engine
    if request.param == "postgresql":
        clear(engine)
    engine.dispose()


def clear(engine: Engine) -> None:
    with engine.begin() as sql:
        for name in inspect(sql).get_table_names():
            sql.execute(text(f'DROP TABLE "{name}"'))


def first_release(engine: Engine) -> None:
    """Make the tables as the first release did, with an order in them."""
    written = (ROOT / "tests" / "golden" / "schema" / f"1_{engine.dialect.name}.sql").read_text(encoding="utf-8")
    with for_writing(engine).begin() as sql:
        for statement in written.split(";"):
            if statement.strip():
                sql.execute(text(statement))
        sql.execute(text(OLD_ROW))


def version(engine: Engine) -> int:
    with engine.connect() as sql:
        return version_of(sql)


def journal_of(engine: Engine) -> SqlOrderJournal:
    return SqlOrderJournal(engine, FakeClock(), "B-PRO")


def test_a_new_database_is_of_the_newest_version(engine: Engine) -> None:
    assert version(engine) == 0
    journal_of(engine).begin((FIRST,))

    assert version(engine) == NEWEST


def test_the_first_release_is_brought_up_to_date_and_keeps_what_it_has(engine: Engine) -> None:
    first_release(engine)
    assert version(engine) == 1

    journal = journal_of(engine)
    assert journal.begin((FIRST,)) == Success(None)
    assert [entry.intent.identifier for entry in journal.recent()] == [FIRST.identifier, "jp0old"]
    assert version(engine) == NEWEST
    assert SqlTradingState(engine).save(TradingState.HALT) == Success(None)


def test_the_first_release_goes_on_beside_the_newest(engine: Engine) -> None:
    first_release(engine)
    journal = journal_of(engine)
    journal.begin((FIRST,))

    with for_writing(engine).begin() as sql:  # as the old code writes: it knows nothing of versions
        sql.execute(text(OLD_ROW.replace("jp0old", "jp0old2")))
        sql.execute(text("UPDATE jainam_order_intents SET state = 'resolved' WHERE identifier = 'jp0old2'"))

    assert {entry.intent.identifier: entry.state for entry in journal.recent()} == {
        FIRST.identifier: IntentState.INTENDED,
        "jp0old": IntentState.ACCEPTED,
        "jp0old2": IntentState.RESOLVED,
    }


def test_a_newer_version_is_refused_with_a_clear_word(engine: Engine) -> None:
    journal_of(engine).begin((FIRST,))
    with for_writing(engine).begin() as sql:
        sql.execute(text("UPDATE jainam_schema SET version = 99"))
    url = engine.url.render_as_string(hide_password=False)
    later = open_database(url)

    reason = f"the store is of a newer jainam-prop (schema 99, this one knows {NEWEST}): upgrade this one"
    assert journal_of(later).begin((SECOND,)) == Failure(Blocked(f"the order journal cannot be written: {reason}"))
    with pytest.raises(JournalUnreadableError, match="newer jainam-prop"):
        journal_of(later).recent()
    tokens = SqlTokenStore(later, lambda: b"k" * 32)
    assert tokens.load("B-1") == Failure(Blocked(f"the session store cannot be read: {reason}"))
    later.dispose()


def test_many_who_come_at_once_take_each_step_once(engine: Engine) -> None:
    first_release(engine)
    taken: list[int] = []
    steps = {number: step_of(number, taken) for number in (2, 3, 4)}
    failed: list[BaseException] = []

    def come() -> None:
        try:
            make_tables(for_writing(engine), migrations=steps, check_again=True)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=come) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert (failed, taken, version(engine)) == ([], [2, 3, 4], 4)


def step_of(number: int, taken: list[int]) -> Migration:
    def take(sql: Connection) -> None:
        sql.execute(text(f"CREATE TABLE step_{number} (x INTEGER)"))
        taken.append(number)

    return take


DYING: Final = """
import os, signal, sys
from sqlalchemy import text
from jainam_prop.adapters.sql.database import for_writing, open_database
from jainam_prop.adapters.sql.schema import make_tables

url, number, when = sys.argv[1], int(sys.argv[2]), sys.argv[3]

def dying(each):
    def take(sql):
        if each == number and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        sql.execute(text(f"CREATE TABLE step_{each} (x INTEGER)"))
        if each == number:
            os.kill(os.getpid(), signal.SIGKILL)

    return take

make_tables(for_writing(open_database(url)), migrations={each: dying(each) for each in (2, 3, 4)})
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", [2, 3, 4])
def test_a_process_that_is_killed_in_a_step_leaves_the_one_before(engine: Engine, number: int, when: str) -> None:
    first_release(engine)
    url = engine.url.render_as_string(hide_password=False)
    with start_child(DYING, url, str(number), when) as process:
        status = process.wait(60)

    assert (status, version(engine)) == (-signal.SIGKILL, number - 1)
    make_tables(for_writing(engine), migrations={each: step_of(each, []) for each in (2, 3, 4)}, check_again=True)
    assert (version(engine), set(inspect(engine).get_table_names()) >= {"step_2", "step_3", "step_4"}) == (4, True)
