"""Where a trial order rests: a price at which a buyer shows that orders work, and buys nothing."""

from decimal import Decimal
from typing import Final

from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.money import nearest_ticks

_AWAY: Final = Decimal("0.9")
"""Of the last price: far enough not to trade, and near enough for the broker's own limits."""
_TOO_NEAR: Final = Decimal("0.95")


def resting_price(instrument: Instrument, last_price: Decimal | None) -> Decimal | None:
    """Return a buying price in rupees on the tick and inside the day's band, well below the market.

    None where there is no such price: without a last price the market is not known, and where the band begins
    close to it, or the price is down to a few ticks, an order could trade.
    """
    if last_price is None:
        return None
    tick = instrument.tick_size
    price = max(nearest_ticks(last_price * _AWAY, tick)[0], _lowest(instrument))
    return price if tick <= price <= last_price * _TOO_NEAR else None


def _lowest(instrument: Instrument) -> Decimal:
    band = instrument.lower_band
    if band is None:
        return instrument.tick_size
    below, above = nearest_ticks(band, instrument.tick_size)
    return below if below == band else above
