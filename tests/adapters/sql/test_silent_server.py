"""PostgreSQL that is frozen, stopped or unreachable: every call ends in time, and it is used again afterwards."""

import gc
import os
import select
import socket
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing

import pytest
from returns.pipeline import is_successful
from returns.result import Success
from sqlalchemy import Engine, event, make_url, text
from sqlalchemy.exc import OperationalError

from jainam_prop.adapters.sql.advisory_locks import AdvisoryLocks
from jainam_prop.adapters.sql.database import in_bulk, open_database
from jainam_prop.adapters.sql.order_journal import SqlOrderJournal
from jainam_prop.adapters.sql.shared_state import SqlCarriedUnits
from jainam_prop.adapters.sql.token_store import SqlTokenStore
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.application.ports.journal import JournalUnreadableError
from jainam_prop.application.ports.runtime import LockState
from jainam_prop.domain.orders.journal import IntentState
from tests.adapters.xts.stream.standin import until
from tests.contracts.carried_units import SETTLED, TODAY
from tests.contracts.order_journal import FIRST
from tests.contracts.symbol_guard import NIFTY
from tests.e2e.wire import Damage, Wire, faulty_proxy
from tests.fakes.clock import A_MORNING
from tests.postgres import Cluster, a_cluster

PROFILE = "B-PRO"
FEW_DESCRIPTORS = 1024
"""As many as `select` takes."""
LIMIT = 12.0
"""Seconds on a loaded machine; without limits of our own each of these calls waits for ever."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with a_cluster() as cluster:
        yield cluster


@pytest.fixture
def engine(cluster: Cluster) -> Iterator[Engine]:
    engine = open_database(cluster.url)
    yield engine
    engine.dispose()


def journal_of(engine: Engine) -> SqlOrderJournal:
    return SqlOrderJournal(engine, SystemClock(), PROFILE)


@pytest.mark.skipif(not hasattr(select, "poll"), reason="descriptors above 1,023 need poll")
def test_a_process_with_many_open_files_uses_the_database(cluster: Cluster) -> None:
    with ExitStack() as stack:
        number = 0
        while number < FEW_DESCRIPTORS:
            number = os.open(os.devnull, os.O_RDONLY)
            stack.callback(os.close, number)
        engine = open_database(cluster.url)
        stack.callback(engine.dispose)
        for _ in range(2):  # the second time with the pool's connection
            assert not unreadable(engine)
        with AdvisoryLocks(engine).hold("many files", 1.0) as state:
            assert state is LockState.HELD


def unreadable(engine: Engine) -> bool:
    try:
        journal_of(engine).entries_since(A_MORNING)
    except JournalUnreadableError:
        return True
    return False


def no_lock(engine: Engine) -> bool:
    with AdvisoryLocks(engine).hold("B-1", 1.0) as held:
        return held is LockState.UNAVAILABLE


def not_loaded(engine: Engine) -> bool:
    return SqlCarriedUnits(engine, PROFILE).load(TODAY) == {}


def not_saved(engine: Engine) -> bool:
    SqlCarriedUnits(engine, PROFILE).save(TODAY, {NIFTY: SETTLED})
    return True


CALLS: dict[str, Callable[[Engine], bool]] = {
    "begin": lambda engine: not is_successful(journal_of(engine).begin((FIRST,))),
    "note": lambda engine: not is_successful(journal_of(engine).note(FIRST.identifier, IntentState.ACCEPTED)),
    "entries": unreadable,
    "lock": no_lock,
    "session": lambda engine: not is_successful(SqlTokenStore(engine, lambda: b"k" * 32).load(PROFILE)),
    "carried-load": not_loaded,
    "carried-save": not_saved,
}


@pytest.mark.parametrize("first", ["begin", "entries", "lock", "carried-load"])
def test_a_frozen_server_ends_the_first_call_in_time_the_others_at_once_and_is_used_again(
    cluster: Cluster, engine: Engine, first: str
) -> None:
    with engine.connect() as sql:
        sql.execute(text("SELECT 1"))
    cluster.freeze()
    began = time.monotonic()
    try:
        failed = [CALLS[first](engine)]
        took = time.monotonic() - began
        failed += [call(engine) for call in CALLS.values()]
        all_took = time.monotonic() - began
    finally:
        cluster.thaw()

    assert (all(failed), took < LIMIT) == (True, True)
    assert all_took - took < LIMIT / 3, "who knows that the server is silent does not wait for it again"
    until(lambda: not unreadable(engine))


def test_a_server_that_stops_and_starts_is_used_again(cluster: Cluster, engine: Engine) -> None:
    journal = journal_of(engine)
    journal.begin((FIRST,))
    cluster.stop()
    while_down = journal.note(FIRST.identifier, IntentState.ACCEPTED, "1")
    cluster.start()

    assert not is_successful(while_down)
    assert journal.note(FIRST.identifier, IntentState.ACCEPTED, "1") == Success(None)


def test_an_address_that_takes_connections_and_says_nothing_is_given_up() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        engine = open_database(f"postgresql://jainam@127.0.0.1:{server.getsockname()[1]}/postgres")
        began = time.monotonic()
        assert not is_successful(journal_of(engine).begin((FIRST,)))
        engine.dispose()

    assert time.monotonic() - began < LIMIT


def test_a_long_statement_may_say_that_it_is_one(engine: Engine) -> None:
    with engine.execution_options(patience=60.0).connect() as sql:
        assert sql.execute(text("SELECT 1 FROM pg_sleep(2.5)")).scalar_one() == 1


def test_a_server_that_drips_is_given_up_like_a_silent_one(cluster: Cluster) -> None:
    url = make_url(cluster.url)
    with faulty_proxy(f"{url.query['host']}/.s.PGSQL.5432") as wire:
        engine = open_database(f"postgresql://jainam@127.0.0.1:{wire.port}/postgres")
        began = time.monotonic()
        with engine.connect() as sql:
            wire.wire = Wire(Damage.DRIP)
            with pytest.raises(OperationalError, match="SilentServerError"):
                sql.execute(text("SELECT repeat('x', 100000)"))
        took = time.monotonic() - began
        engine.dispose()

    assert took < LIMIT, "at 800 bytes a second the answer takes two minutes"


def test_many_rows_may_come_for_longer_than_one_answer(cluster: Cluster) -> None:
    engine = open_database(cluster.url)
    rows = "SELECT repeat('x', 10000), pg_sleep(0.05) FROM generate_series(1, 60)"
    with in_bulk(engine).connect() as sql:
        assert len(sql.execute(text(rows)).all()) == 60
    with engine.connect() as sql, pytest.raises(OperationalError, match="SilentServerError"):
        sql.execute(text(rows))
    until(lambda: not unreadable(engine))
    engine.dispose()


def test_a_connection_that_is_out_when_its_pool_closes_is_closed_when_it_returns(cluster: Cluster) -> None:
    engine = open_database(cluster.url)
    late = engine.connect()
    engine.dispose()
    driver = [late.connection.driver_connection]
    late.close()
    with engine.connect() as after:
        driver.append(after.connection.driver_connection)

    assert [each.closed for each in driver if each is not None] == [True, True]


def test_a_pool_that_failed_to_set_up_a_connection_leaves_no_warning(cluster: Cluster) -> None:
    engine = open_database(cluster.url)

    @event.listens_for(engine, "connect")
    def fail(*_nothing: object) -> None:
        raise InterruptedError

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        with pytest.raises(InterruptedError):
            engine.connect()
        engine.dispose()
        del engine
        gc.collect()

    assert [str(each.message) for each in heard if "still open" in str(each.message)] == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_fork_that_forgets_connections_leaves_those_of_its_parent_open(cluster: Cluster) -> None:
    engine = open_database(cluster.url)

    def server_process() -> int:
        with engine.connect() as sql:
            return int(sql.execute(text("SELECT pg_backend_pid()")).scalar_one())

    before = server_process()
    child = os.fork()
    if not child:
        engine.dispose(close=False)
        gc.collect()
        os._exit(0)
    os.waitpid(child, 0)

    assert server_process() == before
    engine.dispose()
