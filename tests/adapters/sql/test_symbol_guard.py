"""The guard on PostgreSQL."""

import pytest
from sqlalchemy import create_engine

from jainam_prop.adapters.sql.advisory_locks import AdvisoryLocks
from jainam_prop.adapters.system.symbol_guard import ProcessGuard
from tests.children import start_child
from tests.contracts.symbol_guard import NIFTY, SymbolGuardContract


class TestProcessGuardOnPostgres(SymbolGuardContract):
    @pytest.fixture(autouse=True)
    def _server(self, postgres_url: str) -> None:
        self.url = postgres_url

    def guards(self) -> tuple[ProcessGuard, ProcessGuard]:
        return self.guard("B-PRO"), self.guard("B-PRO")

    def guard(self, profile: str) -> ProcessGuard:
        return ProcessGuard(AdvisoryLocks(create_engine(self.url)), profile)

    def test_another_account_s_position_is_another_one(self) -> None:
        with self.guard("B-PRO").hold(NIFTY, 30.0) as first, self.guard("B-NORMAL").hold(NIFTY, 30.0) as second:
            assert (bool(first), bool(second)) == (True, True)

    def test_a_holder_that_is_killed_lets_go(self) -> None:
        with start_child(HOLDING, self.url) as holder:
            assert holder.stdout.readline() == "holds\n"
            with self.guard("B-PRO").hold(NIFTY, 0.0) as while_it_lives:
                pass
            holder.kill()
            holder.wait(10)
        with self.guard("B-PRO").hold(NIFTY, 30.0) as after:
            pass

        assert (bool(while_it_lives), bool(after)) == (False, True)


HOLDING = """
import sys, time
from sqlalchemy import create_engine
from jainam_prop.adapters.sql.advisory_locks import AdvisoryLocks
from jainam_prop.adapters.system.symbol_guard import ProcessGuard
from tests.contracts.symbol_guard import NIFTY

with ProcessGuard(AdvisoryLocks(create_engine(sys.argv[1])), "B-PRO").hold(NIFTY, 30.0) as held:
    print("holds" if held else "does not", flush=True)
    time.sleep(60)
"""
