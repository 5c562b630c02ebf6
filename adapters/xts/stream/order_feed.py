"""The `OrderFeed` port on XTS's interactive socket."""

import logging
import threading
from collections.abc import Callable, Hashable, Set
from typing import Final, final

from jainam_prop.adapters.xts.stream.connection import RootOf, order_endpoint
from jainam_prop.adapters.xts.stream.conversation import SocketEvent
from jainam_prop.adapters.xts.stream.delivery import Delivery
from jainam_prop.adapters.xts.stream.feed_socket import FeedRule, FeedSocket, TokenSource
from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts.wire.replies.orders import POSITION, read_order_event
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.sessions import SessionSource
from jainam_prop.domain.market_data.feed_state import FeedHealth
from jainam_prop.domain.positions.position import OrderFeedEvent
from jainam_prop.domain.sessions.session import Application, Session, is_of_another

_LOG: Final = logging.getLogger(__name__)

_STORE_SECONDS: Final = 5.0


@final
class XtsOrderFeed:
    """Orders, trades, positions and conversions as the server sends them, without those of a dealer's other clients.

    It never logs in by itself, but for one renewal of a token.
    """

    def __init__(
        self,
        sessions: SessionSource,
        root: RootOf,
        clock: Clock,
        *,
        rule: FeedRule,
        shown: Set[str] = frozenset(),
    ) -> None:
        """Connect to nothing yet; ``shown`` grows while books are read, see `is_of_another`."""
        self._shown = shown
        self._unreadable = 0
        self._odd: set[str] = set()
        self._clock = clock
        self._lock = threading.RLock()
        self._delivery: Delivery[OrderFeedEvent] = Delivery(_unique, lambda event: type(event).__name__, clock)
        self._tokens = TokenSource(
            sessions.shared,
            lambda session: order_endpoint(session, root),
            lambda dead, seconds: sessions.renew(Application.TRADING, dead, seconds),
        )
        self._socket = FeedSocket("order", self._tokens, self, clock, rule=rule, lock=self._lock)
        self._session: Session | None = None
        self._read_books = threading.Event()

    def start(self, on_event: Callable[[OrderFeedEvent], None], on_connected: Callable[[Session], None]) -> None:
        """Connect in the background; see the port."""
        self._delivery.start(on_event)
        self._socket.supervise("jainam-orders", self._delivery.run)
        self._socket.supervise("jainam-order-books", lambda: self._work(on_connected))
        self._socket.start()

    def health(self) -> FeedHealth:
        """Return how the feed stands."""
        now = self._clock.monotonic()
        with self._lock:
            machine = self._socket.machine
            return FeedHealth(
                state=machine.state,
                reason=machine.reason,
                connections=machine.connections,
                ticks=self._delivery.delivered,
                unreadable=self._unreadable + self._socket.unreadable,
                lag_seconds=self._delivery.lag(now),
                failures=sum(self._delivery.failures.values()),
                faults=machine.faults,
            )

    def close(self) -> None:
        """Disconnect for good; see the port."""
        self._delivery.close()
        self._read_books.set()
        self._socket.close()

    def joined(self, session: Session, now: float, *, same_token: bool) -> None:
        """Take an accepted connection: the books tell what was missed."""
        del now, same_token
        self._session = session
        self._read_books.set()

    def left(self, now: float) -> None:
        """Take the end of a connection."""
        del now
        self._session = None

    def heard(self, event: SocketEvent, now: float) -> None:
        """Take an event of the socket; one that is not understood makes the books be read.

        Not one of a position, which is only shown: it comes with every mark to market, and decides nothing.
        """
        try:
            read = read_order_event(event.name, event.payload, self._is_of_another)
        except UnreadableAnswer:
            if event.name not in self._odd:
                self._odd.add(event.name)
                _LOG.warning("A message of the order socket (%s) was not understood; more are only counted", event.name)
            if event.name != POSITION:
                self._unreadable += 1
                self._read_books.set()
            return
        if read is not None:
            self._delivery.post(read, now)

    def _is_of_another(self, client: object) -> bool:
        return self._session is not None and is_of_another(self._session, client, self._shown)

    def flush(self) -> None:
        """Wake the consumer's thread."""
        self._delivery.flush()

    def _work(self, on_connected: Callable[[Session], None]) -> None:
        """Read the books after every connection, and connect with the token of a newer login."""
        while not self._socket.is_closed:
            due = self._read_books.wait(_STORE_SECONDS)
            self._read_books.clear()
            self._socket.report(self.health)
            session = self._session
            if session is None or self._socket.is_closed:
                continue
            if due:
                on_connected(session)
            stored = self._tokens.shared().session
            if stored is not None and stored.interactive_token != self._socket.machine.live_token:
                self._socket.reconnect()


def _unique(event: OrderFeedEvent) -> Hashable:
    """Keep every event, however slow the consumer is."""
    del event
    return object()
