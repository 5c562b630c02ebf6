"""`BrokerData`, called as OpenAlgo's services call it."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from pandas import DataFrame

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.market_data.history import INTERVALS
from jainam_prop.entrypoints.openalgo.data import BrokerData
from jainam_prop.entrypoints.openalgo.replies import BrokerUnavailableError
from tests.architecture.project import ROOT
from tests.e2e.troubles import SkippingClock
from tests.e2e.world import INSTRUMENTS, SBIN, World, a_desk

DAY: Final = date(2026, 11, 25)
"""A Wednesday, on which it is three in the afternoon."""
HOLIDAY: Final = date(2026, 10, 20)
"""A Tuesday without trading."""
GOLDEN: Final = ROOT / "tests" / "golden" / "history" / "stamps.json"
INDEX: Final = ("NIFTY", "NSE_INDEX")
QUOTE_KEYS: Final = {
    "ask", "bid", "ask_qty", "bid_qty", "high", "low", "ltp", "open", "prev_close", "volume", "oi",
}  # fmt: skip
DEPTH_KEYS: Final = {
    "bids", "asks", "high", "low", "ltp", "ltq", "open", "prev_close", "volume", "oi", "totalbuyqty", "totalsellqty",
}  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A desk and its broker, both of which live in that afternoon."""
    clock = SkippingClock()
    clock.ahead = datetime(DAY.year, DAY.month, DAY.day, 15, tzinfo=IST) - clock.now()
    config = SimulatorConfig(
        instruments=INSTRUMENTS, rate_limits=False, holidays=frozenset({HOLIDAY}), daily_history_days=30
    )
    folder = tmp_path_factory.mktemp("desk")
    with (
        XtsSimulator(config, clock) as sim,
        a_desk(sim, folder, prepare=lambda desk: desk.infra.clock.override(clock)) as there,
    ):
        yield there


@pytest.fixture
def data(world: World) -> BrokerData:
    return BrokerData(world.auth)


def options(world: World, count: int) -> list[dict[str, str]]:
    """Ask for so many contracts of NFO."""
    listed = [row.key for row in world.sim.exchange.universe.listings("NSEFO") if "TEST" not in row.name]
    known = [found for key in listed if (found := world.desk.instruments.find_key(key))][:count]
    return [{"symbol": each.symbol, "exchange": "NFO"} for each in known]


def test_the_host_can_see_which_parameters_it_may_pass() -> None:
    code = BrokerData.__init__.__code__

    assert code.co_varnames[: code.co_argcount] == ("self", "auth_token", "feed_token", "user_id")


def test_a_quote_has_every_key_as_a_number(world: World, data: BrokerData) -> None:
    quote = data.get_quotes("SBIN", "NSE")

    assert set(quote) == QUOTE_KEYS
    assert all(type(cell) in {int, float} for cell in quote.values())
    assert quote["ltp"] == float(world.sim.exchange.market(SBIN).last_price)
    assert 0 < quote["bid"] <= quote["ask"]


def test_a_side_with_nobody_is_zero_and_not_made_up(world: World, data: BrokerData) -> None:
    world.sim.exchange.set_levels(SBIN, bids=[], asks=[(Decimal(780), 50)])

    quote, depth = data.get_quotes("SBIN", "NSE"), data.get_depth("SBIN", "NSE")

    assert (quote["bid"], quote["bid_qty"], quote["ask"], quote["ask_qty"]) == (0.0, 0, 780.0, 50)
    assert depth["bids"] == [{"price": 0.0, "quantity": 0}] * 5
    assert depth["asks"] == [{"price": 780.0, "quantity": 50}] + [{"price": 0.0, "quantity": 0}] * 4
    assert set(depth) == DEPTH_KEYS


def test_an_index_has_quotes_depth_and_history(data: BrokerData) -> None:
    quote, depth = data.get_quotes(*INDEX), data.get_depth(*INDEX)
    bars = data.get_history("NIFTY", "NSE_INDEX", "D", "2026-11-02", "2026-11-06")

    assert quote["ltp"] == depth["ltp"] > 0
    assert len(bars) == 5


