"""Historical bars: which of the broker's bars make up an interval, when a bar begins, and what a range is asked in.

The broker stamps a bar with its last second (protocol reference, section 9.3). A bar of ours begins on the grid that
starts when its exchange opens: 09:15, 09:45 and so on for half hours of shares, whatever grid the broker might use. So
only intervals that divide both 09:00 and 09:15 are taken from the broker as they are; the others are put together.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Final, NamedTuple

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.market_data.calendar import IST, closes_at, opens_at
from jainam_prop.domain.market_data.quote import Quote

_MINUTE: Final = 60
_DAY: Final = 86_400
_SURE_DAYS: Final = 6
"""The most days of one call that clients of live servers are seen to ask for."""
_DAILY_DAYS: Final = 365
_LONGEST_PAUSE: Final = timedelta(days=7)
"""No exchange is closed for so long between two sessions."""


class Bar(NamedTuple):
    """What was traded in one interval; prices in rupees as the broker sent them, volume and interest in units.

    Attributes:
        at: seconds since 1970 in UTC; the stamp of the broker, or once it is lined up the first second of the bar,
            which for a day is midnight UTC of its date.
        open_interest: at the end; zero for what has none.
    """

    at: int
    open: float
    high: float
    low: float
    close: float
    volume: int
    open_interest: int


@dataclass(frozen=True, slots=True)
class Interval:
    """A length of bars; ``source`` is the length that the broker is asked for, which the bars are made of.

    Attributes:
        seconds, source: of one bar; a day counts 86,400.
    """

    name: str
    seconds: int
    source: int

    @property
    def is_daily(self) -> bool:
        """Whether a bar is a whole day."""
        return self.seconds == _DAY


def _minutes(name: str, count: int, source: int) -> Interval:
    return Interval(name, count * _MINUTE, source * _MINUTE)


DAILY: Final = Interval("D", _DAY, _DAY)
INTERVALS: Final = {
    interval.name: interval
    for interval in (
        _minutes("1m", 1, 1),
        _minutes("2m", 2, 1),
        _minutes("3m", 3, 3),
        _minutes("5m", 5, 5),
        _minutes("10m", 10, 5),
        _minutes("15m", 15, 15),
        _minutes("20m", 20, 5),
        _minutes("30m", 30, 15),
        _minutes("1h", 60, 15),
        _minutes("2h", 120, 15),
        _minutes("3h", 180, 15),
        _minutes("4h", 240, 15),
        DAILY,
    )
}
"""By the host's names."""


class Span(NamedTuple):
    """Whole days, both included."""

    first: date
    last: date


def spans(first: date, last: date, interval: Interval) -> Iterator[Span]:
    """Cut a range of days into calls, without a gap and without an overlap; nothing for an empty range."""
    return _cut(first, last, _DAILY_DAYS if interval.is_daily else _SURE_DAYS)


def sure_spans(span: Span) -> list[Span]:
    """Cut days into calls that are short enough for every server that was seen."""
    return list(_cut(span.first, span.last, _SURE_DAYS))


def untold(span: Span, told: Sequence[Bar]) -> list[Span]:
    """Return the days to look at where the bars of a long call begin too late or end too early to be all.

    A server may cut a long range short without a word; or nothing was traded there. The days next to the bars tell.
    """
    if len(sure_spans(span)) == 1:
        return []
    if not told:
        return sure_spans(span)[-1:]
    days = [datetime.fromtimestamp(bar.at, IST).date() for bar in told]
    one, few = timedelta(days=1), timedelta(days=_SURE_DAYS)
    before, after = Span(min(days) - few, min(days) - one), Span(max(days) + one, max(days) + few)
    early = [before] if min(days) - span.first > _LONGEST_PAUSE else []
    return early + ([after] if span.last - max(days) > _LONGEST_PAUSE else [])


def _cut(first: date, last: date, days: int) -> Iterator[Span]:
    step = timedelta(days=days)
    while first <= last:
        yield Span(first, min(last, first + step - timedelta(days=1)))
        first += step


def line_up(stamped: Iterable[Bar], interval: Interval, exchange: Exchange) -> list[Bar]:
    """Return the bars of an interval, oldest first, each once; what is stamped twice counts as last told."""
    latest = {bar.at: bar for bar in stamped}
    ordered = [latest[at] for at in sorted(latest)]
    if interval.is_daily:
        return [_joined(midnight, bars) for midnight, bars in groupby(ordered, lambda bar: _midnight(bar.at))]
    opens = opens_at(exchange)
    early = 1 if _are_ends(ordered, interval, exchange) else 0
    grouped = groupby(ordered, lambda bar: _begins(bar.at - early, interval, opens))
    return [_joined(begins, bars) for begins, bars in grouped]


def _are_ends(ordered: Sequence[Bar], interval: Interval, exchange: Exchange) -> bool:
    """Return whether stamps on whole intervals are the ends of the bars: one is at a close, and none at an opening.

    The usual stamp, a second before the end (``09:15:59``), needs no such question.
    """
    moments = [datetime.fromtimestamp(bar.at, IST) for bar in ordered]
    if any(moment.second or (moment.hour * 60 + moment.minute) * 60 % interval.source for moment in moments):
        return False
    if any(moment.time() == opens_at(exchange) for moment in moments):
        return False
    return any(moment.time() == closes_at(exchange, moment.date()) for moment in moments)


def today_so_far(quote: Quote, now: datetime) -> Bar | None:
    """Return the daily bar that is still forming, which the broker leaves out; None when nothing was traded today.

    Args:
        quote: the snapshot of the contract.
        now: the present moment, aware.
    """
    today = now.astimezone(IST).date()
    if quote.traded_at is None or datetime.fromtimestamp(quote.traded_at, IST).date() != today:
        return None
    prices = quote.open, quote.high, quote.low, quote.last_price
    if None in prices:
        return None
    opened, high, low, last = (float(price) for price in prices if price is not None)
    return Bar(_midnight(quote.traded_at), opened, high, low, last, quote.volume or 0, quote.open_interest or 0)


def _begins(stamp: int, interval: Interval, opens: time) -> int:
    """Return when the bar with this stamp begins; before the opening the grid goes on backwards."""
    day = datetime.fromtimestamp(stamp, IST).date()
    opening = int(datetime.combine(day, opens, IST).timestamp())
    return opening + (stamp - opening) // interval.seconds * interval.seconds


def _midnight(stamp: int) -> int:
    """Return midnight UTC of the Indian date of a stamp."""
    day = datetime.fromtimestamp(stamp, IST).date()
    return int(datetime.combine(day, time(), UTC).timestamp())


def _joined(at: int, group: Iterable[Bar]) -> Bar:
    bars = list(group)
    return Bar(
        at,
        bars[0].open,
        max(bar.high for bar in bars),
        min(bar.low for bar in bars),
        bars[-1].close,
        sum(bar.volume for bar in bars),
        bars[-1].open_interest,
    )
