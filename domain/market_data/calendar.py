"""Opening times of exchanges and the expiry of contracts; weekly hours with their dates, holidays, special sessions.

They are hints by which silence is judged: an exchange that sends a price trades, whatever a calendar says. Times are
India's.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from typing import Final

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument

IST: Final = timezone(timedelta(hours=5, minutes=30), "IST")
"""India has one zone and no summer time, so a fixed offset is exact."""

_BOOKS_TURN: Final = timedelta(hours=8, minutes=30)
"""The time of day by which the broker's books are those of the new day; no exchange trades yet."""


def book_day(now: datetime) -> date:
    """Return the day in India whose books the broker shows at a moment (aware)."""
    return (now.astimezone(IST) - _BOOKS_TURN).date()


_SHARES: Final = (time(9, 15), time(15, 30))
_CURRENCIES: Final = (time(9, 0), time(17, 0))
_COMMODITIES: Final = (time(9, 0), time(23, 30))

_HOURS: Final = {
    Exchange.CDS: _CURRENCIES,
    Exchange.BCD: _CURRENCIES,
    Exchange.MCX: _COMMODITIES,
    Exchange.NCO: _COMMODITIES,
    Exchange.NCDEX: _COMMODITIES,
    Exchange.BSECO: _COMMODITIES,
    Exchange.MSECD: _CURRENCIES,
}
_LATEST_CLOSE: Final = {Exchange.MCX: time(23, 55), Exchange.NCO: time(23, 55), Exchange.BSECO: time(23, 55)}
"""Commodities trade longer while New York has winter time."""
_DERIVATIVES: Final = frozenset({Exchange.NFO, Exchange.BFO, Exchange.MSEFO})
_DERIVATIVES_CLOSE: Final = time(15, 40)
_CLOSING_AUCTION: Final = date(2026, 8, 3)
"""Since shares have a closing auction, derivatives on them trade for ten minutes longer."""


def opens_at(exchange: Exchange) -> time:
    """Return when continuous trading begins, by India's clock; the bars of the day are counted from then on."""
    return _HOURS.get(exchange, _SHARES)[0]


def closes_at(exchange: Exchange, day: date) -> time:
    """Return when continuous trading of a day ends, by India's clock."""
    if exchange in _DERIVATIVES and day >= _CLOSING_AUCTION:
        return _DERIVATIVES_CLOSE
    return _HOURS.get(exchange, _SHARES)[1]


def expires_at(exchange: Exchange, expiry: date) -> datetime:
    """Return when trading in a contract ends: at the latest close of its exchange on its last day."""
    closes = _LATEST_CLOSE.get(exchange, closes_at(exchange, expiry))
    return datetime.combine(expiry, closes, IST)


def is_over(exchange: Exchange, expiry: date | None, now: datetime) -> bool:
    """Return whether trading in contracts with an expiry has ended; never for those without one."""
    return expiry is not None and now >= expires_at(exchange, expiry)


def has_expired(instrument: Instrument, now: datetime) -> bool:
    """Return whether trading in a contract has ended."""
    return is_over(instrument.exchange, instrument.expiry, now)


def offered(instruments: Iterable[Instrument], now: datetime) -> Iterator[Instrument]:
    """Return the instruments that a search may show: those that still trade, and whose symbol is their own."""
    over: dict[tuple[Exchange, date | None], bool] = {}
    for each in instruments:
        pair = each.exchange, each.expiry
        if pair not in over:
            over[pair] = is_over(*pair, now)
        if not over[pair] and not each.is_ambiguous:
            yield each


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
