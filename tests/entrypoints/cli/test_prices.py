"""``quote`` and ``bars``: prices as the exchange sent them, and empty where it sent none."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from tests.entrypoints.cli.shell import RELIANCE, SBIN, Shell

REFUSED = Fault(FaultKind.REFUSED, on="quotes", times=None, status=400, code="e-x", text="not now")


def cells(text: str, first: str) -> list[list[str]]:
    """The cells of every line that begins with a word."""
    return [line.split() for line in text.splitlines() if line.startswith(first)]


def test_quotes_are_rows_for_machines_and_what_nobody_sent_is_null(shell: Shell) -> None:
    shell.sim.exchange.set_levels(SBIN, bids=[], asks=[(Decimal(780), 50)])

    ran = shell.run("quote", "SBIN", "NSE_INDEX:NIFTY", "--json")

    share, index = ran.data
    assert (ran.status, share["symbol"], index["symbol"], index["exchange"]) == (0, "SBIN", "NIFTY", "NSE_INDEX")
    assert (share["bid"], share["bid_qty"], share["ask"], share["ask_qty"]) == (None, None, 780.0, 50)
    assert share["ltp"] == float(shell.sim.exchange.market(SBIN).last_price)
    assert (share["oi"], index["bid"]) == (None, None)
    assert "bids" not in share


def test_a_derivative_shows_its_open_interest(shell: Shell) -> None:
    found = shell.run("instruments", "search", "nifty", "--kind", "FUT", "--limit", "1", "--json").data[0]

    (row,) = shell.run("quote", "-e", "NFO", found["symbol"], "--json").data

    assert row["oi"] > 0


def test_both_sides_of_the_market_can_be_seen(shell: Shell) -> None:
    shell.sim.exchange.set_levels(SBIN, bids=[(Decimal(779), 40)], asks=[(Decimal(780), 50), (Decimal(781), 60)])

    person, (row,) = shell.run("quote", "SBIN", "--depth"), shell.run("quote", "SBIN", "--depth", "--json").data

    assert [line.split("\t") for line in person.out.splitlines()][-2:] == [
        ["40", "779.00", "780.00", "50"],
        ["-", "-", "781.00", "60"],
    ]
    assert row["bids"] == [{"price": 779.0, "quantity": 40, "orders": 1}]
    assert [level["price"] for level in row["asks"]] == [780.0, 781.0]


def test_a_person_sees_a_line_for_each(shell: Shell) -> None:
    ran = shell.run("quote", "SBIN", "RELIANCE", "NSE_INDEX:NIFTY")

    assert ran.status == 0
    assert [line[0] for first in ("NSE:SBIN", "NSE:RELIANCE", "NSE_INDEX:NIFTY") for line in cells(ran.out, first)] == [
        "NSE:SBIN", "NSE:RELIANCE", "NSE_INDEX:NIFTY",
    ]  # fmt: skip


def test_every_symbol_that_is_not_listed_is_named_and_nothing_is_asked(shell: Shell) -> None:
    ran = shell.run("quote", "SBIN", "SBINN", "BSE:TCSS", "--json")

    assert (ran.status, len(ran.document["problems"])) == (1, 2)
    assert shell.sim.exchange.requests["quotes"] == 0


def test_quotes_that_could_not_be_read_are_said_to_be(shell: Shell) -> None:
    shell.fault(REFUSED)

    ran = shell.run("quote", "SBIN", "--json")

    assert (ran.status, ran.document["kind"]) == (1, "unreadable")
    assert "not now" in ran.document["message"]


def test_those_that_could_be_read_are_shown_beside_those_that_could_not(shell: Shell) -> None:
    listed = shell.run("instruments", "search", "nifty", "--kind", "CE", "--limit", "60", "--json").data
    symbols = [f"NFO:{row['symbol']}" for row in listed]
    shell.fault(Fault(FaultKind.REFUSED, on="quotes", skip=1, status=400, code="e-x", text="not now"))

    ran = shell.run("quote", *symbols, "--json")

    assert (ran.status, ran.document["status"]) == (1, "error")
    assert ["error" in row for row in ran.data] == [False] * 50 + [True] * 10


def monday(shell: Shell) -> datetime:
    """The Monday of the week before the broker's day."""
    day = shell.sim.exchange.day
    return datetime.combine(day - timedelta(days=day.weekday() + 7), datetime.min.time(), UTC)


def test_bars_are_rows_with_the_moment_when_they_begin(shell: Shell) -> None:
    day = f"{monday(shell):%Y-%m-%d}"

    ran = shell.run("bars", "SBIN", "--interval", "30m", "--from", day, "--to", day, "--json")

    first, *_, last = ran.data
    assert (ran.status, len(ran.data)) == (0, 13)
    assert (first["time"], last["time"]) == (f"{day}T09:15:00+05:30", f"{day}T15:15:00+05:30")
    assert first["timestamp"] == int(datetime.fromisoformat(f"{day}T09:15:00+05:30").timestamp())
    assert list(first) == ["timestamp", "time", "open", "high", "low", "close", "volume", "oi"]


