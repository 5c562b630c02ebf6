"""The instruments as OpenAlgo asks for them."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.domain.exchange import Exchange
from jainam_prop.entrypoints.openalgo import master_contract_db
from jainam_prop.entrypoints.openalgo.master_contract_db import (
    master_contract_download,
    save_master_contract_to_db,
    search_symbols,
)
from jainam_prop.entrypoints.openalgo.replies import BrokerUnavailableError
from jainam_prop.entrypoints.openalgo.rows.symbols import SymbolRow
from jainam_prop.entrypoints.openalgo.transform_data import get_token_from_symbol
from tests.e2e.world import World

NSE_ROW = {
    "symbol": "SBIN", "brsymbol": "SBIN-EQ", "name": "STATE BANK", "exchange": "NSE", "brexchange": "NSECM",
    "token": "3045", "expiry": "", "strike": 1.0, "lotsize": 1, "instrumenttype": "EQ", "tick_size": 0.05,
}  # fmt: skip
FUTURE_ROW = {
    "symbol": "NIFTY31MAR26FUT", "brsymbol": "NIFTY26MARFUT", "name": "NIFTY", "exchange": "NFO", "brexchange": "NSEFO",
    "token": "35001", "expiry": "31-MAR-26", "strike": float("nan"), "lotsize": 65, "instrumenttype": "FUT",
    "tick_size": 0.1,
}  # fmt: skip
CALL_ROW = FUTURE_ROW | {
    "symbol": "NIFTY31MAR2625000.5CE", "brsymbol": "", "token": "45001", "strike": 25000.5, "instrumenttype": "CE",
}  # fmt: skip
INDEX_ROW = NSE_ROW | {"symbol": "NIFTY", "exchange": "NSE_INDEX", "token": 26000, "instrumenttype": "EQ"}
ROWS = [NSE_ROW, FUTURE_ROW, CALL_ROW, INDEX_ROW]


class HostSocket:
    """The host's Socket.IO server, as far as a download touches it."""

    def __init__(self) -> None:
        self.emitted: list[tuple[str, dict[str, str]]] = []

    def emit(self, event: str, data: dict[str, str]) -> None:
        self.emitted.append((event, data))


@pytest.fixture
def socket(monkeypatch: pytest.MonkeyPatch) -> HostSocket:
    host, made = ModuleType("extensions"), HostSocket()
    host.__dict__["socketio"] = made
    monkeypatch.setitem(sys.modules, "extensions", host)
    return made


def table(tmp_path: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(tmp_path / "desk.db")) as sql:
        return sql.execute("SELECT exchange, symbol, token FROM symbol_token ORDER BY exchange, token").fetchall()


