"""Named locks in PostgreSQL, as the login lock of desks on several machines."""

from collections.abc import Iterator

import pytest
from returns.result import Failure, Success
from sqlalchemy import create_engine, text

from jainam_prop.adapters.sql.advisory_locks import AdvisoryLocks
from jainam_prop.adapters.sql.database import open_database
from jainam_prop.adapters.sql.journal_tables import EVENTS, INTENTS
from jainam_prop.adapters.sql.order_journal import SqlOrderJournal
from jainam_prop.adapters.sql.schema import metadata
from jainam_prop.application.journal import ProcessJournal
from jainam_prop.application.ports.journal import LOCK_LOST, TAKEN_OVER
from jainam_prop.application.ports.runtime import LockState, position_lock
from jainam_prop.domain.errors import Blocked
from tests.adapters.xts.stream.standin import until
from tests.contracts.login_lock import LoginLockContract
from tests.contracts.order_journal import FIRST, SECOND
from tests.fakes.clock import FakeClock
from tests.fakes.tasks import NoTasks


class TestAdvisoryLocks(LoginLockContract):
    @pytest.fixture(autouse=True)
    def _database(self, postgres_url: str) -> Iterator[None]:
        self._engine = open_database(postgres_url)
        yield
        self._engine.dispose()

    def locks(self) -> tuple[AdvisoryLocks, AdvisoryLocks]:
        return AdvisoryLocks(self._engine), AdvisoryLocks(self._engine)


def test_a_holder_whose_connection_ends_lets_go(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    lock = AdvisoryLocks(engine)
    with lock.hold("B-1", 1.0) as held:
        with engine.connect() as other:
            ended = other.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'")
            ).scalar()
        with lock.hold("B-1", 10.0) as after_death:
            pass
    engine.dispose()

    assert (held, ended, after_death) == (LockState.HELD, True, LockState.HELD)


def test_a_database_that_cannot_be_reached_gives_no_lock(caplog: pytest.LogCaptureFixture) -> None:
    engine = create_engine("postgresql+psycopg://jainam:canary@/postgres?host=/nowhere")
    with AdvisoryLocks(engine).hold("B-1", 1.0) as held:
        assert held is LockState.UNAVAILABLE

    assert caplog.messages == ["a lock cannot be asked for: the connection to the database failed"]


class TestFences:
    """Two machines, each with locks and a journal of its own; the second takes over what the first has lost."""

    @pytest.fixture(autouse=True)
    def _machines(self, postgres_url: str) -> Iterator[None]:
        self._engine = open_database(postgres_url)
        metadata.drop_all(self._engine, tables=[INTENTS, EVENTS])
        self.locks = [AdvisoryLocks(self._engine) for _ in range(2)]
        name = position_lock("B-PRO", FIRST.position)
        self.journals = [
            SqlOrderJournal(self._engine, FakeClock(), "B-PRO", lambda _key, locks=locks: locks.fence(name))  # type: ignore[misc]
            for locks in self.locks
        ]
        self.name = name
        yield
        self._engine.dispose()

    def cut(self) -> None:
        """End the connections that hold locks, as a network would."""
        with self._engine.connect() as sql:
            sql.execute(text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"))

    def test_a_lost_lock_is_known_before_an_entry_leaves_and_does_not_stop_an_exit(self) -> None:
        with self.locks[0].hold(self.name, 1.0) as held:
            assert held
            self.cut()
            fence = self.locks[0].fence(self.name)
            until(lambda: fence is not None and fence.is_lost)

            assert self.journals[0].begin((FIRST,)) == Failure(Blocked(LOCK_LOST))
            assert self.journals[0].begin((FIRST,), exits=True) == Success(None)

    @pytest.mark.parametrize("exits", [False, True])
    def test_who_was_overtaken_is_refused_by_the_journal(self, *, exits: bool) -> None:
        with self.locks[0].hold(self.name, 1.0):
            self.cut()
            with self.locks[1].hold(self.name, 10.0) as taken:
                assert taken
                refused = self.journals[0].begin((FIRST,), exits=exits)
                assert self.journals[1].begin((SECOND,), exits=exits) == Success(None)

        assert isinstance(refused.failure(), Blocked)
        assert [entry.intent for entry in self.journals[0].recent()] == [SECOND]

    def test_an_exit_that_was_overtaken_does_not_go_on_in_memory(self) -> None:
        journal = ProcessJournal(self.journals[0], NoTasks(), FakeClock())
        with self.locks[0].hold(self.name, 1.0):
            self.cut()
            with self.locks[1].hold(self.name, 10.0):
                refused = journal.begin((FIRST,), exits=True)

        assert TAKEN_OVER in refused.failure().message
        assert journal.problem == ""

    def test_without_a_lock_nothing_is_fenced(self) -> None:
        assert self.journals[0].begin((FIRST,)) == Success(None)
