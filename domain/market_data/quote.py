"""A snapshot of one contract's market: only prices that the exchange sent, never invented ones."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Level:
    """One price of the order book with the units and orders waiting there."""

    price: Decimal
    quantity: int
    orders: int = 0


@dataclass(frozen=True, slots=True)
class Quote:
    """Prices in rupees, quantities in units; None where the exchange sent nothing.

    Attributes:
        close: the previous session's close.
        bids, asks: best first; empty when that side has no orders.
        open_interest: units open, derivatives only; quotes carry none, it is asked for apart.
        traded_at: when it was last traded, or for an index last computed; seconds since 1970 in UTC.
    """

    last_price: Decimal | None
    last_quantity: int | None = None
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    close: Decimal | None = None
    volume: int | None = None
    total_buy: int | None = None
    total_sell: int | None = None
    open_interest: int | None = None
    bids: tuple[Level, ...] = ()
    asks: tuple[Level, ...] = ()
    traded_at: int | None = None
