"""Ticks in the words of OpenAlgo's stream; what a packet does not say is left out, never made up.

Topics are ``EXCHANGE_SYMBOL_MODE``. The host's proxy hands each client only the highest mode that it subscribed, so a
contract is published in every mode that was asked for. Some keys stand twice, because the host's pages and its client
spell them differently.
"""

import time
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.market_data.stream_capability import FeedMode
from jainam_prop.domain.market_data.tick import Tick, TickLevel

Cells: TypeAlias = dict[str, Any]

ROWS: Final = 5
_PADDING: Final[Cells] = {"price": 0.0, "quantity": 0, "orders": 0}
"""An empty row: the host's pages want five rows a side."""

_LTP, _QUOTE, _DEPTH = FeedMode


@dataclass(slots=True)
class Subscription:
    """One contract that the host subscribed, with what is not in every packet about it.

    Attributes:
        symbol, exchange: as the host wrote them; an index is asked for under an exchange of its own.
        bands: the day's price bands.
        topics: of each mode that was asked for.
        open_interest: units; None as long as it was not heard.
        last: what was published last in each mode with open interest.
    """

    symbol: str
    exchange: str
    bands: Cells
    topics: dict[FeedMode, str] = field(default_factory=dict)
    open_interest: int | None = None
    last: dict[FeedMode, Cells] = field(default_factory=dict)

    @property
    def mode(self) -> FeedMode:
        """The highest mode that was asked for."""
        return max(self.topics)

    def add(self, mode: FeedMode) -> None:
        """Publish in a further mode, the highest first."""
        self.topics[mode] = topic_of(self.exchange, self.symbol, mode)
        self.topics = dict(sorted(self.topics.items(), reverse=True))


def subscription_to(instrument: Instrument, symbol: str, exchange: str) -> Subscription:
    """Return a subscription without any mode; the day's price bands come from the master and stay as they are."""
    bands = {"lower_circuit": instrument.lower_band, "upper_circuit": instrument.upper_band}
    return Subscription(symbol, exchange, {name: float(band) for name, band in bands.items() if band is not None})


def topic_of(exchange: str, symbol: str, mode: FeedMode) -> str:
    """Return the topic that the host's proxy takes apart again."""
    return f"{exchange}_{symbol}_{mode.name}"


def messages_of(subscription: Subscription, tick: Tick) -> list[tuple[FeedMode, Cells]]:
    """Write a tick in each mode that was asked for and that it carries, the highest first.

    Before the first trade only a depth is written: the host takes no other price for the last one. A tick of a lower
    mode, still on its way after an upgrade, is not written as an empty book.
    """
    modes = [mode for mode in subscription.topics if mode <= tick.mode]
    if tick.last_price is None:
        modes = [mode for mode in modes if mode is _DEPTH]
    if not modes:
        return []
    moment = tick.updated_at or tick.traded_at
    common: Cells = {
        "symbol": subscription.symbol,
        "exchange": subscription.exchange,
        "timestamp": int(time.time() * 1000) if moment is None else moment * 1000,
    }
    if tick.last_price is not None:
        common["ltp"] = tick.last_price
    if tick.traded_at is not None:
        common["ltt"] = tick.traded_at * 1000
    quote = _quote(subscription, tick) if modes[0] is not _LTP else {}
    return [(mode, {**common, "mode": mode.value, **_details(subscription, tick, mode, quote)}) for mode in modes]


def stale_message(subscription: Subscription, mode: FeedMode, seconds: float) -> Cells:
    """Write that the last price is not known to be current; the message holds no price."""
    return {
        "symbol": subscription.symbol,
        "exchange": subscription.exchange,
        "mode": mode.value,
        "timestamp": int(time.time() * 1000),
        "stale": True,
        "stale_seconds": round(seconds, 1),
    }


def _details(subscription: Subscription, tick: Tick, mode: FeedMode, quote: Cells) -> Cells:
    if mode is _LTP:
        return {}
    if mode is _QUOTE:
        return quote
    depth = {"buy": _rows(tick.bids), "sell": _rows(tick.asks)}
    return {**quote, "depth": depth, **subscription.bands}


def _quote(subscription: Subscription, tick: Tick) -> Cells:
    """Write the cells of the day, of the best row a side and of the open interest."""
    told = {
        "open": tick.open,
        "high": tick.high,
        "low": tick.low,
        "close": tick.close,
        "change_percent": tick.change_percent,
        "volume": tick.volume,
        "last_quantity": tick.last_quantity,
        "last_trade_quantity": tick.last_quantity,
        "average_price": tick.average_price,
        "avg_trade_price": tick.average_price,
        "total_buy_quantity": tick.total_buy,
        "total_sell_quantity": tick.total_sell,
        "oi": subscription.open_interest,
    }
    cells = {name: cell for name, cell in told.items() if cell is not None}
    if tick.last_price is not None and tick.close is not None:
        cells["change"] = round(tick.last_price - tick.close, 4)
    for side, levels in (("bid", tick.bids), ("ask", tick.asks)):
        if levels:
            cells[f"{side}_price"], cells[f"{side}_size"], _ = levels[0]
    return cells


def _rows(levels: tuple[TickLevel, ...] | None) -> list[Cells]:
    rows = [{"price": price, "quantity": size, "orders": orders} for price, size, orders in (levels or ())[:ROWS]]
    return rows + [_PADDING] * (ROWS - len(rows))
