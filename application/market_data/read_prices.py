"""Quotes, historical bars, and the price bands of today that the market feed has sent."""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Final, TypeAlias, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.ports.market_data import MarketData, OpenInterests, PriceHistory
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.deadlines import Deadline, Timing
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.exchange import CASH_EXCHANGES, INDEX_EXCHANGES
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey
from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.market_data.history import Bar, Interval, Span, line_up, spans, sure_spans, today_so_far, untold
from jainam_prop.domain.market_data.quote import Quote
from jainam_prop.domain.sessions.session import Session


@final
class PriceBands:
    """Keeps the newest band of each contract that a feed of this process wants; safe to use from many threads."""

    def __init__(self) -> None:
        """Know none."""
        self._bands: dict[InstrumentKey, tuple[Decimal, Decimal]] = {}

    def note(self, key: InstrumentKey, lower: float, upper: float) -> None:
        """Take in a band in rupees."""
        self._bands[key] = Decimal(str(lower)), Decimal(str(upper))

    def of(self, instrument: Instrument) -> tuple[Decimal, Decimal] | None:
        """Return the newest band in rupees, by default that of the master; None where there is none."""
        lower, upper = instrument.lower_band, instrument.upper_band
        master = None if lower is None or upper is None else (lower, upper)
        return self._bands.get(instrument.key, master)


_LOG: Final = logging.getLogger(__name__)
_WITHOUT_INTEREST: Final = CASH_EXCHANGES | INDEX_EXCHANGES
_TOGETHER: Final = 50
"""Contracts whose quotes succeed or fail together; as many as one call to the broker may name."""

Quoted: TypeAlias = dict[InstrumentKey, Result[Quote, BrokerError]]
_PartsReader: TypeAlias = Callable[[Iterable[Span]], Result[list[Bar], BrokerError]]


@final
@dataclass(frozen=True, slots=True)
class ReadQuotes:
    """Reads snapshots, of derivatives with the open interest that comes in a message of its own."""

    market: MarketData
    interests: OpenInterests
    clock: Clock
    timing: Timing

    def __call__(self, session: Session, keys: Iterable[InstrumentKey]) -> Quoted:
        """Return for each contract its quote, or why there is none; what cannot be read of some leaves the others be.

        Prices without open interest are better than neither, so interest that cannot be read is unknown.
        """
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        wanted = list(dict.fromkeys(keys))
        quoted: Quoted = {}
        for start in range(0, len(wanted), _TOGETHER):
            quoted |= self._batch(session, wanted[start : start + _TOGETHER], deadline)
        derivatives = [key for key in wanted if key.exchange not in _WITHOUT_INTEREST and is_successful(quoted[key])]
        for key, units in self._open_units(session, derivatives, deadline).items():
            quoted[key] = Success(replace(quoted[key].unwrap(), open_interest=units))
        return quoted

    def one(self, session: Session, key: InstrumentKey) -> Result[Quote, BrokerError]:
        """Return the quote of one contract."""
        return self(session, [key])[key]

    def _batch(self, session: Session, keys: Sequence[InstrumentKey], deadline: Deadline) -> Quoted:
        left = deadline.remaining(self.clock.monotonic())
        found = (
            self.market.quotes(session, keys, left) if left else Failure(Unreadable("there was no time left for it"))
        )
        if not is_successful(found):
            return dict.fromkeys(keys, Failure(found.failure()))
        quotes = found.unwrap()
        missing = Failure(Unreadable("the broker has no quote for it"))
        return {key: Success(quotes[key]) if key in quotes else missing for key in keys}

    def _open_units(
        self, session: Session, keys: Sequence[InstrumentKey], deadline: Deadline
    ) -> dict[InstrumentKey, int]:
        left = deadline.remaining(self.clock.monotonic())
        if not keys or not left:
            return {}
        found = self.interests.open_interest(session, keys, left)
        if not is_successful(found):
            _LOG.warning("open interest could not be read")
        return found.value_or({})


@final
@dataclass(frozen=True, slots=True)
class ReadHistory:
    """Reads the bars of an interval over a range of days, in as many calls as that takes."""

    history: PriceHistory
    quotes: ReadQuotes
    clock: Clock
    timing: Timing

    def __call__(
        self, session: Session, key: InstrumentKey, interval: Interval, first: date, last: date
    ) -> Result[list[Bar], BrokerError]:
        """Return the bars that begin on these Indian days, both included, oldest first, today's daily one as it stands.

        The calls go out one after the other. A part that could not be read fails the whole: a chart with a hole in it
        looks like a market that stood still. Today's bar is left out, with a WARNING, when its quote cannot be read.
        """
        now = self.clock.now()
        today = now.astimezone(IST).date()
        ask = partial(self.history.bars, session, key, interval.source)
        read = read_bars(ask, Span(first, min(last, today)), interval, self.clock, self.timing)
        bars = read.map(lambda stamped: line_up(stamped, interval, key.exchange))
        if not is_successful(bars) or not interval.is_daily or not first <= today <= last:
            return bars
        quote = self.quotes.one(session, key)
        if not is_successful(quote):
            _LOG.warning("the daily bars of %s %s lack today's: %s", key.exchange, key.token, quote.failure().message)
            return bars
        return Success(_with_today(bars.unwrap(), today_so_far(quote.unwrap(), now)))


def _with_today(bars: list[Bar], forming: Bar | None) -> list[Bar]:
    """Add the day that is forming, unless the broker has it among its bars."""
    return bars if forming is None or any(bar.at == forming.at for bar in bars) else [*bars, forming]


def read_bars(
    ask: Callable[[Span, float], Result[tuple[Bar, ...], BrokerError]],
    days: Span,
    interval: Interval,
    clock: Clock,
    timing: Timing,
) -> Result[list[Bar], BrokerError]:
    """Return the bars of a range of days as the broker stamped them, in any order; one failed part fails the whole.

    Args:
        ask: reads one part within so many seconds.
        days: the range, both ends included.
        interval: the length of the bars.
        clock: for the deadline.
        timing: seconds of a call and of the whole.
    """
    deadline = Deadline(clock.monotonic() + timing.history + len(sure_spans(days)))

    def read(parts: Iterable[Span]) -> Result[list[Bar], BrokerError]:
        bars: list[Bar] = []
        for part in parts:
            left = deadline.remaining(clock.monotonic())
            if not left:
                return Failure(Unreadable(f"time ran out at the bars of {part.first}: ask for fewer days"))
            found = ask(part, min(timing.call, left))
            if not is_successful(found):
                return Failure(found.failure())
            bars += found.unwrap()
        return Success(bars)

    parts = spans(days.first, days.last, interval)
    return _read_daily(parts, read) if interval.is_daily else read(parts)


def _read_daily(parts: Iterable[Span], read: _PartsReader) -> Result[list[Bar], BrokerError]:
    """Read daily bars in long calls, and in short ones where the server takes no long ones."""
    bars: list[Bar] = []
    for part in parts:
        found = read([part])
        if _is_too_long(part, found, read):
            found = read(sure_spans(part))
        if not is_successful(found):
            return found
        bars += found.unwrap()
    return Success(bars)


def _is_too_long(part: Span, found: Result[list[Bar], BrokerError], read: _PartsReader) -> bool:
    """Whether the server did not understand so long a part, or cut its bars short: it has some of the days left out."""
    if not is_successful(found):
        return isinstance(found.failure(), Unreadable)
    more = (read([few]) for few in untold(part, found.unwrap()))
    return any(not is_successful(bars) or bars.unwrap() for bars in more)
