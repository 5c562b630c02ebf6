"""What every source of historical bars does: the bars of whole Indian days as they were stamped, or no bar at all."""

from datetime import date, datetime, timedelta

import pytest

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.domain.errors import Unreadable
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.market_data.history import DAILY, Span
from tests.contracts.broker import SECONDS, BrokerContract, LoggedIn
from tests.domain.samples import SBIN

NIFTY = InstrumentKey(Exchange.NSE_INDEX, 26000)
NOBODY = InstrumentKey(Exchange.NSE, 9_999_991)


def a_week_before(desk: LoggedIn) -> Span:
    """The week from Monday to Sunday before the broker's day."""
    today = desk.broker.exchange.day
    monday = today - timedelta(days=today.weekday() + 7)
    return Span(monday, monday + timedelta(days=6))


class PriceHistoryContract(BrokerContract):
    def test_a_trading_day_has_375_minutes_each_stamped_at_its_last_second(self, desk: LoggedIn) -> None:
        monday = a_week_before(desk).first

        bars = desk.broker.price_history.bars(desk.session, SBIN.key, 60, Span(monday, monday), SECONDS).unwrap()

        first, last = (datetime.fromtimestamp(bar.at, IST) for bar in (bars[0], bars[-1]))
        assert (len(bars), first.date()) == (375, monday)
        assert (f"{first:%H:%M:%S}", f"{last:%H:%M:%S}") == ("09:15:59", "15:29:59")

    def test_a_week_has_five_days(self, desk: LoggedIn) -> None:
        week = a_week_before(desk)

        days = desk.broker.price_history.bars(desk.session, SBIN.key, DAILY.seconds, week, SECONDS).unwrap()
        minutes = desk.broker.price_history.bars(desk.session, SBIN.key, 900, week, SECONDS).unwrap()

        dates = [datetime.fromtimestamp(bar.at, IST).date() for bar in days]
        assert dates == [week.first + timedelta(days=number) for number in range(5)]
        assert {datetime.fromtimestamp(bar.at, IST).date() for bar in minutes} == set(dates)

    def test_the_day_that_is_not_over_is_missing_from_the_days(self, desk: LoggedIn) -> None:
        today = desk.broker.exchange.day

        assert (
            desk.broker.price_history.bars(desk.session, SBIN.key, DAILY.seconds, Span(today, today), SECONDS).unwrap()
            == ()
        )

    def test_an_index_has_bars_too(self, desk: LoggedIn) -> None:
        week = a_week_before(desk)

        assert desk.broker.price_history.bars(desk.session, NIFTY, DAILY.seconds, week, SECONDS).unwrap()

    def test_what_is_not_listed_has_none(self, desk: LoggedIn) -> None:
        week = a_week_before(desk)

        assert desk.broker.price_history.bars(desk.session, NOBODY, DAILY.seconds, week, SECONDS).unwrap() == ()

    @pytest.mark.parametrize("fault", [FaultKind.SERVER_ERROR, FaultKind.BAD_JSON, FaultKind.REPLY_LOST])
    def test_what_could_not_be_read_is_no_standstill(self, desk: LoggedIn, fault: FaultKind) -> None:
        desk.strike(fault, "market", for_ever=True)

        failed = desk.broker.price_history.bars(
            desk.session, SBIN.key, 60, Span(date(2026, 3, 10), date(2026, 3, 10)), SECONDS
        ).failure()

        assert isinstance(failed, Unreadable)

    def test_open_interest_comes_for_derivatives_that_are_listed(self, desk: LoggedIn) -> None:
        keys = [listing.key for listing in list(desk.broker.exchange.universe.listings("NSEFO"))[:60]]

        found = desk.broker.open_interests.open_interest(desk.session, [*keys, NOBODY], SECONDS).unwrap()

        assert set(found) == set(keys)
        assert all(units > 0 for units in found.values())