def test_a_derivative_has_its_open_interest(world: World, data: BrokerData) -> None:
    future = world.nifty_future()

    assert data.get_quotes(future.symbol, "NFO")["oi"] > 0
    assert data.get_depth(future.symbol, "NFO")["oi"] > 0
    assert data.get_quotes("SBIN", "NSE")["oi"] == 0


def test_without_its_open_interest_a_quote_is_still_a_quote(world: World, data: BrokerData) -> None:
    future = world.nifty_future()
    world.sim.faults.add(Fault(FaultKind.REFUSED, on="quotes", skip=1, status=400, code="e-quotes-0001", text="no"))

    assert data.get_quotes(future.symbol, "NFO")["oi"] == 0
    world.sim.faults.clear()


def test_hundreds_of_symbols_are_quoted_in_batches_of_fifty_and_each_answers_for_itself(
    world: World, data: BrokerData
) -> None:
    asked = options(world, 230)
    asked.insert(3, {"symbol": "NOSUCH", "exchange": "NFO"})
    before = world.sim.exchange.requests["quotes"]

    rows = data.get_multiquotes(asked)

    assert [(row["symbol"], row["exchange"]) for row in rows] == [(each["symbol"], each["exchange"]) for each in asked]
    assert "is not listed on NFO" in rows[3]["error"]
    assert "data" not in rows[3]
    assert all(set(row["data"]) == QUOTE_KEYS for row in rows if "data" in row)
    assert sum("data" in row for row in rows) == 230
    assert world.sim.exchange.requests["quotes"] - before == 5 + 5  # prices, and open interest


def test_symbols_that_could_not_be_read_leave_the_others_be(world: World, data: BrokerData) -> None:
    asked = options(world, 120)
    world.sim.faults.add(Fault(FaultKind.REFUSED, on="quotes", skip=1, status=400, code="e-x", text="not now"))

    rows = data.get_multiquotes(asked)

    world.sim.faults.clear()
    told = [("data" in row, row.get("error")) for row in rows]
    assert told == [(True, None)] * 50 + [(False, "Could not be read: not now (e-x)")] * 50 + [(True, None)] * 20


def test_when_none_could_be_read_the_host_hears_why(world: World, data: BrokerData) -> None:
    world.sim.faults.add(Fault(FaultKind.REFUSED, on="quotes", times=None, status=400, code="e-x", text="not now"))

    with pytest.raises(BrokerUnavailableError, match="not now"):
        data.get_multiquotes(options(world, 60))
    world.sim.faults.clear()


def test_nobody_asked_is_nobody_quoted(data: BrokerData) -> None:
    assert data.get_multiquotes([]) == []
    assert [set(row) for row in data.get_multiquotes([{"symbol": "SBIN"}])] == [{"symbol", "exchange", "error"}]


def test_a_symbol_is_found_however_it_is_written(data: BrokerData) -> None:
    assert data.get_quotes(" sbin", "nse")["ltp"] == data.get_quotes("SBIN", "NSE")["ltp"]


@pytest.mark.parametrize("ask", ["get_quotes", "get_depth"])
@pytest.mark.parametrize(
    ("symbol", "exchange", "said"), [("NOSUCH", "NSE", "is not listed on NSE"), ("SBIN", "NASDAQ", "is unknown")]
)
def test_what_is_not_listed_is_said_to_be(data: BrokerData, ask: str, symbol: str, exchange: str, said: str) -> None:
    with pytest.raises(BrokerUnavailableError, match=said):
        getattr(data, ask)(symbol, exchange)


@pytest.mark.parametrize("ask", ["get_quotes", "get_depth"])
def test_what_cannot_be_read_is_an_error_and_never_a_book_of_zeros(world: World, data: BrokerData, ask: str) -> None:
    world.sim.faults.add(Fault(FaultKind.BAD_JSON, on="quotes", times=None))

    with pytest.raises(BrokerUnavailableError):
        getattr(data, ask)("SBIN", "NSE")
    world.sim.faults.clear()


