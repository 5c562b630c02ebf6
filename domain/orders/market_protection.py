"""Market protection: a MARKET order turned into a LIMIT order that trades at once, but not at any price."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from enum import StrEnum
from typing import Final

from jainam_prop.domain.errors import BrokerError, Rejected
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.orders.order import PriceType, Side

_HUNDRED: Final = Decimal(100)


class MarketFallback(StrEnum):
    """What happens to MARKET orders: they go as they are; once more with a limit when refused; always with a limit."""

    OFF = "off"
    PROTECTED_LIMIT = "protected-limit"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class MarketRefusal:
    """The refusal of an order for being MARKET, which brokers give keys that they count as algorithmic.

    Attributes:
        code: of the refusal.
        words: lower-case words in its text. Both must match: neither is documented, and a code may change its meaning.
    """

    code: str
    words: str

    def matches(self, error: BrokerError) -> bool:
        """Return whether an error is this refusal."""
        return isinstance(error, Rejected) and error.code == self.code and self.words in error.reason.casefold()


@dataclass(frozen=True, slots=True)
class ProtectionRule:
    """When MARKET orders get a limit.

    Attributes:
        fallback: never, always, or after a refusal.
        percent: distance of the limit from the last price, in per cent of that price.
        refusal: how the broker refuses a MARKET order; None where it never does.
    """

    fallback: MarketFallback = MarketFallback.OFF
    percent: Decimal = Decimal(1)
    refusal: MarketRefusal | None = None

    def is_refusal(self, error: BrokerError) -> bool:
        """Return whether the broker refused an order for being MARKET."""
        return self.refusal is not None and self.refusal.matches(error)


def is_naked(price_type: PriceType) -> bool:
    """Whether protection applies: a stop that fires as MARKET (SL-M) has no price now to be protected from."""
    return price_type is PriceType.MARKET


def protected_price(side: Side, last_price: Decimal, percent: Decimal, instrument: Instrument) -> Decimal | None:
    """Return the limit, in rupees, that lets an order trade at once; None when the band leaves no valid price.

    The limit is ``percent`` worse than the last price, rounded away from it to the tick, so that the cheapest option
    gets a tick of room as well, and kept inside the day's price band. An edge of the band that the last price has
    passed is not today's any more: kept inside it, an exit would rest behind the market.
    """
    tick = instrument.tick_size
    distance = last_price * percent / _HUNDRED
    if side is Side.BUY:
        wanted = _on_tick(last_price + distance, tick, ROUND_CEILING)
    else:
        wanted = _on_tick(last_price - distance, tick, ROUND_FLOOR)
    lowest, highest = _range(instrument)
    if side is Side.BUY and instrument.upper_band is not None and instrument.upper_band < last_price:
        highest = None
    if side is Side.SELL and instrument.lower_band is not None and instrument.lower_band > last_price:
        lowest = tick
    if highest is not None and highest < lowest:
        return None
    kept = max(wanted, lowest)
    return kept if highest is None else min(kept, highest)


def edge_price(side: Side, instrument: Instrument) -> Decimal | None:
    """Return the limit, in rupees, of an exit without a last price: the far edge of the band; None without a band."""
    lowest, highest = _range(instrument)
    return highest if side is Side.BUY else None if instrument.lower_band is None else lowest


def _range(instrument: Instrument) -> tuple[Decimal, Decimal | None]:
    """Return the lowest and the highest valid price; None where there is no highest."""
    tick, lower, upper = instrument.tick_size, instrument.lower_band, instrument.upper_band
    lowest = tick if lower is None else max(tick, _on_tick(lower, tick, ROUND_CEILING))
    return lowest, None if upper is None else _on_tick(upper, tick, ROUND_FLOOR)


def _on_tick(price: Decimal, tick: Decimal, rounding: str) -> Decimal:
    return (price / tick).to_integral_value(rounding) * tick
