"""Trading hours of exchanges: weekly hours with the dates from which they apply, holidays, and special sessions.

They are hints by which silence is judged: an exchange that sends a price trades, whatever a calendar says. Times are
India's.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.market_data.calendar import IST

_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class DayPart:
    """Part of a day, without its end; a ``closes`` of midnight is the end of the day."""

    opens: time = time()
    closes: time = time()

    def holds(self, at: time) -> bool:
        """Return whether a time of day lies in it."""
        return self.opens <= at and (at < self.closes or self.closes == time())


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """Hours of Monday to Friday from a day on.

    Attributes:
        longer: closing times of some underlyings that trade longer than the others.
    """

    since: date
    span: DayPart
    longer: Mapping[str, time] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TradingCalendar:
    """When continuous trading is scheduled.

    Attributes:
        hours: by exchange, the latest last; an exchange without any has none.
        closed: parts of days on which an exchange does not trade, mostly all of a holiday.
        sessions: special sessions, also on holidays and weekends.
    """

    hours: Mapping[Exchange, tuple[WeeklyHours, ...]]
    closed: Mapping[tuple[Exchange, date], tuple[DayPart, ...]]
    sessions: Mapping[tuple[Exchange, date], tuple[DayPart, ...]]

    def is_trading(self, exchange: Exchange, now: datetime, underlying: str = "") -> bool:
        """Return whether continuous trading is scheduled at a moment (aware); the underlying may make it longer."""
        local = now.astimezone(IST)
        day, at = local.date(), local.time()
        if any(session.holds(at) for session in self.sessions.get((exchange, day), ())):
            return True
        if local.weekday() >= _SATURDAY or any(span.holds(at) for span in self.closed.get((exchange, day), ())):
            return False
        hours = next((each for each in reversed(self.hours.get(exchange, ())) if each.since <= day), None)
        if hours is None:
            return False
        return DayPart(hours.span.opens, hours.longer.get(underlying, hours.span.closes)).holds(at)

    def with_days_of(self, other: "TradingCalendar") -> "TradingCalendar":
        """Return this calendar with the entries of another on top: its hours for an exchange replace all of them."""
        return TradingCalendar(
            {**self.hours, **other.hours}, {**self.closed, **other.closed}, {**self.sessions, **other.sessions}
        )
