"""Opening times of the exchanges, and when a contract expires; see `trading_calendar` for days and special sessions."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Final

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.market_data.calendar import IST

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
