"""Named locks in PostgreSQL, as the login lock of desks on several machines."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text

from jainam_prop.adapters.sql.advisory_locks import AdvisoryLocks
from jainam_prop.adapters.sql.database import open_database
from jainam_prop.application.ports.runtime import LockState
from tests.contracts.login_lock import LoginLockContract


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

    assert [record.message for record in caplog.records] == ["a lock cannot be asked for: OperationalError"]
