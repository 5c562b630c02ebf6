"""Quotes, and historical bars: prices that somebody asked for."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, TypeAlias, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.market_data.bar_reader import BarReader
from jainam_prop.application.ports.market_data import MarketData, OpenInterests, PriceHistory
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.exchange import CASH_EXCHANGES, INDEX_EXCHANGES
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.market_data.history import Bar, Interval, line_up, today_so_far
from jainam_prop.domain.market_data.quote import Quote
from jainam_prop.domain.sessions.session import Session

_LOG: Final = logging.getLogger(__name__)
_WITHOUT_INTEREST: Final = CASH_EXCHANGES | INDEX_EXCHANGES
_TOGETHER: Final = 50
"""Contracts whose quotes succeed or fail together; as many as one call to the broker may name."""

Quoted: TypeAlias = dict[InstrumentKey, Result[Quote, BrokerError]]


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
        reader = BarReader(self.history, self.clock, self.timing, session, key, interval)
        bars = reader.read(first, min(last, today)).map(lambda told: line_up(told, interval, key.exchange))
        if not is_successful(bars) or not interval.is_daily or not first <= today <= last:
            return bars
        quote = self.quotes.one(session, key)
        if not is_successful(quote):
            _LOG.warning("the daily bars of %s %s lack today's: %s", key.exchange, key.token, quote.failure().message)
            return bars
        return Success(_with_today(bars.unwrap(), today_so_far(quote.unwrap(), now)))


def _with_today(bars: list[Bar], forming: Bar | None) -> list[Bar]:
    """Add the day that is forming, unless the broker tells it itself."""
    return bars if forming is None or any(bar.at == forming.at for bar in bars) else [*bars, forming]
