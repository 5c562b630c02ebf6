"""Reading the bars of one contract, call after call, until all of a range is there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.ports.market_data import PriceHistory
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.history import Bar, Interval, Span, spans, sure_spans, untold
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class BarReader:
    """Reads bars as the broker stamped them; a part that could not be read fails the whole."""

    history: PriceHistory
    clock: Clock
    timing: Timing
    session: Session
    key: InstrumentKey
    interval: Interval

    def read(self, first: date, last: date) -> Result[list[Bar], BrokerError]:
        """Return the bars of these days, both included, in any order."""
        seconds = self.timing.history + len(sure_spans(Span(first, last)))
        deadline = Deadline(self.clock.monotonic() + seconds)
        if not self.interval.is_daily:
            return self._joined(spans(first, last, self.interval), deadline)
        bars: list[Bar] = []
        for span in spans(first, last, self.interval):
            part = self._days(span, deadline)
            if not is_successful(part):
                return part
            bars += part.unwrap()
        return Success(bars)

    def _days(self, span: Span, deadline: Deadline) -> Result[list[Bar], BrokerError]:
        """Read daily bars in one call, and again in short ones from a server that takes no long ones."""
        told = self._joined([span], deadline)
        if is_successful(told):
            takes_long = not self._is_cut_short(span, told.unwrap(), deadline)
        else:
            takes_long = not isinstance(told.failure(), Unreadable)
        return told if takes_long else self._joined(sure_spans(span), deadline)

    def _is_cut_short(self, span: Span, told: list[Bar], deadline: Deadline) -> bool:
        more = (self._joined([few], deadline) for few in untold(span, told))
        return any(not is_successful(bars) or bars.unwrap() for bars in more)

    def _joined(self, parts: Iterable[Span], deadline: Deadline) -> Result[list[Bar], BrokerError]:
        bars: list[Bar] = []
        for span in parts:
            left = deadline.remaining(self.clock.monotonic())
            if not left:
                return Failure(Unreadable(f"time ran out at the bars of {span.first}: ask for fewer days"))
            part = self.history.bars(self.session, self.key, self.interval.source, span, min(self.timing.call, left))
            if not is_successful(part):
                return Failure(part.failure())
            bars.extend(part.unwrap())
        return Success(bars)
