"""Opening times of the exchanges, and when a contract expires; see `trading_calendar` for days and special sessions."""

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


def opens_at(exchange: Exchange) -> time:
    """Return when continuous trading begins, by India's clock; the bars of the day are counted from then on."""
    return _HOURS.get(exchange, _SHARES)[0]


def closes_at(exchange: Exchange) -> time:
    """Return when continuous trading ends, by India's clock."""
    return _HOURS.get(exchange, _SHARES)[1]


def expires_at(exchange: Exchange, expiry: date) -> datetime:
    """Return when trading in a contract ends: at the latest close of its exchange on its last day."""
    closes = _LATEST_CLOSE.get(exchange, closes_at(exchange))
    return datetime.combine(expiry, closes, IST)


def has_expired(instrument: Instrument, now: datetime) -> bool:
    """Return whether trading in a contract has ended; never for one without an expiry."""
    return instrument.expiry is not None and now >= expires_at(instrument.exchange, instrument.expiry)


def is_offered(instrument: Instrument, now: datetime) -> bool:
    """Return whether a search may show a contract: it still trades, and its symbol is its own."""
    return not (instrument.is_ambiguous or has_expired(instrument, now))
