"""Historical bars: a seeded walk for the days before the trading day, the market's own bars from then on.

The walk of a closed day goes from the close of the day before to its own close, and the last closed day ends at the
price at which the trading day starts. A session minute without a trade on the trading day is flat. So a bar opens
where the one before it closed, a day bar is its minute bars taken together, and for one seed and one trading day a
finished bar is the same in every reply.
"""

import random
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import chain, groupby
from typing import Final, NamedTuple

from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.market import MinuteBar
from jainam_prop.adapters.simulator.ticks.snapshots import MarketSnapshot
from jainam_prop.adapters.simulator.vocabulary import EPOCH, indian_wall_clock

_MINUTE: Final = timedelta(minutes=1)
_SHARES: Final = (time(9, 15), time(15, 30))
_HOURS: Final = {"NSECD": (time(9), time(17)), "MCXFO": (time(9), time(23, 30))}
_WITH_INTEREST: Final = frozenset({"NSEFO", "BSEFO", "NSECD", "MCXFO"})
_INDEX_TICK: Final = Decimal("0.05")
_SATURDAY: Final = 5
_LONGEST_SPAN: Final = timedelta(days=7)
"""Of one call for bars within a day; the rest is left out without an error, the shortest that servers might allow."""


class Bar(NamedTuple):
    """One bar in rupees and units; ``stamp`` is its last second, or the first of its day, as an Indian wall clock."""

    stamp: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int
    interest: int


class Window(NamedTuple):
    """From one Indian wall clock to another."""

    start: datetime
    end: datetime


class _Walk(NamedTuple):
    """The random walk of one instrument; ``seed`` names its random stream."""

    seed: str
    tick: Decimal
    hours: tuple[time, time]


class _ClosedDay(NamedTuple):
    """A day before the trading day, with its first and last price in ticks."""

    day: date
    opened: int
    closed: int