def test_a_dead_market_token_is_renewed_once_for_all_who_ask(world: World) -> None:
    logins = world.sim.exchange.requests["market_login"]
    world.sim.faults.add(Fault(FaultKind.TOKEN_KILLED, on="quotes"))
    found: list[dict[str, Any]] = []

    def ask() -> None:
        found.append(BrokerData(world.auth, None, "somebody").get_quotes("SBIN", "NSE"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert world.sim.exchange.requests["market_login"] == logins + 1


def test_a_market_token_that_dies_between_two_batches_costs_one_login_and_no_quote(
    world: World, data: BrokerData
) -> None:
    logins = world.sim.exchange.requests["market_login"]
    world.sim.faults.add(Fault(FaultKind.TOKEN_KILLED, on="quotes", skip=1))

    rows = data.get_multiquotes(options(world, 120))

    assert [set(row["data"]) for row in rows] == [QUOTE_KEYS] * 120
    assert world.sim.exchange.requests["market_login"] == logins + 1


@pytest.mark.usefixtures("world")
def test_without_a_login_nothing_is_read() -> None:
    with pytest.raises(BrokerUnavailableError):
        BrokerData("").get_quotes("SBIN", "NSE")


def days_of(table: DataFrame) -> Counter[date]:
    return Counter(datetime.fromtimestamp(stamp, IST).date() for stamp in table["timestamp"])


def test_over_45_days_every_trading_day_has_its_375_minutes(world: World, data: BrokerData) -> None:
    last = world.sim.exchange.day - timedelta(days=1)
    first = last - timedelta(days=44)

    table = data.get_history("SBIN", "NSE", "1m", first, last)

    trading = [day for day in (first + timedelta(days=n) for n in range(45)) if day.weekday() < 5 and day != HOLIDAY]
    assert first < HOLIDAY < last
    assert days_of(table) == dict.fromkeys(trading, 375)
    assert list(table["timestamp"]) == sorted(set(table["timestamp"]))
    assert list(table.columns) == ["timestamp", "open", "high", "low", "close", "volume", "oi"]
    assert not table.isna().any().any()


def test_every_trading_day_of_a_year_is_there_though_the_server_tells_only_thirty_at_a_time(data: BrokerData) -> None:
    first, last = date(2025, 11, 25), date(2026, 11, 24)

    table = data.get_history("SBIN", "NSE", "D", first, last)

    days = [first + timedelta(days=n) for n in range(365)]
    trading = [day for day in days if day.weekday() < 5 and day != HOLIDAY]
    assert [datetime.fromtimestamp(stamp, UTC).date() for stamp in table["timestamp"]] == trading


@pytest.mark.parametrize("interval", list(INTERVALS))
def test_dates_may_be_dates_or_text_and_give_the_same_bars(data: BrokerData, interval: str) -> None:
    told = data.get_history("SBIN", "NSE", interval, "2026-11-02", "2026-11-04")
    same = data.get_history("SBIN", "NSE", interval, date(2026, 11, 2), datetime(2026, 11, 4, 9, 15, tzinfo=IST))

    assert told.equals(same)
    assert set(days_of(told)) == {date(2026, 11, 2), date(2026, 11, 3), date(2026, 11, 4)}


def test_the_stamps_of_a_day_are_those_of_the_golden_file(data: BrokerData) -> None:
    golden = json.loads(GOLDEN.read_text())

    for interval, expected in golden["stamps"].items():
        table = data.get_history("SBIN", "NSE", interval, golden["day"], golden["day"])
        stamps = [datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for at in table["timestamp"]]
        assert (len(stamps), stamps[:3], stamps[-1]) == (expected["bars"], expected["first"], expected["last"]), (
            interval
        )


@pytest.mark.parametrize(
    ("segment", "exchange", "opens", "hours"),
    [("NSEFO", "NFO", "09:15", 6.25), ("MCXFO", "MCX", "09:00", 14.5), ("NSECD", "CDS", "09:00", 8.0)],
)
def test_every_exchange_has_the_bars_of_its_own_session(
    world: World, data: BrokerData, segment: str, exchange: str, opens: str, hours: float
) -> None:
    listed = (world.desk.instruments.find_key(row.key) for row in world.sim.exchange.universe.listings(segment))
    contract = next(found for found in listed if found is not None)

    for interval, seconds in (("1m", 60), ("30m", 1800), ("1h", 3600)):
        table = data.get_history(contract.symbol, exchange, interval, "2026-11-24", "2026-11-24")

        first = int(datetime.fromisoformat(f"2026-11-24T{opens}+05:30").timestamp())
        assert list(table["timestamp"]) == list(range(first, first + int(hours * 3600), seconds)), interval
        assert (table["oi"] > 0).all()


def test_a_range_without_trading_is_a_table_with_columns_and_no_rows(data: BrokerData) -> None:
    table = data.get_history("SBIN", "NSE", "5m", "2026-11-07", "2026-11-08")

    assert (len(table), "close" in table.columns, "timestamp" in table.columns) == (0, True, True)


def test_all_that_is_wrong_with_a_question_is_said_at_once(data: BrokerData) -> None:
    with pytest.raises(BrokerUnavailableError, match=r"interval '60m' is unknown.*'soon' is no date"):
        data.get_history("SBIN", "NSE", "60m", "soon", "2026-11-04")


def test_a_range_that_ends_before_it_begins_is_an_error(data: BrokerData) -> None:
    with pytest.raises(BrokerUnavailableError, match="the range begins on 2026-11-04, after its end 2026-11-03"):
        data.get_history("SBIN", "NSE", "1m", "2026-11-04", "2026-11-03")


def test_a_part_without_bars_leaves_the_others_be(world: World, data: BrokerData) -> None:
    whole = data.get_history("SBIN", "NSE", "1m", "2026-10-01", "2026-10-13")
    none = {"status": 400, "code": "e-instrument-0005", "text": "Data Not Available"}
    world.sim.faults.add(Fault(FaultKind.REFUSED, on="ohlc", skip=1, **none))  # type: ignore[arg-type]

    table = data.get_history("SBIN", "NSE", "1m", "2026-10-01", "2026-10-13")

    first = days_of(whole).keys() - {date(2026, 10, day) for day in range(7, 13)}
    assert days_of(table) == dict.fromkeys(first, 375)


def test_a_part_that_cannot_be_read_is_no_chart_with_a_hole(world: World, data: BrokerData) -> None:
    world.sim.faults.add(Fault(FaultKind.REFUSED, on="ohlc", skip=1, times=None, status=400, code="e-x", text="no"))

    with pytest.raises(BrokerUnavailableError):
        data.get_history("SBIN", "NSE", "1m", "2026-10-01", "2026-10-31")
    world.sim.faults.clear()


def test_the_intervals_are_named_as_the_host_names_them(data: BrokerData) -> None:
    assert data.get_intervals() == list(BrokerData.timeframe_map)
    assert {"1m", "5m", "15m", "30m", "1h", "D"} <= set(BrokerData.timeframe_map)
    assert "60m" not in BrokerData.timeframe_map


def test_today_is_there_as_far_as_it_has_come(world: World, data: BrokerData) -> None:
    days = data.get_history("SBIN", "NSE", "D", "2026-11-23", "2026-11-25")
    minutes = data.get_history("SBIN", "NSE", "1m", "2026-11-25", "2026-11-25")
    hours = data.get_history("SBIN", "NSE", "1h", "2026-11-25", "2026-11-25")

    assert list(days["timestamp"]) == [int(datetime(2026, 11, day, tzinfo=UTC).timestamp()) for day in (23, 24, 25)]
    assert days["close"].iloc[-1] == float(world.sim.exchange.market(SBIN).last_price)
    assert 345 <= len(minutes) < 375
    assert len(hours) == 6


def test_the_open_interest_of_a_derivative_is_there_every_day_and_today(world: World, data: BrokerData) -> None:
    days = data.get_history(world.nifty_future().symbol, "NFO", "D", "2026-11-23", "2026-11-25")

    assert len(days) == 3
    assert (days["oi"] > 0).all()


def test_days_to_come_have_no_bars(data: BrokerData) -> None:
    assert len(data.get_history("SBIN", "NSE", "D", "2026-11-26", "2026-11-30")) == 0
