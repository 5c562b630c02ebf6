"""The `MarketFeed` port on XTS's market-data socket."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

from returns.pipeline import is_successful

from jainam_prop.adapters.xts.stream.address import LiveSession, RootOf, market_door
from jainam_prop.adapters.xts.stream.link import Ears, Link, LinkRule
from jainam_prop.adapters.xts.stream.tick_reader import TickReader
from jainam_prop.application.market_data.subscription_keeper import SubscriptionKeeper
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.backoff import Backoff
from jainam_prop.domain.market_data.feed_health import FeedHealth, LinkState
from jainam_prop.domain.market_data.market_hours import is_trading
from jainam_prop.domain.market_data.stall import Remedy, StallWatch
from jainam_prop.domain.market_data.stream_capability import FeedMode
from jainam_prop.domain.market_data.tick import FeedEvent

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MarketSocket:
    """How the server publishes, ``JSON`` or ``Binary`` and ``Full`` or ``Partial``, and how long silence is borne."""

    publish: str = "JSON"
    broadcast: str = "Full"
    patience_seconds: float = 60.0


@final
class XtsMarketFeed:
    """Prices over one socket: one thread reads and delivers, another makes the subscription calls."""

    def __init__(  # noqa: PLR0913 (its collaborators, wired once by the container)
        self,
        live: LiveSession,
        root: RootOf,
        subscriptions: SubscriptionKeeper,
        clock: Clock,
        *,
        rule: LinkRule,
        manner: MarketSocket | None = None,
    ) -> None:
        """Connect as the session that is live at the time.

        Args:
            live: tells the live session; asked at every connection and before every round of calls.
            root: address of a session's market-data application, up to its path.
            subscriptions: what is wanted, and the way to get it.
            clock: for silence and market hours.
            rule: how to connect.
            manner: how the server is to publish.
        """
        how = manner or MarketSocket()
        self._live = live
        self._subscriptions = subscriptions
        self._clock = clock
        self._rule = rule
        self._reader = TickReader(self._deliver)
        self._stall = StallWatch(clock.monotonic(), how.patience_seconds)
        self._heard = 0
        self._stalls = 0
        self._on_event: Callable[[FeedEvent], None] = _nobody
        self._due = threading.Event()
        self._closed = threading.Event()
        self._started = False
        ears = Ears(self._reader.hear, self._connected, self._look_for_silence)
        self._link = Link(
            "market-data",
            lambda: market_door(live, root, publish=how.publish, broadcast=how.broadcast),
            ears,
            clock,
            rule,
        )
        self._settler = threading.Thread(target=self._settle, name="jainam-subscriptions", daemon=True)

    def start(self, on_event: Callable[[FeedEvent], None]) -> None:
        """Connect in the background; see the port."""
        self._on_event = on_event
        self._started = True
        self._link.start()
        self._settler.start()

    def want(self, instrument: InstrumentKey, mode: FeedMode) -> None:
        """Ask for a contract, or for more of it."""
        self._reader.know(self._subscriptions.want(instrument, mode))
        self._due.set()

    def drop(self, instrument: InstrumentKey, mode: FeedMode) -> None:
        """Give back the highest mode asked for."""
        self._reader.know(self._subscriptions.drop(instrument, mode))
        self._due.set()

    def health(self) -> FeedHealth:
        """Say how the connection stands."""
        counts, kept = self._reader.counts, self._subscriptions
        return FeedHealth(
            state=self._link.state,
            connections=self._link.connections,
            ticks=counts.delivered,
            duplicates=counts.duplicates,
            foreign=counts.foreign,
            unreadable=counts.unreadable + self._link.unreadable,
            stalls=self._stalls,
            subscribed=len(kept.held),
            wanted=len(kept.topics),
            remaining=kept.remaining,
            problem=kept.problem,
        )

    def close(self) -> None:
        """Disconnect for good; see the port."""
        self._closed.set()
        self._due.set()
        self._link.close()
        if self._started and not self._link.is_reading_here() and threading.current_thread() is not self._settler:
            self._settler.join()

    def _deliver(self, event: FeedEvent) -> None:
        if not self._closed.is_set():
            self._on_event(event)

    def _connected(self) -> None:
        self._reader.begin()
        self._stall = self._stall.heard(self._clock.monotonic())
        self._subscriptions.replay()
        self._due.set()

    def _look_for_silence(self) -> None:
        """Compare what was heard with the last look, about once a second."""
        now, heard = self._clock.monotonic(), self._reader.counts.heard
        if heard != self._heard:
            self._heard = heard
            self._stall = self._stall.heard(now)
            return
        remedy, self._stall = self._stall.look(now, expected=self._expects_prices())
        if remedy is Remedy.NONE:
            return
        self._stalls += 1
        _LOG.warning("The market-data socket is silent in market hours: %s", remedy.value)
        if remedy is Remedy.RECONNECT:
            self._link.reconnect()
            return
        self._subscriptions.replay()
        self._due.set()

    def _expects_prices(self) -> bool:
        now = self._clock.now()
        exchanges = {instrument.exchange for instrument in self._subscriptions.desired.modes}
        return self._link.state is LinkState.CONNECTED and any(is_trading(exchange, now) for exchange in exchanges)

    def _settle(self) -> None:
        """Bring the subscriptions in order whenever that is due, and again after a while when it did not work."""
        backoff = Backoff(self._rule.backoff)
        while not self._closed.is_set():
            self._due.wait(backoff.wait(chance=0.5) or None)
            self._due.clear()
            if self._closed.is_set() or self._link.state is not LinkState.CONNECTED:
                backoff = Backoff(self._rule.backoff)
                continue
            live = self._live()
            settled = is_successful(live) and self._subscriptions.settle(live.unwrap(), self._reader.first_image)
            backoff = Backoff(self._rule.backoff) if settled else backoff.after(0.0)


def _nobody(_event: FeedEvent) -> None:
    """Hear events before anybody listens."""
