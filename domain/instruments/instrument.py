"""One tradable or quotable contract, and the key by which every order and position refers to it."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from jainam_prop.domain.exchange import Exchange

_CURRENCY_CONTRACT: Final = 1000
_SMALLEST_TICK: Final = Decimal("0.0001")


class InstrumentKind(StrEnum):
    """Type of a contract; values are those of the host's ``instrumenttype`` column."""

    EQUITY = "EQ"
    FUTURE = "FUT"
    CALL = "CE"
    PUT = "PE"
    INDEX = "INDEX"


class InstrumentKey(NamedTuple):
    """An exchange and its own number for a contract.

    The number alone is no key: exchanges number independently, so one token names different contracts on two of them.
    """

    exchange: Exchange
    token: int


class Instrument(NamedTuple):
    """A contract as the exchange lists it today.

    A tuple, since a master builds 150,000 of them at once: a frozen dataclass takes five times as long to make.

    Attributes:
        symbol: the host's symbol, unique within the exchange.
        broker_symbol: the trading symbol in the broker's master, for display and for cross-checks only.
        name: the company, or the root of the underlying for a derivative.
        lot_size: units in one lot; an order is a whole number of lots. On MCX and CDS a unit is mostly a lot.
        tick_size: rupees; a price is a whole number of ticks.
        freeze_quantity: the most units one order may carry, or None where the exchange sets no limit.
        strike: rupees, options only.
        lower_band: lowest price of the day in rupees, or None where there is no band; ``upper_band`` likewise.
        multiplier: rupees that a unit is worth per rupee of price (1 but for commodities and currencies whose unit is a
            lot: 250 for NATGASMINI).
        broker_exchange: the broker's word for the exchange, for display and for the host's table only.
    """

    exchange: Exchange
    token: int
    symbol: str
    broker_symbol: str
    name: str
    kind: InstrumentKind
    lot_size: int
    tick_size: Decimal
    freeze_quantity: int | None = None
    expiry: date | None = None
    strike: Decimal | None = None
    series: str = ""
    isin: str = ""
    lower_band: Decimal | None = None
    upper_band: Decimal | None = None
    multiplier: Decimal = Decimal(1)
    broker_exchange: str = ""

    @property
    def key(self) -> InstrumentKey:
        """The exchange and token under which orders and positions refer to this contract."""
        return InstrumentKey(self.exchange, self.token)

    @property
    def is_tradable(self) -> bool:
        """Whether it takes orders; an index does not."""
        return self.kind is not InstrumentKind.INDEX and not self.exchange.is_index

    @property
    def contract_size(self) -> int:
        """Quantity of the underlying in one unit; 1 where a unit is the underlying itself.

        A currency pair that is not settled in its own quotation has a multiplier that is no quantity; its contract is a
        thousand like the others.
        """
        if self.multiplier == self.multiplier.to_integral_value():
            return int(self.multiplier)
        return _CURRENCY_CONTRACT

    @property
    def is_ambiguous(self) -> bool:
        """Whether another contract of the master has the same symbol, so that this one is only known by its number."""
        return self.kind is not InstrumentKind.EQUITY and self.symbol.endswith(f"-{self.token}")

    @property
    def largest_order(self) -> int | None:
        """The most units one order may carry in whole lots, or None when there is no limit; one below a lot is none."""
        if self.freeze_quantity is None or self.freeze_quantity < self.lot_size:
            return None
        return self.freeze_quantity // self.lot_size * self.lot_size


def numbered(key: InstrumentKey, broker_symbol: str) -> Instrument:
    """Describe a contract of which only the number is known, to close it: no lot, no limit to the size of an order."""
    name = broker_symbol or str(key.token)
    return Instrument(key.exchange, key.token, name, name, name, InstrumentKind.EQUITY, 1, _SMALLEST_TICK)
