"""Quotes, and historical bars: prices that somebody asked for."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.ports.clock import Clock
from jainam_prop.application.ports.market_data import MarketData
from jainam_prop.application.ports.open_interests import OpenInterests
from jainam_prop.application.ports.price_history import PriceHistory
from jainam_prop.application.timing import Timing
from jainam_prop.domain.calendar import IST
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.exchange import CASH_EXCHANGES, INDEX_EXCHANGES
from jainam_prop.domain.history import Bar, Interval, line_up, spans, today_so_far
from jainam_prop.domain.instrument import InstrumentKey
from jainam_prop.domain.pacing import Deadline
from jainam_prop.domain.quote import Quote
from jainam_prop.domain.session import Session

_LOG: Final = logging.getLogger(__name__)
_WITHOUT_INTEREST: Final = CASH_EXCHANGES | INDEX_EXCHANGES


@final
@dataclass(frozen=True, slots=True)
class ReadQuotes:
    """Reads snapshots, of derivatives with the open interest that comes in a message of its own."""

    market: MarketData
    interests: OpenInterests
    clock: Clock
    timing: Timing

    def __call__(
        self, session: Session, keys: Sequence[InstrumentKey]
    ) -> Result[dict[InstrumentKey, Quote], BrokerError]:
        """Return a quote for each contract that the server answered for; the others are missing, not zero.

        Prices without open interest are better than neither, so interest that cannot be read is unknown.
        """
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        quotes = self.market.quotes(session, keys, deadline.remaining(self.clock.monotonic()))
        derivatives = [key for key in keys if key.exchange not in _WITHOUT_INTEREST]
        if not derivatives or not is_successful(quotes):
            return quotes
        interests = self.interests.open_interest(session, derivatives, deadline.remaining(self.clock.monotonic()))
        if not is_successful(interests):
            _LOG.warning("open interest could not be read")
        open_units = interests.value_or({})
        return quotes.map(
            lambda found: {key: replace(quote, open_interest=open_units.get(key)) for key, quote in found.items()}
        )


@final
@dataclass(frozen=True, slots=True)
class ReadHistory:
    """Reads the bars of an interval over a range of days, in as many calls as that takes."""

    history: PriceHistory
    market: MarketData
    clock: Clock
    timing: Timing

    def __call__(
        self, session: Session, key: InstrumentKey, interval: Interval, first: date, last: date
    ) -> Result[list[Bar], BrokerError]:
        """Return the bars that begin on these Indian days, both included, oldest first, today's daily one as it stands.

        All calls together may take ``timing.history`` seconds. A part that could not be read fails the whole: a chart
        with a hole in it looks like a market that stood still.
        """
        now = self.clock.now()
        today = now.astimezone(IST).date()
        deadline = Deadline(self.clock.monotonic() + self.timing.history)
        stamped: list[Bar] = []
        for span in spans(first, min(last, today), interval):
            left = min(self.timing.call, deadline.remaining(self.clock.monotonic()))
            part = self.history.bars(session, key, interval.source, span, left)
            if not is_successful(part):
                return Failure(part.failure())
            stamped.extend(part.unwrap())
        bars = line_up(stamped, interval, key.exchange)
        if not interval.is_daily or not first <= today <= last:
            return Success(bars)
        return self._with_today(session, key, bars, now)

    def _with_today(
        self, session: Session, key: InstrumentKey, bars: list[Bar], now: datetime
    ) -> Result[list[Bar], BrokerError]:
        quotes = self.market.quotes(session, [key], self.timing.call)
        if not is_successful(quotes):
            return Failure(quotes.failure())
        quote = quotes.unwrap().get(key)
        forming = None if quote is None else today_so_far(quote, now)
        if forming is None or any(bar.at == forming.at for bar in bars):
            return Success(bars)
        return Success([*bars, forming])
