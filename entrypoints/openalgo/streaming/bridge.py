"""Publishing of a market feed on the bus of OpenAlgo's stream, for the contracts and modes that the host subscribed.

Topics are ``EXCHANGE_SYMBOL_MODE``. The host's proxy hands each client only the highest mode that it subscribed, so a
contract is published in every mode that was asked for. Some keys stand twice, because the host's pages and its client
spell them differently.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from returns.pipeline import is_successful

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.application.instruments.find import FindInstrument
from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.application.ports.market_data import MarketFeed
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey
from jainam_prop.domain.market_data.feed_state import FeedHealth, FeedState
from jainam_prop.domain.market_data.tick import FeedEvent, FeedMode, OpenInterest, Stale, Tick, TickLevel

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


_LOG: Final = logging.getLogger(__name__)

Answer: TypeAlias = dict[str, Any]
Publish: TypeAlias = Callable[[str, Cells], object]

_AWAITS_LOGIN: Final = frozenset({FeedState.REFUSED, FeedState.WAITING})

EXPIRED: Final = "Session expired: log in to the broker again"
"""The host's pool knows the first two words, starts anew with the login that there is then, and subscribes again."""


class StreamBridge:
    """Publishes each contract in every mode that the host asked for. Safe to call from many threads.

    No text of an answer names a symbol or a number: the host's pool searches it for ``401`` and the like, and a strike
    price would look like a dead login.
    """

    def __init__(self, feed: MarketFeed, instruments: InstrumentStore, publish: Publish) -> None:
        """Take over a feed that has not been started.

        Args:
            feed: closed by `close`.
            instruments: where symbols are looked up, once per subscription and never per tick.
            publish: gets a topic and a message of plain JSON; called by the thread that delivers.
        """
        self._feed = feed
        self._find = FindInstrument(instruments)
        self._publish = publish
        self._lock = threading.Lock()
        self._subscriptions: dict[InstrumentKey, Subscription] = {}
        self._keys: dict[tuple[str, str], InstrumentKey] = {}

    def start(self) -> None:
        """Connect in the background, for as long as it is not closed."""
        self._feed.start(self.hear)

    def subscribe(self, symbol: str, exchange: str, mode: object = FeedMode.QUOTE, depth_level: object = 5) -> Answer:
        """Take a contract, or more of it; returns at once, before and during a gap as well."""
        wanted, found = _mode(mode), self._find(str(symbol), str(exchange))
        if wanted is None:
            return refusal("INVALID_MODE", "Unknown mode: use LTP, QUOTE or DEPTH")
        if not is_successful(found):
            return refusal("SYMBOL_NOT_FOUND", "This symbol is not listed on this exchange")
        if self._feed.health().state in _AWAITS_LOGIN:
            return refusal("AUTHENTICATION_FAILED", EXPIRED)
        instrument = found.unwrap()
        self._follow(instrument, str(symbol), str(exchange))
        with self._lock:
            self._take(instrument, str(symbol), str(exchange), wanted)
        self._feed.want(instrument.key, wanted)
        return {"status": "success", "message": "Subscribed", **_depth(instrument, wanted, depth_level)}

    def unsubscribe(self, symbol: str, exchange: str, mode: object = FeedMode.QUOTE) -> Answer:
        """Give back the highest mode of a contract, and with it the contract; a lower one was superseded before."""
        given, found = _mode(mode), self._find(str(symbol), str(exchange))
        if given is None:
            return refusal("INVALID_MODE", "Unknown mode: use LTP, QUOTE or DEPTH")
        name = str(symbol), str(exchange)
        if is_successful(found):
            self._follow(found.unwrap(), *name)
        key = self._keys.get(name, found.unwrap().key if is_successful(found) else None)
        if key is None:
            return refusal("SYMBOL_NOT_FOUND", "This symbol is not listed on this exchange")
        with self._lock:
            subscription = self._subscriptions.get(key)
            if subscription is not None and given >= subscription.mode:
                del self._subscriptions[key]
                self._keys.pop(name, None)
            elif subscription is not None:
                subscription.topics.pop(given, None)
        self._feed.drop(key, given)
        return {"status": "success", "message": "Unsubscribed"}

    def unsubscribe_all(self) -> Answer:
        """Give everything back; the connection stays."""
        with self._lock:
            subscriptions, self._subscriptions = self._subscriptions, {}
            self._keys.clear()
        for key, subscription in subscriptions.items():
            self._feed.drop(key, subscription.mode)
        return {"status": "success", "message": "Unsubscribed"}

    def close(self) -> None:
        """Disconnect for good."""
        self._feed.close()
        health = self._feed.health()
        _LOG.info("stream closed after %s connections and %s ticks", health.connections, health.ticks)

    def health(self) -> FeedHealth:
        """Say how the connection stands."""
        return self._feed.health()

    def hear(self, event: FeedEvent) -> None:
        """Publish an event of the feed."""
        if not isinstance(event, Tick | OpenInterest | Stale):
            return
        subscription = self._subscriptions.get(event.instrument)
        if subscription is None:
            return
        if isinstance(event, Tick):
            self._show(subscription, event)
        elif isinstance(event, OpenInterest):
            self._show_interest(subscription, event.open_interest)
        else:
            self._show_stale(subscription, event.seconds)
            instrument = self._find.store.find(subscription.symbol, subscription.exchange)
            if instrument is not None:
                self._follow(instrument, subscription.symbol, subscription.exchange)

    def _follow(self, instrument: Instrument, symbol: str, exchange: str) -> None:
        """Move a subscription to the contract that its symbol names now: with another series a share has a new one."""
        with self._lock:
            key = self._keys.get((symbol, exchange), instrument.key)
            old = self._subscriptions.pop(key, None) if key != instrument.key else None
            for mode in () if old is None else old.topics:
                self._take(instrument, symbol, exchange, mode)
        if old is not None:
            self._feed.drop(key, old.mode)
            self._feed.want(instrument.key, old.mode)

    def _take(self, instrument: Instrument, symbol: str, exchange: str, mode: FeedMode) -> None:
        self._keys[symbol, exchange] = instrument.key
        subscription = self._subscriptions.get(instrument.key)
        if subscription is None:
            subscription = self._subscriptions[instrument.key] = subscription_to(instrument, symbol, exchange)
        subscription.add(mode)

    def _show(self, subscription: Subscription, tick: Tick) -> None:
        for mode, cells in messages_of(subscription, tick):
            if mode is not FeedMode.LTP:
                subscription.last[mode] = cells
            self._publish(subscription.topics.get(mode, ""), cells)

    def _show_interest(self, subscription: Subscription, units: int) -> None:
        subscription.open_interest = units
        for mode, cells in list(subscription.last.items()):
            if mode in subscription.topics:
                subscription.last[mode] = {**cells, "oi": units}
                self._publish(subscription.topics[mode], subscription.last[mode])

    def _show_stale(self, subscription: Subscription, seconds: float) -> None:
        """Publish that no price is known to be current, and take no open interest for one."""
        subscription.last.clear()
        for mode, topic in list(subscription.topics.items()):
            self._publish(topic, stale_message(subscription, mode, seconds))


def refusal(code: str, message: str) -> Answer:
    """Return the answer of a call that was not carried out."""
    return {"status": "error", "code": code, "message": message}


def _mode(mode: object) -> FeedMode | None:
    try:
        return FeedMode(int(str(mode)))
    except ValueError:
        return None


def _depth(instrument: Instrument, mode: FeedMode, asked: object) -> Answer:
    """Say how many rows the book will have, when it is not what was asked for."""
    if mode is not FeedMode.DEPTH:
        return {}
    levels = int(str(asked)) if str(asked).isdecimal() else 0
    actual = JAINAM.stream.get_fallback_depth_level(instrument.exchange.value, levels)
    return {"actual_depth": actual, "requested_depth": levels, "is_fallback": actual != levels}
