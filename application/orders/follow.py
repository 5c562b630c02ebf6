"""Following orders by their events: one feed a process, which keeps the account's state and the journal in step."""

import logging
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, final

from returns.pipeline import is_successful

from jainam_prop.application.books.account import LiveAccount
from jainam_prop.application.books.reconcile import PositionReconciler
from jainam_prop.application.ports.market_data import OrderFeed
from jainam_prop.application.recovery import Recovery
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.market_data.feed_state import FeedHealth, FeedState
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.order import Order, OrderState
from jainam_prop.domain.positions.position import OrderFeedEvent, PositionConverted
from jainam_prop.domain.sessions.session import Session

_LOG: Final = logging.getLogger(__name__)

_MOST_LAG: Final = 0.25
"""Seconds for which an event may wait for slow listeners before the feed counts as late."""

Listener = Callable[[OrderFeedEvent], None]


@final
class FollowOrders:
    """Shares one order feed among all listeners of a process; safe to use from many threads."""

    def __init__(self, open_feed: Callable[[], OrderFeed], positions: PositionReconciler, recovery: Recovery) -> None:
        """Connect to nothing yet."""
        self._open_feed = open_feed
        self._positions = positions
        self._recovery = recovery
        self._lock = threading.Lock()
        self._feed: OrderFeed | None = None
        self._listeners: tuple[FollowedOrders, ...] = ()
        self._is_started = False
        self._account: LiveAccount | None = None
        self._session: Session | None = None

    def __call__(self, on_event: Listener) -> "FollowedOrders":
        """Hand on every event, and after every connection each order of the book, for what was missed meanwhile.

        The two may come at once from two threads. It needs no session, since the feed waits for one. The caller closes
        what it gets; the last one that is closed ends the connection.
        """
        with self._lock:
            followed, session = FollowedOrders(self, on_event), self._session
            if self._feed is None:
                feed, self._session = self._open_feed(), None
                self._listeners = (followed,)
                feed.start(self._hear, self._connected)
                self._feed = feed
                return followed
            self._listeners = (*self._listeners, followed)
        if session is not None:
            self._positions.tasks.start(partial(self._show_orders, session, (followed,)))
        return followed

    def start(self, session: Session) -> None:
        """Follow in the background for the account's state alone, so that decisions need no reads; it is idempotent.

        What is carried is settled at once, since the feed may not connect. One that could not be started is tried again
        by the next call. It goes on until `close`.
        """
        if not self._is_started:
            self._is_started = True
            self._positions.tasks.start(self._follow_alone)
            self._positions.settle_in_background(session)

    def close(self) -> None:
        """End the connection."""
        for followed in self._listeners:
            followed.close()
        self._is_started = False

    def leave(self, followed: "FollowedOrders") -> None:
        """Stop to hand events to a listener."""
        with self._lock:
            self._listeners = tuple(each for each in self._listeners if each is not followed)
            if not self._listeners and self._feed is not None:
                self._feed.close()
                self._feed = None

    def health(self) -> FeedHealth:
        """Return how the feed is."""
        feed = self._feed
        return FeedHealth(state=FeedState.CLOSED) if feed is None else feed.health()

    def _follow_alone(self) -> None:
        try:
            self(lambda _event: None)
        except Exception:
            self._is_started = False
            raise

    def _hear(self, event: OrderFeedEvent) -> None:
        if self._account is not None:
            self._account.hear(event)
        if isinstance(event, PositionConverted) and self._session is not None:
            self._positions.settle_in_background(self._session)
        try:
            if isinstance(event, Order):
                self._note(event)
        finally:  # a journal that cannot be written keeps no event back
            self._hand_on(event, self._listeners)

    def _hand_on(self, event: OrderFeedEvent, listeners: "Sequence[FollowedOrders]") -> None:
        """Call every listener; the first exception is raised when all were called, since the feed counts them."""
        errors = []
        for each in listeners:
            try:
                each.on_event(event)
            except Exception as error:
                errors.append(error)
        if errors:
            raise errors[0]

    def _connected(self, session: Session) -> None:
        self._account, self._session = self._positions.states.of(session), session
        self._account.feed_connected(partial(self._is_live, _heard_by(self.health())))
        if not is_successful(self._recovery.resolve(session)):
            _LOG.warning("The journal could not be compared with the order book after a gap")
        self._show_orders(session, self._listeners)
        self._positions.settle_in_background(session)

    def _is_live(self, heard_by: tuple[int, int]) -> bool:
        """Whether it is still the same connection, with no event that was not understood since its books were read."""
        health = self.health()
        return health.is_connected and health.lag_seconds < _MOST_LAG and _heard_by(health) == heard_by

    def _show_orders(self, session: Session, listeners: "Sequence[FollowedOrders]") -> None:
        positions = self._positions
        deadline = Deadline(positions.clock.monotonic() + positions.timing.call)
        orders = positions.books.orders(session, deadline)
        if not is_successful(orders):
            _LOG.warning("The order book could not be read after a gap; later events go on")
            return
        for order in orders.unwrap():
            self._hand_on(order, listeners)

    def _note(self, order: Order) -> None:
        """Resolve an intent of unknown fate; one whose reply is still awaited belongs to its sender."""
        journal = self._positions.journal
        for entry in journal.unknown_entries(order.identifier):
            if entry.intent.side == order.side.value:
                rejected = order.state is OrderState.REJECTED and order.filled == 0
                state = IntentState.REJECTED if rejected else IntentState.RESOLVED
                journal.note(order.identifier, state, order.order_id, order.reason or order.state.value)


def _heard_by(health: FeedHealth) -> tuple[int, int]:
    return health.connections, health.unreadable


@final
class FollowedOrders:
    """What one listener has of the order feed of its process."""

    def __init__(self, follow: FollowOrders, on_event: Listener) -> None:
        """Belong to a feed."""
        self._follow = follow
        self._on_event = on_event
        self._is_closed = False

    def on_event(self, event: OrderFeedEvent) -> None:
        """Hand an event to the listener, unless it was closed."""
        if not self._is_closed:
            self._on_event(event)

    def health(self) -> FeedHealth:
        """Return how the feed is, closed for this listener once it has closed."""
        return FeedHealth(state=FeedState.CLOSED) if self._is_closed else self._follow.health()

    def close(self) -> None:
        """Hear no more; it is idempotent."""
        self._is_closed = True
        self._follow.leave(self)
