"""Historical bars: when they begin, what they are made of, and how a range is asked for."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.market_data.calendar import IST, expires_at
from jainam_prop.domain.market_data.history import DAILY, INTERVALS, Bar, Span, line_up, spans, today_so_far
from jainam_prop.domain.market_data.quote import Quote

TUESDAY = date(2026, 3, 10)
NAMES = sorted(INTERVALS)


def stamp(clock: str, day: date = TUESDAY) -> int:
    return int(datetime.fromisoformat(f"{day}T{clock}+05:30").timestamp())


def bar(at: int, price: float = 100.0, volume: int = 10, interest: int = 0) -> Bar:
    return Bar(at, price, price + 1, price - 1, price + 0.5, volume, interest)


def begins(bars: list[Bar]) -> list[str]:
    return [datetime.fromtimestamp(each.at, IST).strftime("%H:%M:%S") for each in bars]


def minutes(count: int, source: int, opens: str = "09:15:00") -> list[Bar]:
    first = stamp(opens)
    return [bar(first + (number + 1) * source - 1, 100 + number) for number in range(count)]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("1m", ["09:15:00", "09:16:00", "09:17:00", "09:18:00"]),
        ("2m", ["09:15:00", "09:17:00"]),
        ("5m", ["09:15:00", "09:20:00", "09:25:00", "09:30:00"]),
        ("10m", ["09:15:00", "09:25:00"]),
        ("30m", ["09:15:00", "09:45:00"]),
        ("1h", ["09:15:00"]),
    ],
)
def test_bars_begin_on_the_grid_of_the_session(name: str, expected: list[str]) -> None:
    interval = INTERVALS[name]

    assert begins(line_up(minutes(4, interval.source), interval, Exchange.NSE)) == expected


def test_commodities_have_a_grid_of_their_own() -> None:
    bars = line_up(minutes(8, 900, "09:00:00"), INTERVALS["1h"], Exchange.MCX)

    assert begins(bars) == ["09:00:00", "10:00:00"]


def test_a_longer_bar_has_the_first_open_the_extremes_the_last_close_and_all_the_volume() -> None:
    first, second = stamp("09:15:59"), stamp("09:16:59")
    parts = [Bar(first, 100, 109, 99, 101, 7, 500), Bar(second, 101, 104, 90, 95, 5, 510)]

    assert line_up(parts, INTERVALS["2m"], Exchange.NFO) == [Bar(stamp("09:15:00"), 100, 109, 90, 95, 12, 510)]


def test_what_is_stamped_twice_counts_once_as_last_told_whatever_the_order() -> None:
    late, early = bar(stamp("09:16:59"), 7), bar(stamp("09:15:59"))

    bars = line_up([late, early, bar(early.at, 200)], INTERVALS["1m"], Exchange.NSE)

    assert bars == [bar(stamp("09:15:00"), 200), bar(stamp("09:16:00"), 7)]


def test_trades_before_the_opening_keep_their_time() -> None:
    assert begins(line_up([bar(stamp("09:07:59"))], INTERVALS["5m"], Exchange.NSE)) == ["09:05:00"]


def test_a_day_begins_at_midnight_utc_of_its_date() -> None:
    (day,) = line_up([bar(stamp("00:00:00"))], DAILY, Exchange.NSE)

    assert datetime.fromtimestamp(day.at, UTC) == datetime(2026, 3, 10, tzinfo=UTC)


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 800), st.sampled_from(NAMES))
def test_the_calls_for_a_range_have_no_gap_and_no_overlap(first: date, days: int, name: str) -> None:
    last = first + timedelta(days=days)

    calls = list(spans(first, last, INTERVALS[name]))

    covered = [call.first + timedelta(days=n) for call in calls for n in range((call.last - call.first).days + 1)]
    assert covered == [first + timedelta(days=n) for n in range(days + 1)]
    assert all((call.last - call.first).days < (365 if name == "D" else 6) for call in calls)


def test_a_range_that_ends_before_it_begins_needs_no_call() -> None:
    assert list(spans(TUESDAY, TUESDAY - timedelta(days=1), DAILY)) == []
    assert list(spans(TUESDAY, TUESDAY, DAILY)) == [Span(TUESDAY, TUESDAY)]


@given(
    st.lists(st.integers(stamp("09:00:00"), stamp("15:29:59")), max_size=60),
    st.sampled_from([name for name in NAMES if name != "D"]),
)
def test_no_volume_is_lost_and_no_bar_overlaps_the_next(stamps: list[int], name: str) -> None:
    interval = INTERVALS[name]

    bars = line_up([bar(at) for at in stamps], interval, Exchange.NSE)

    assert sum(each.volume for each in bars) == 10 * len(set(stamps))
    assert all(after.at - before.at >= interval.seconds for before, after in pairwise(bars))
    assert all((each.at - stamp("09:15:00")) % interval.seconds == 0 for each in bars)


def quote(**changes: object) -> Quote:
    prices = {"open": Decimal(99), "high": Decimal(108), "low": Decimal("94.25"), "volume": 5, "open_interest": 3}
    return Quote(Decimal("102.95"), **prices | {"traded_at": stamp("11:00:00")} | changes)  # type: ignore[arg-type]


NOON = datetime(2026, 3, 10, 12, tzinfo=IST)


def test_today_s_bar_is_what_the_quote_says_so_far() -> None:
    at = int(datetime(2026, 3, 10, tzinfo=UTC).timestamp())

    assert today_so_far(quote(), NOON) == Bar(at, 99.0, 108.0, 94.25, 102.95, 5, 3)


@pytest.mark.parametrize(
    "told",
    [
        pytest.param(quote(traded_at=stamp("15:29:00", TUESDAY - timedelta(days=1))), id="traded-yesterday"),
        pytest.param(quote(traded_at=None), id="never-traded"),
        pytest.param(quote(open=None), id="no-opening-price"),
    ],
)
def test_a_day_without_a_trade_has_no_bar(told: Quote) -> None:
    assert today_so_far(told, NOON) is None


@pytest.mark.parametrize("name", ["1m", "5m", "15m", "30m", "1h"])
def test_stamps_at_the_end_of_a_bar_do_not_shift_it(name: str) -> None:
    """Some servers stamp ``09:16:00`` where others stamp ``09:15:59``; the last bar of the day shows which."""
    interval = INTERVALS[name]
    usual = minutes(375 * 60 // interval.source, interval.source)
    at_the_end = [each._replace(at=each.at + 1) for each in usual]

    assert line_up(at_the_end, interval, Exchange.NSE) == line_up(usual, interval, Exchange.NSE)


@pytest.mark.parametrize("name", ["1m", "5m", "15m"])
def test_stamps_at_the_beginning_of_a_bar_do_not_shift_it(name: str) -> None:
    interval = INTERVALS[name]
    usual = minutes(375 * 60 // interval.source, interval.source)
    at_the_beginning = [each._replace(at=each.at + 1 - interval.source) for each in usual]

    assert line_up(at_the_beginning, interval, Exchange.NSE) == line_up(usual, interval, Exchange.NSE)


def test_derivatives_trade_ten_minutes_longer_since_shares_have_a_closing_auction() -> None:
    """A bar that begins at 15:30 is no sign of stamps at the end, also where nothing was traded at the opening."""
    day, interval = date(2026, 8, 20), INTERVALS["5m"]
    begun = [bar(stamp(clock, day)) for clock in ("09:20:00", "15:30:00", "15:35:00")]
    ended = [bar(stamp(clock, day)) for clock in ("09:25:00", "15:35:00", "15:40:00")]

    assert begins(line_up(begun, interval, Exchange.NFO)) == ["09:20:00", "15:30:00", "15:35:00"]
    assert begins(line_up(ended, interval, Exchange.NFO)) == ["09:20:00", "15:30:00", "15:35:00"]


@pytest.mark.parametrize(
    ("exchange", "expiry", "last"),
    [
        (Exchange.NFO, date(2026, 7, 28), "15:30"),
        (Exchange.NFO, date(2026, 8, 4), "15:40"),
        (Exchange.BFO, date(2026, 8, 6), "15:40"),
        (Exchange.CDS, date(2026, 8, 26), "17:00"),
        (Exchange.MCX, date(2026, 8, 31), "23:55"),
    ],
)
def test_a_contract_has_not_expired_before_the_latest_close_of_its_day(
    exchange: Exchange, expiry: date, last: str
) -> None:
    assert expires_at(exchange, expiry) == datetime.fromisoformat(f"{expiry}T{last}+05:30")
