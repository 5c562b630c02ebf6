"""The trading state of a store, in memory and in SQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from returns.pipeline import is_successful
from sqlalchemy import Engine

from jainam_prop.adapters.sql.database import open_database
from jainam_prop.adapters.sql.schema import metadata
from jainam_prop.adapters.sql.shared_state import STATE, SqlTradingState
from jainam_prop.domain.orders.trading_state import TradingState
from tests.contracts.trading_state import TradingStateContract
from tests.fakes.trading_state import InMemoryTradingState


class TestInMemoryTradingState(TradingStateContract):
    def states(self) -> tuple[InMemoryTradingState, InMemoryTradingState]:
        state = InMemoryTradingState()
        return state, state


class TestTradingStateInSqlite(TradingStateContract):
    @pytest.fixture(autouse=True)
    def _database(self, tmp_path: Path) -> Iterator[None]:
        self._engines = [open_database(f"sqlite:///{tmp_path / 'desk.db'}") for _ in range(2)]
        yield
        for engine in self._engines:
            engine.dispose()

    def states(self) -> tuple[SqlTradingState, SqlTradingState]:
        return SqlTradingState(self._engines[0]), SqlTradingState(self._engines[1])


class TestTradingStateInPostgres(TradingStateContract):
    @pytest.fixture(autouse=True)
    def _database(self, postgres_url: str) -> Iterator[None]:
        self._engine: Engine = open_database(postgres_url)
        metadata.drop_all(self._engine, tables=[STATE])
        yield
        self._engine.dispose()

    def states(self) -> tuple[SqlTradingState, SqlTradingState]:
        return SqlTradingState(self._engine), SqlTradingState(self._engine)


def test_what_is_no_database_is_an_error_by_value(tmp_path: Path) -> None:
    (tmp_path / "desk.db").write_bytes(b"this is no database" * 100)
    engine = open_database(f"sqlite:///{tmp_path / 'desk.db'}")
    state = SqlTradingState(engine)

    assert [is_successful(state.load()), is_successful(state.save(TradingState.HALT))] == [False, False]
    engine.dispose()
