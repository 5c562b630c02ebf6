"""Ticks of one contract, with the fields that the packet has, and what a stream carries: modes, codes, depth.

Prices are floats here and only here: a tick is shown, charted and handed to a host that reads JSON, at thousands a
second. Nothing that decides an order is computed from one; orders use the `Decimal` prices of `domain.quote`. A field
is None where the packet says nothing, or holds zero, which stands for "no price" on the wire.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, TypeAlias

from jainam_prop.domain.exchange import CASH_EXCHANGES, INDEX_EXCHANGES, Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey


class FeedMode(IntEnum):
    """Detail of a market-data subscription; a higher mode includes the lower ones."""

    LTP = 1
    QUOTE = 2
    DEPTH = 3


@dataclass(frozen=True, slots=True)
class StreamCapability:
    """Facts about a stream; what is not listed is refused, never replaced by something similar.

    Attributes:
        exchanges: exchanges that can be subscribed.
        code_by_mode: message code of each mode.
        open_interest_code: message code with the open interest of a derivative.
        depth_levels: rows per side that the book can have.
    """

    exchanges: frozenset[Exchange]
    code_by_mode: Mapping[FeedMode, int]
    open_interest_code: int
    depth_levels: tuple[int, ...]

    @property
    def modes(self) -> frozenset[FeedMode]:
        """Modes that can be subscribed."""
        return frozenset(self.code_by_mode)

    def codes(self, exchange: Exchange, mode: FeedMode) -> tuple[int, ...]:
        """Return the message codes of a mode; derivatives have their open interest in a message of its own."""
        code = self.code_by_mode[mode]
        has_interest = mode is not FeedMode.LTP and exchange not in CASH_EXCHANGES | INDEX_EXCHANGES
        return (code, self.open_interest_code) if has_interest else (code,)

    def get_supported_depth_levels(self, exchange: str) -> list[int]:
        """Return how many rows per side the book can have; none for an exchange that is not known."""
        return list(self.depth_levels) if exchange in self.exchanges else []

    def is_depth_level_supported(self, exchange: str, depth_level: int) -> bool:
        """Return whether the book comes with exactly this many rows per side."""
        return depth_level in self.get_supported_depth_levels(exchange)

    def get_fallback_depth_level(self, exchange: str, requested_depth: int) -> int | None:
        """Return the most rows available, at most those requested where that is possible; None if there are none.

        A caller that gets another number than it requested has to say so.
        """
        supported = self.get_supported_depth_levels(exchange)
        fitting = [level for level in supported if level <= requested_depth]
        return max(fitting, default=min(supported, default=None))


TickLevel: TypeAlias = tuple[float, int, int]
"""One price of the order book: rupees, the units waiting there, and in how many orders."""


class Tick(NamedTuple):
    """Prices of one contract at one moment.

    A tuple that is made positionally: building it must cost less than parsing the packet it comes from.

    Attributes:
        last_price, open, high, low: rupees, of this session.
        close: rupees, of the session before; never a stand-in for a missing last price.
        average_price: rupees, weighted over the session's volume.
        change_percent: of the last price against ``close``.
        last_quantity, volume, total_buy, total_sell: units.
        bids, asks: best first; an empty tuple where that side has nobody, None where the packet has no book.
        traded_at, updated_at: UTC, in whole seconds since 1970.
        sequence: the server's number for the update, zero where it gave none; some send one constant.
        mode: what the message carries: the last price, a quote with the best row a side, or the depth of the book.
    """

    instrument: InstrumentKey
    last_price: float | None
    average_price: float | None
    change_percent: float | None
    open: float | None
    high: float | None
    low: float | None
    close: float | None
    last_quantity: int | None
    volume: int | None
    total_buy: int | None
    total_sell: int | None
    bids: tuple[TickLevel, ...] | None
    asks: tuple[TickLevel, ...] | None
    traded_at: int | None
    updated_at: int | None
    sequence: int = 0
    mode: FeedMode = FeedMode.QUOTE


class OpenInterest(NamedTuple):
    """How many units of a derivative are open; it carries no price."""

    instrument: InstrumentKey
    open_interest: int


class Candle(NamedTuple):
    """One minute of trading; rupees and units. ``ends_at`` is UTC, in whole seconds since 1970, its last second."""

    instrument: InstrumentKey
    ends_at: int
    open: float | None
    high: float | None
    low: float | None
    close: float | None
    volume: int | None
    open_interest: int | None


class MarketPhase(NamedTuple):
    """A segment enters a phase of its day (pre-open, open, closed …), in the broker's numbers and words."""

    segment: int
    session: int
    market: int
    message: str


class Stale(NamedTuple):
    """The last price of a contract is not known to be current: no message, image or quote confirmed it after a gap.

    Attributes:
        seconds: since when, as a duration.
    """

    instrument: InstrumentKey
    seconds: float


FeedEvent: TypeAlias = Tick | OpenInterest | Candle | MarketPhase | Stale


def conflation_key(event: FeedEvent) -> Hashable:
    """Return the key of the state that an event shows; a later event of one key makes an earlier one needless."""
    match event:
        case Tick():
            return event.mode, event.instrument
        case OpenInterest() | Stale():
            return type(event), event.instrument
        case Candle() | MarketPhase():
            return event