def test_days_are_named_by_their_date_and_reach_a_month_back(shell: Shell) -> None:
    until = monday(shell)

    ran = shell.run("bars", "SBIN", "--to", f"{until:%Y-%m-%d}", "--json")

    days = [until - timedelta(days=back) for back in range(30, -1, -1)]
    assert [row["time"] for row in ran.data] == [f"{day:%Y-%m-%d}" for day in days if day.weekday() < 5]


def test_a_person_sees_the_newest_so_many(shell: Shell) -> None:
    day = f"{monday(shell):%Y-%m-%d}"

    ran = shell.run("bars", "NSE:SBIN", "-i", "1m", "--from", day, "--to", day, "--last", "2")

    assert [line[1] for line in cells(ran.out, day)] == ["15:28:00", "15:29:00"]


@pytest.mark.parametrize(("interval", "drawn"), [("30m", "█"), ("1m", "▀")], ids=["candles", "line"])
def test_bars_can_be_drawn(shell: Shell, interval: str, drawn: str) -> None:
    pytest.importorskip("plotext")
    day = f"{monday(shell):%Y-%m-%d}"

    ran = shell.run("bars", "SBIN", "-i", interval, "--from", day, "--to", day, "--plot")

    lines = ran.out.splitlines()
    assert (ran.status, len(lines), drawn in ran.out, "\x1b" in ran.out) == (0, 20, True, False)
    assert f"SBIN NSE, {interval}" in lines[0]
    assert f"{day[5:]} 09:15" in lines[-1]


def test_the_former_names_of_bars_and_order_go_on_working(shell: Shell) -> None:
    shell.given("place NSE SBIN BUY 100 --type LIMIT --price 750 --yes")
    order_id = str(shell.sim.exchange.all_orders()[0].order_id)

    for former in (("history", order_id, "--json"), ("history", "--json", order_id)):
        assert shell.run(*former).data == shell.run("order", order_id, "--json").data


@pytest.mark.parametrize(
    "line", ["SBIN --interval 5m --last 5", "--last 5 NSE SBIN -i 5m", "NSE:SBIN --interval 5m --plot"]
)
def test_history_of_a_contract_is_its_bars(shell: Shell, line: str) -> None:
    since = (shell.context.now() - timedelta(days=4)).date().isoformat()
    words = [*line.split(), "--from", since]

    assert shell.run("history", *words).out == shell.run("bars", *words).out
    assert shell.run("candles", "SBIN", "--json").data == shell.run("bars", "SBIN", "--json").data


def test_a_range_without_trading_is_said_to_be_one(shell: Shell) -> None:
    sunday = monday(shell) - timedelta(days=1)
    day, earlier = f"{sunday:%Y-%m-%d}", f"{sunday - timedelta(days=7):%Y-%m-%d}"

    ran = shell.run("bars", "SBIN", "-i", "5m", "--from", day, "--to", day)

    expected = f"Nothing was traded on {day}. Earlier days: --from {earlier}"
    assert (ran.status, ran.out, ran.err.strip()) == (0, "", expected)


def test_the_day_that_is_not_over_is_there_as_far_as_it_has_come(shell: Shell) -> None:
    today = f"{shell.sim.exchange.day:%Y-%m-%d}"

    (row,) = shell.run("bars", "RELIANCE", "--from", today, "--json").data

    assert (row["time"], row["close"]) == (today, float(shell.sim.exchange.market(RELIANCE).last_price))


@pytest.mark.parametrize(
    "words",
    [
        ("bars", "SBIN", "--interval", "60m"),
        ("bars", "SBIN", "--from", "yesterday"),
        ("bars", "SBIN", "--from", "2026-03-06", "--to", "2026-03-02"),
        ("quote",),
        ("quote", "SBIN", "-e", "NASDAQ"),
    ],
)
def test_bad_usage_is_said_before_anything_is_asked(shell: Shell, words: tuple[str, ...]) -> None:
    assert shell.run(*words, "--json").status == 2
    assert not shell.sim.exchange.requests["market_login"]


def test_bars_that_could_not_be_read_and_symbols_that_are_not_listed_are_refused(shell: Shell) -> None:
    shell.fault(Fault(FaultKind.REFUSED, on="ohlc", times=None, status=400, code="e-x", text="not now"))

    assert "not now" in shell.run("bars", "SBIN", "--json").document["message"]
    assert "did you mean" in shell.run("bars", "SBINN", "--json").document["message"]