class History:
    """The bars of one instrument or index, none of which is newer than the exchange's clock."""

    def __init__(self, exchange: SimulatedExchange, segment: str, token: int) -> None:
        """Read the state of an instrument or index.

        Raises:
            LookupError: the segment has neither an instrument nor an index with this number.
        """
        snapshot = MarketSnapshot(exchange, segment, token)
        market = snapshot.market
        self._start = market.listing.price if market else Decimal(str(snapshot.last))
        self._traded = {bar.minute: bar for bar in market.bars} if market else {}
        tick, hours = market.listing.tick if market else _INDEX_TICK, _HOURS.get(segment, _SHARES)
        self._walk = _Walk(f"{exchange.config.seed} {segment} {token}", tick, hours)
        self._interest = snapshot.open_interest if segment in _WITH_INTEREST else 0
        self._now = indian_wall_clock(exchange.clock.now())
        self._exchange = exchange

    def days(self, window: Window) -> Iterator[Bar]:
        """Return the bars of whole days, without the day that is not over."""
        most = self._exchange.config.daily_history_days
        first, last = window.start.date(), min(window.end.date(), self._now.date() - timedelta(days=1))
        last = last if most is None else min(last, first + timedelta(days=most - 1))
        closed = (_day_bar(self._walk, day) for day in self._closed_days(first, last))
        live = groupby(self._live_minutes(first, last), lambda bar: bar.minute.date())
        joined = (_joined(bars, datetime.combine(day, time())) for day, bars in live)
        return (bar._replace(interest=self._interest) for bar in chain(closed, joined))

    def minutes(self, count: int, window: Window) -> Iterator[Bar]:
        """Return the bars of ``count`` minutes that begin and end within a window."""
        first = window.start.date()
        end = min(window.end, self._now, datetime.combine(first, time()) + _LONGEST_SPAN)
        closed = (_minutes(self._walk, day) for day in self._closed_days(first, end.date()))
        minutes = chain(*closed, self._live_minutes(first, end.date()))
        for begin, bars in groupby(minutes, lambda bar: self._begin_of(bar.minute, count)):
            last_second = self._end_of(begin, count) - timedelta(seconds=1)
            if window.start <= begin and last_second < end:
                yield _joined(bars, last_second)._replace(interest=self._interest)

    def _begin_of(self, minute: datetime, count: int) -> datetime:
        """Return the begin of a bar; bars are counted from the opening on."""
        opening = datetime.combine(minute.date(), self._walk.hours[0])
        return opening + (minute - opening) // (count * _MINUTE) * (count * _MINUTE)

    def _end_of(self, begin: datetime, count: int) -> datetime:
        """Return the end of a bar; the last one of a session ends at the closing."""
        closing = datetime.combine(begin.date(), self._walk.hours[1])
        return min(begin + count * _MINUTE, closing) if begin < closing else begin + count * _MINUTE

    def _closed_days(self, first: date, last: date) -> list[_ClosedDay]:
        """Walk back from the start of the trading day, and return the days of a range in order."""
        found: list[_ClosedDay] = []
        start = closed = round(self._start / self._walk.tick)
        for back in range(1, (self._exchange.day - first).days + 1):
            day = self._exchange.day - timedelta(days=back)
            if self._is_trading_day(day):
                change = random.Random(f"{self._walk.seed} {day}").gauss(0, 0.01)  # noqa: S311 - reproducible
                opened = max(1, start // 2, min(2 * start, round(closed / (1 + max(-0.05, min(0.05, change))))))
                found.append(_ClosedDay(day, opened, closed))
                closed = opened
        return [day for day in found[::-1] if day.day <= last]

    def _live_minutes(self, first: date, last: date) -> Iterator[MinuteBar]:
        """Return the minutes of a range from the trading day on, flat ones without a trade included."""
        first = max(first, self._exchange.day)
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        session = (minute for day in days if self._is_trading_day(day) for minute in _session(day, self._walk.hours))
        price = self._start
        for minute in sorted({*self._traded, *session}):
            bar = self._traded.get(minute) or MinuteBar(minute, price, price, price, price)
            price = bar.close
            if first <= minute.date() <= last:
                yield bar

    def _is_trading_day(self, day: date) -> bool:
        return day.weekday() < _SATURDAY and day not in self._exchange.config.holidays


def _session(day: date, hours: tuple[time, time]) -> list[datetime]:
    opening, closing = (datetime.combine(day, hour) for hour in hours)
    return [opening + number * _MINUTE for number in range((closing - opening) // _MINUTE)]


def _joined(minutes: Iterable[MinuteBar], stamp: datetime) -> Bar:
    bars = list(minutes)
    high, low = max(bar.high for bar in bars), min(bar.low for bar in bars)
    at = int((stamp - EPOCH).total_seconds())
    return Bar(at, bars[0].open, high, low, bars[-1].close, sum(bar.volume for bar in bars), 0)


@lru_cache(maxsize=4_096)
def _day_bar(walk: _Walk, day: _ClosedDay) -> Bar:
    return _joined(_minutes(walk, day), datetime.combine(day.day, time()))


@lru_cache(maxsize=64)
def _minutes(walk: _Walk, day: _ClosedDay) -> list[MinuteBar]:
    """Return the minute bars of a closed day: random steps, shifted evenly so that they end at the day's close."""
    session = _session(day.day, walk.hours)
    count = len(session)
    stream = random.Random(f"{walk.seed} {day.day} minutes")  # noqa: S311
    widest = max(1, day.opened // 2_500)
    steps = stream.choices(range(-widest, widest + 1), k=count)
    wicks = stream.choices((0, 0, 1, 2), k=2 * count)
    volumes = stream.choices(range(1_000, 100_000), k=count)
    shift = day.closed - day.opened - sum(steps)
    bars: list[MinuteBar] = []
    before, walked = day.opened, 0
    for index, (minute, step) in enumerate(zip(session, steps, strict=True)):
        walked += step
        close = max(1, day.opened + walked + shift * (index + 1) // count)
        top, bottom = max(before, close) + wicks[2 * index], max(1, min(before, close) - wicks[2 * index + 1])
        opened, high, low, closed = (ticks * walk.tick for ticks in (before, top, bottom, close))
        bars.append(MinuteBar(minute, opened, high, low, closed, volumes[index]))
        before = close
    return bars


def bar_text(bars: Iterable[Bar]) -> str:
    """Write bars as the live server does, separated by commas, with at least two decimals."""
    return ",".join(
        f"{bar.stamp}|{'|'.join(_rupees(price) for price in bar[1:5])}|{bar.volume}|{bar.interest}|" for bar in bars
    )


def _rupees(price: Decimal) -> str:
    exponent = price.as_tuple().exponent
    return f"{price:.{max(2, -exponent if isinstance(exponent, int) else 2)}f}"
