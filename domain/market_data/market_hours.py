"""When an exchange can be expected to send prices, so that silence means a fault; holidays are not known here."""

from datetime import datetime, time
from typing import Final

from jainam_prop.domain.exchange import Exchange
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
_SATURDAY: Final = 5


def opens_at(exchange: Exchange) -> time:
    """Return when continuous trading begins, by India's clock; the bars of the day are counted from then on."""
    return _HOURS.get(exchange, _SHARES)[0]


def is_trading(exchange: Exchange, now: datetime) -> bool:
    """Whether continuous trading is scheduled at a moment (aware)."""
    local = now.astimezone(IST)
    opens, closes = _HOURS.get(exchange, _SHARES)
    return local.weekday() < _SATURDAY and opens <= local.time() < closes
