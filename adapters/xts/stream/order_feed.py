"""The `OrderFeed` port on XTS's interactive socket."""

import logging
import threading
from collections.abc import Callable
from typing import Final, final

from jainam_prop.adapters.xts.stream.address import LiveSession, RootOf, order_door
from jainam_prop.adapters.xts.stream.conversation import SocketEvent
from jainam_prop.adapters.xts.stream.link import Ears, Link, LinkRule
from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts.wire.replies.order_events import read_order_event
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.market_data.feed_health import FeedHealth
from jainam_prop.domain.orders.order_event import OrderFeedEvent

_LOG: Final = logging.getLogger(__name__)


@final
class XtsOrderFeed:
    """Orders, trades, positions and conversions as the server tells them; a dealer hears of all its clients."""

    def __init__(self, live: LiveSession, root: RootOf, clock: Clock, *, rule: LinkRule) -> None:
        """Connect as the session that is live at the time.

        Args:
            live: tells the live session; asked at every connection.
            root: address of a session's interactive application, up to its path.
            clock: for pings.
            rule: how to connect.
        """
        self._on_event: Callable[[OrderFeedEvent], None] | None = None
        self._on_connected: Callable[[], None] | None = None
        self._delivered = 0
        self._unreadable = 0
        self._closed = threading.Event()
        self._fresh = threading.Event()
        ears = Ears(self._hear, self._fresh.set)
        self._link = Link("order", lambda: order_door(live, root), ears, clock, rule)
        self._teller = threading.Thread(target=self._tell_of_connections, name="jainam-order-gaps", daemon=True)

    def start(self, on_event: Callable[[OrderFeedEvent], None], on_connected: Callable[[], None]) -> None:
        """Connect in the background; see the port."""
        self._on_event, self._on_connected = on_event, on_connected
        self._teller.start()
        self._link.start()

    def health(self) -> FeedHealth:
        """Say how the connection stands."""
        return FeedHealth(
            state=self._link.state,
            connections=self._link.connections,
            ticks=self._delivered,
            unreadable=self._unreadable + self._link.unreadable,
        )

    def close(self) -> None:
        """Disconnect for good; see the port."""
        self._closed.set()
        self._fresh.set()
        self._link.close()
        if self._teller.is_alive() and threading.current_thread() is not self._teller:
            self._teller.join()

    def _hear(self, event: SocketEvent) -> None:
        try:
            read = read_order_event(event.name, event.payload)
        except UnreadableAnswer:
            self._unreadable += 1
            _LOG.warning("An event of the order socket was not understood; the books have it")
            self._fresh.set()
            return
        if read is not None and self._on_event is not None and not self._closed.is_set():
            self._delivered += 1
            self._on_event(read)

    def _tell_of_connections(self) -> None:
        while True:
            self._fresh.wait()
            self._fresh.clear()
            if self._closed.is_set():
                return
            if self._on_connected is not None:
                self._tell(self._on_connected)

    def _tell(self, on_connected: Callable[[], None]) -> None:
        try:
            on_connected()
        except Exception:
            _LOG.exception("Reading the books after a connection failed by a fault of ours")