class TestDownload:
    def test_success_is_told_to_the_hosts_pages(self, world: World, socket: HostSocket) -> None:
        master_contract_download()

        total = world.desk.instruments.count()
        assert socket.emitted == [
            ("master_contract_download", {"status": "success", "message": f"{total} instruments downloaded"})
        ]

    @pytest.mark.usefixtures("world")
    def test_it_works_without_a_host(self) -> None:
        assert master_contract_download() is None

    def test_a_failure_is_raised_and_told_and_changes_nothing(
        self, world: World, socket: HostSocket, tmp_path: Path
    ) -> None:
        before = table(tmp_path)
        where = {"exchangeSegmentList": "['NSEFO']"}
        world.sim.exchange.faults.add(Fault(FaultKind.BAD_JSON, on="master", times=None, where=where))

        with pytest.raises(BrokerUnavailableError, match="NFO: HTTP 200 with something else") as raised:
            master_contract_download()

        assert socket.emitted == [("master_contract_download", {"status": "error", "message": str(raised.value)})]
        assert table(tmp_path) == before

    def test_an_optional_exchange_that_failed_is_named(self, world: World, socket: HostSocket) -> None:
        where = {"exchangeSegmentList": "['MCXFO']"}
        world.sim.exchange.faults.add(Fault(FaultKind.BAD_JSON, on="master", times=None, where=where))

        master_contract_download()

        ((_, told),) = socket.emitted
        assert told["status"] == "success"
        assert told["message"].endswith("instruments downloaded; MCX keeps those of the day before")

    @pytest.mark.usefixtures("world")
    def test_an_unforeseen_failure_is_told_without_its_text(
        self, socket: HostSocket, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken() -> None:
            message = "a path, a password"
            raise OSError(message)

        monkeypatch.setattr(master_contract_db, "trading_app", broken)

        with pytest.raises(OSError, match="a path"):
            master_contract_download()

        message = "The instruments could not be replaced (OSError)"
        assert socket.emitted == [("master_contract_download", {"status": "error", "message": message})]


class TestSave:
    @pytest.mark.parametrize("rows", [ROWS, iter(ROWS), pd.DataFrame(ROWS)], ids=["rows", "iterator", "dataframe"])
    def test_the_rows_replace_the_generation(self, world: World, rows: Any) -> None:  # noqa: ANN401
        assert save_master_contract_to_db(rows, force=True) == 4

        assert world.desk.instruments.count() == 4
        assert get_token_from_symbol("NIFTY31MAR2625000.5CE", "NFO") == 45001
        assert get_token_from_symbol("NIFTY", "NSE_INDEX") == 26000

    @pytest.mark.parametrize(
        ("rows", "said"),
        [
            pytest.param([], "NSE lists no instruments; NFO lists no instruments", id="nothing"),
            pytest.param(pd.DataFrame(), "NSE lists no instruments", id="an-empty-frame"),
            pytest.param([NSE_ROW], "NFO lists no instruments", id="a-required-exchange-is-missing"),
            pytest.param(ROWS, "NSE lists only 1 instruments where it listed", id="far-fewer-than-before"),
            pytest.param([*ROWS, NSE_ROW | {"symbol": "X"}], "NSE number 3045 stands for SBIN and X", id="number"),
            pytest.param([*ROWS, NSE_ROW | {"token": 7}], "NSE symbol SBIN stands for 3045 and 7", id="symbol"),
            pytest.param([{"symbol": "SBIN"}], "row 1: exchange is missing: .*token is missing", id="columns"),
            pytest.param([NSE_ROW | {"token": "3045.5"}], "row 1: token '3045.5' is not a whole number", id="token"),
            pytest.param([NSE_ROW | {"lotsize": 0}], "row 1: lotsize must be above zero", id="lot"),
            pytest.param([NSE_ROW | {"tick_size": None}], "row 1: tick_size must be above zero", id="tick"),
            pytest.param([FUTURE_ROW | {"expiry": "30-MAR-26"}], "expires on another day than the column", id="expiry"),
            pytest.param([CALL_ROW | {"strike": 25000}], "has another strike than the column strike", id="strike"),
            pytest.param([FUTURE_ROW | {"symbol": "NIFTY26MARFUT"}], "is not spelled like a contract", id="spelling"),
            pytest.param([NSE_ROW | {"exchange": "NYSE"}] * 7, r"row 5: .* \(and 2 more rows\)", id="many-rows"),
        ],
    )
    def test_what_is_not_sound_raises_and_changes_nothing(
        self,
        world: World,
        tmp_path: Path,
        rows: Any,  # noqa: ANN401
        said: str,
    ) -> None:
        before = table(tmp_path)

        with pytest.raises(ValueError, match=said):
            save_master_contract_to_db(rows)

        assert world.desk.instruments.count() == len(before)
        assert table(tmp_path) == before


class TestLookUp:
    @pytest.mark.usefixtures("world")
    def test_search_gives_rows_like_the_hosts(self) -> None:
        found = search_symbols("reliance", "nse")

        assert found[0] == SymbolRow(
            "RELIANCE", "RELIANCE-EQ", "RELIANCE", "NSE", "NSECM", "2885", "", 0.0, 1, "EQ", 0.1
        )

    @pytest.mark.usefixtures("world")
    def test_an_unknown_exchange_is_refused(self) -> None:
        with pytest.raises(ValueError, match="NYSE"):
            search_symbols("SBIN", "NYSE")

    def test_the_hosts_model_is_here_where_there_is_a_host(self, monkeypatch: pytest.MonkeyPatch) -> None:
        model = object()
        monkeypatch.setitem(sys.modules, "database", ModuleType("database"))
        monkeypatch.setitem(sys.modules, "database.symbol", SimpleNamespace(SymToken=model))

        assert master_contract_db.SymToken is model

    def test_without_a_host_there_is_no_model(self) -> None:
        assert not hasattr(master_contract_db, "SymToken")

    def test_a_contract_of_today_is_found_in_the_new_generation(self, world: World) -> None:
        future = world.nifty_future()

        assert get_token_from_symbol(future.symbol, Exchange.NFO) == future.token
