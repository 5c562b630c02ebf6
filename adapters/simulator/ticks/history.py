"""CandleBuilder of days gone by: a seeded random walk that is the same however it is asked for."""

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple

from jainam_prop.adapters.simulator.clock import indian_wall_clock
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.ticks.snapshots import MarketSnapshot

DAY: Final = 86_400
_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - bars carry an Indian wall clock counted as if it were UTC
_SHARES: Final = (time(9, 15), time(15, 30))
_HOURS: Final = {
    "NSECD": (time(9), time(17)),
    "BSECD": (time(9), time(17)),
    "MCXFO": (time(9), time(23, 30)),
}
_WITH_INTEREST: Final = frozenset({"NSEFO", "BSEFO", "NSECD", "BSECD", "MCXFO"})
_SATURDAY: Final = 5
_MOST_DAYS: Final = 7
"""Of one call for bars within a day; what lies beyond is left out without a word, the least that servers might do."""


class Bar(NamedTuple):
    """One bar; ``stamp`` is its last second, or the midnight that begins its day, as an Indian wall clock in UTC."""

    stamp: int
    open: float
    high: float
    low: float
    close: float
    volume: int
    interest: int


class Window(NamedTuple):
    """From one Indian wall clock to another."""

    start: datetime
    end: datetime


def past_bars(exchange: SimulatedExchange, segment: str, token: int, seconds: int, window: Window) -> Iterator[Bar]:
    """Yield the bars that begin and end within a window; a bar that is not over yet is missing.

    Raises:
        LookupError: nothing of the segment has this number.
    """
    snapshot = MarketSnapshot(exchange, segment, token)
    interest = snapshot.open_interest if segment in _WITH_INTEREST else 0
    start, end = window
    now = indian_wall_clock(exchange.clock.now())
    stamps: Iterator[datetime]
    if seconds == DAY:
        most = exchange.config.daily_history_days
        until = end.date() if most is None else min(end.date(), start.date() + timedelta(days=most - 1))
        days = _days(start.date(), until, exchange.config.holidays)
        stamps = (datetime.combine(day, time()) for day in days if day < exchange.day)
    else:
        latest = min(end, now, datetime.combine(start.date() + timedelta(days=_MOST_DAYS), time()))
        days = _days(start.date(), latest.date(), exchange.config.holidays)
        stamps = _last_seconds(days, _HOURS.get(segment, _SHARES), seconds, Window(start, latest))
    return (_bar(token, stamp, snapshot.close, interest) for stamp in stamps)


def _last_seconds(days: Iterator[date], hours: tuple[time, time], seconds: int, window: Window) -> Iterator[datetime]:
    opens, closes = hours
    for day in days:
        begins, over = datetime.combine(day, opens), datetime.combine(day, closes)
        while begins < over:
            last = min(begins + timedelta(seconds=seconds), over) - timedelta(seconds=1)
            if window.start <= begins and last < window.end:
                yield last
            begins += timedelta(seconds=seconds)


def _days(first: date, last: date, holidays: frozenset[date]) -> Iterator[date]:
    for count in range((last - first).days + 1):
        day = first + timedelta(days=count)
        if day.weekday() < _SATURDAY and day not in holidays:
            yield day


def _bar(token: int, stamp: datetime, price: float, interest: int) -> Bar:
    seconds = int((stamp - _EPOCH).total_seconds())
    chance = random.Random(token * 1_000_003 + seconds)  # noqa: S311
    opened, closed = (round(price * (1 + chance.uniform(-0.01, 0.01)), 2) for _ in range(2))
    high, low = round(max(opened, closed) * 1.001, 2), round(min(opened, closed) * 0.999, 2)
    return Bar(seconds, opened, high, low, closed, chance.randrange(1_000, 100_000), interest)
