"""Carried units in SQLite and PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from jainam_prop.adapters.sql.database import open_database
from jainam_prop.adapters.sql.shared_state import CARRIED, SqlCarriedUnits
from tests.contracts.carried_units import SETTLED, TODAY, CarriedUnitsContract
from tests.domain.samples import NIFTY_NRML


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Engine]:
    engine = open_database(f"sqlite:///{tmp_path / 'orders.db'}")
    yield engine
    engine.dispose()


class TestSqliteCarriedUnits(CarriedUnitsContract):
    @pytest.fixture(autouse=True)
    def _engine(self, sqlite: Engine) -> None:
        self.engine = sqlite

    def store(self) -> SqlCarriedUnits:
        return SqlCarriedUnits(self.engine, "B|PRO|*****")


class TestPostgresCarriedUnits(CarriedUnitsContract):
    @pytest.fixture(autouse=True)
    def _engine(self, postgres_url: str) -> Iterator[None]:
        self.engine = open_database(postgres_url)
        CARRIED.drop(self.engine, checkfirst=True)
        yield
        self.engine.dispose()

    def store(self) -> SqlCarriedUnits:
        return SqlCarriedUnits(self.engine, "B|PRO|*****")


def test_accounts_do_not_see_each_other(sqlite: Engine) -> None:
    SqlCarriedUnits(sqlite, "one").save(TODAY, {NIFTY_NRML: SETTLED})

    assert SqlCarriedUnits(sqlite, "two").load(TODAY) == {}


def test_a_store_that_cannot_be_written_costs_nothing_but_the_sharing(
    sqlite: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    with sqlite.connect() as sql:
        sql.exec_driver_sql("PRAGMA query_only=ON")
        sql.commit()
    store = SqlCarriedUnits(sqlite, "one")
    store.save(TODAY, {NIFTY_NRML: SETTLED})

    assert "settled positions cannot be shared" in caplog.text
    assert store.load(TODAY) == {}
