"""Long ranges of bars: read part by part while there is time, and never with a hole."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial

import pytest
from returns.result import Failure, Result, Success

from jainam_prop.application.market_data.read_prices import read_bars
from jainam_prop.domain.deadlines import Timing
from jainam_prop.domain.errors import BrokerError, RateLimited, Unreadable
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.market_data.history import DAILY, INTERVALS, Bar, Span
from jainam_prop.domain.sessions.session import Session
from tests.adapters.xts.http.sessions import NORMAL
from tests.domain.samples import SBIN
from tests.fakes.clock import FakeClock

FIRST, LAST = date(2026, 1, 1), date(2026, 1, 31)
YEAR_END = date(2026, 12, 31)


@dataclass
class Market:
    """Traded on every weekday from a day on; tells so many days of a call, and takes its time.

    Attributes:
        shows: which end of a range that is too long is told.
        refuses: whether a range that is too long is refused instead.
        error: what every call ends in.
    """

    clock: FakeClock = field(default_factory=FakeClock)
    seconds: float = 0.0
    listed: date = FIRST
    most: int | None = None
    shows: str = "first"
    refuses: bool = False
    error: BrokerError | None = None
    asked: list[tuple[Span, float]] = field(default_factory=list)

    def bars(
        self,
        session: Session,  # noqa: ARG002
        key: InstrumentKey,  # noqa: ARG002
        seconds: int,  # noqa: ARG002
        span: Span,
        timeout_seconds: float,
    ) -> Result[tuple[Bar, ...], BrokerError]:
        self.asked.append((span, timeout_seconds))
        self.clock.advance(self.seconds)
        if self.error is not None:
            return Failure(self.error)
        days = [span.first + timedelta(days=number) for number in range((span.last - span.first).days + 1)]
        if self.most is not None and len(days) > self.most:
            if self.refuses:
                return Failure(Unreadable("too many days"))
            days = days[: self.most] if self.shows == "first" else days[-self.most :]
        return Success(tuple(a_day(day) for day in days if day.weekday() < 5 and day >= self.listed))

    def read(self, first: date, last: date, interval: str = "D") -> Result[list[Bar], BrokerError]:
        timing = Timing(call=10.0, history=30.0)
        ask = partial(self.bars, NORMAL, SBIN.key, 60)
        return read_bars(ask, Span(first, last), INTERVALS[interval], self.clock, timing)


def a_day(day: date) -> Bar:
    return Bar(int(datetime.combine(day, time(), IST).timestamp()), 1.0, 1.0, 1.0, 1.0, 1, 0)


def weekdays(first: date, last: date) -> list[Bar]:
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return [a_day(day) for day in days if day.weekday() < 5]


def test_every_part_has_the_time_of_a_call() -> None:
    market = Market(seconds=4.0)

    market.read(FIRST, LAST, "1m").unwrap()

    assert [left for _, left in market.asked] == [10.0] * 6
    assert (market.asked[0][0].first, market.asked[-1][0].last) == (FIRST, LAST)


@pytest.mark.parametrize("seconds", [10.0, 11.0])
def test_what_takes_too_long_is_said_to_and_how_far_it_came(seconds: float) -> None:
    market = Market(seconds=seconds)

    failed = market.read(FIRST, LAST, "1m").failure()

    assert failed == Unreadable("time ran out at the bars of 2026-01-25: ask for fewer days")
    assert [left for _, left in market.asked] == [10.0, 10.0, 10.0, min(10.0, 36.0 - 3 * seconds)]


def test_a_year_of_days_is_one_call() -> None:
    market = Market()

    assert market.read(FIRST, YEAR_END) == Success(weekdays(FIRST, YEAR_END))
    assert [span for span, _ in market.asked] == [Span(FIRST, YEAR_END)]


@pytest.mark.parametrize("shows", ["first", "last"])
@pytest.mark.parametrize("most", [6, 7, 30, 300])
def test_a_server_that_cuts_a_year_short_without_a_word_is_asked_in_short_calls(shows: str, most: int) -> None:
    market = Market(most=most, shows=shows)

    assert market.read(FIRST, YEAR_END) == Success(weekdays(FIRST, YEAR_END))
    assert all((span.last - span.first).days < 6 for span, _ in market.asked[1:])


def test_a_server_that_refuses_a_year_is_asked_in_short_calls() -> None:
    market = Market(most=7, refuses=True)

    assert market.read(FIRST, YEAR_END) == Success(weekdays(FIRST, YEAR_END))


def test_a_contract_of_this_autumn_costs_one_look_before_its_first_day() -> None:
    market = Market(listed=date(2026, 9, 1))

    assert market.read(FIRST, YEAR_END) == Success(weekdays(date(2026, 9, 1), YEAR_END))
    assert [span for span, _ in market.asked[1:]] == [Span(date(2026, 8, 26), date(2026, 8, 31))]


def test_where_nothing_was_traded_one_look_at_the_latest_days_is_enough() -> None:
    market = Market(listed=date(2027, 1, 1))

    assert market.read(FIRST, YEAR_END) == Success([])
    assert len(market.asked) == 2


@pytest.mark.parametrize(("error", "calls"), [(Unreadable("not now"), 2), (RateLimited("too fast"), 1)])
def test_what_cannot_be_read_is_an_error_and_only_a_long_range_that_was_not_understood_is_cut(
    error: BrokerError, calls: int
) -> None:
    market = Market(error=error)

    assert market.read(FIRST, YEAR_END) == Failure(error)
    assert len(market.asked) == calls


def test_days_need_no_look_when_a_short_range_is_asked_for() -> None:
    market = Market(listed=YEAR_END)

    assert market.read(FIRST, FIRST + timedelta(days=5), DAILY.name) == Success([])
    assert len(market.asked) == 1
