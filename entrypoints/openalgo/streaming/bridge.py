"""From a market feed to the bus of OpenAlgo's stream: what the host subscribes, and what it gets for it."""

import logging
import threading
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from returns.pipeline import is_successful

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.application.instruments.find import FindInstrument
from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.application.ports.market_data import MarketFeed
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey
from jainam_prop.domain.market_data.feed_health import FeedHealth, LinkState
from jainam_prop.domain.market_data.stream_capability import FeedMode
from jainam_prop.domain.market_data.tick import FeedEvent, OpenInterest, Tick
from jainam_prop.entrypoints.openalgo.rows.ticks import Cells, Seat, cells_of, seat_for, topic_of

_LOG: Final = logging.getLogger(__name__)

Answer: TypeAlias = dict[str, Any]
Publish: TypeAlias = Callable[[str, Cells], object]

EXPIRED: Final = "Session expired: log in to the broker again"
"""The host's pool knows the first two words, starts anew with the login that there is then, and subscribes again."""


class StreamBridge:
    """Publishes each contract in the highest mode that the host asked for. Safe to call from many threads.

    No text of an answer names a symbol or a number: the host's pool searches it for ``401`` and the like, and a strike
    price would look like a dead login.
    """

    def __init__(self, feed: MarketFeed, instruments: InstrumentStore, publish: Publish) -> None:
        """Take over a feed that has not been started.

        Args:
            feed: closed by `close`.
            instruments: where symbols are looked up, once per subscription and never per tick.
            publish: gets a topic and a message of plain JSON; called by the thread that reads.
        """
        self._feed = feed
        self._find = FindInstrument(instruments)
        self._publish = publish
        self._lock = threading.Lock()
        self._seats: dict[InstrumentKey, Seat] = {}

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
        if self._feed.health().state is LinkState.REFUSED:
            return refusal("AUTHENTICATION_FAILED", EXPIRED)
        instrument = found.unwrap()
        with self._lock:
            self._take(instrument, str(symbol), str(exchange), wanted)
        self._feed.want(instrument.key, wanted)
        return {"status": "success", "message": "Subscribed", **_depth(instrument, wanted, depth_level)}

    def unsubscribe(self, symbol: str, exchange: str, mode: object = FeedMode.QUOTE) -> Answer:
        """Give back the highest mode of a contract, and with it the contract; a lower one was superseded before."""
        given, found = _mode(mode), self._find(str(symbol), str(exchange))
        if given is None:
            return refusal("INVALID_MODE", "Unknown mode: use LTP, QUOTE or DEPTH")
        if not is_successful(found):
            return refusal("SYMBOL_NOT_FOUND", "This symbol is not listed on this exchange")
        key = found.unwrap().key
        with self._lock:
            seat = self._seats.get(key)
            if seat is not None and given >= seat.mode:
                del self._seats[key]
        self._feed.drop(key, given)
        return {"status": "success", "message": "Unsubscribed"}

    def unsubscribe_all(self) -> Answer:
        """Give everything back; the connection stays."""
        with self._lock:
            seats, self._seats = self._seats, {}
        for key, seat in seats.items():
            self._feed.drop(key, seat.mode)
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
        if isinstance(event, Tick):
            seat = self._seats.get(event.instrument)
            if seat is not None:
                self._show(seat, event)
        elif isinstance(event, OpenInterest):
            seat = self._seats.get(event.instrument)
            if seat is not None:
                self._show_interest(seat, event.open_interest)

    def _take(self, instrument: Instrument, symbol: str, exchange: str, mode: FeedMode) -> None:
        seat = self._seats.get(instrument.key)
        if seat is None:
            self._seats[instrument.key] = seat_for(instrument, symbol, exchange, mode)
        elif mode > seat.mode:
            seat.mode, seat.last = mode, None

    def _show(self, seat: Seat, tick: Tick) -> None:
        """Publish a tick; one of a lower mode, still on its way after an upgrade, must not look like an empty book."""
        if tick.bids is None and seat.mode is not FeedMode.LTP:
            if tick.last_price is not None:
                topic = topic_of(seat.exchange, seat.symbol, FeedMode.LTP)
                self._publish(topic, cells_of(seat, tick, FeedMode.LTP))
            return
        if tick.last_price is None and seat.mode is not FeedMode.DEPTH:
            return  # no trade yet; the host takes no other price for the last one, and neither do we
        seat.last = cells_of(seat, tick, seat.mode)
        self._publish(seat.topic, seat.last)

    def _show_interest(self, seat: Seat, units: int) -> None:
        seat.open_interest = units
        if seat.last is not None and seat.mode is not FeedMode.LTP:
            seat.last = seat.last | {"oi": units}
            self._publish(seat.topic, seat.last)


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
