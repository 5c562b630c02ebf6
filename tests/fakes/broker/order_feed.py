"""The `OrderFeed` port on the exchange in memory: events late, lost, twice or out of order, broken connections."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import final

from jainam_prop.adapters.simulator.catalogue.universe import Listing
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.orders import Execution, OrderUpdate, SimOrder
from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.application.ports.sessions import SessionSource
from jainam_prop.domain.market_data.feed_state import FeedHealth, FeedState
from jainam_prop.domain.positions.position import OrderFeedEvent, PositionChange
from jainam_prop.domain.sessions.session import Session
from tests.fakes.broker.books import BookFaults
from tests.fakes.broker.rows import order_row, position_row, trade_row
from tests.fakes.clock import FakeClock


@dataclass(slots=True)
class FeedFaults:
    """How the order feed differs from the exchange; shared by all processes, and may be changed at any time.

    Attributes:
        delay: seconds from an event to its arrival.
        jitter: seconds by which an event may come later than that, so that events overtake each other.
        lost, twice: probabilities of an event to be lost, or to come again after another delay.
        is_up: whether connections can be made; `FakeOrderFeed.drop` ends one that is made.
        is_silent: whether events are lost on connections that stay.
        busy: seconds from a connection to the moment at which it is told of, since the last one is still worked on.
    """

    delay: float = 0.01
    jitter: float = 0.0
    lost: float = 0.0
    twice: float = 0.0
    is_up: bool = True
    is_silent: bool = False
    busy: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 (reproducible on purpose)


@final
class FakeOrderFeed:
    """Hands on what happens to the orders and positions of one account, while it is connected."""

    def __init__(
        self,
        exchange: SimulatedExchange,
        clock: FakeClock,
        account: str,
        login: str,
        books: BookFaults,
        faults: FeedFaults,
        sessions: SessionSource,
    ) -> None:
        self._exchange = exchange
        self._clock = clock
        self._account = account
        self._login = login
        self._books = books
        self._faults = faults
        self._sessions = sessions
        self._state = FeedState.CONNECTING
        self._connections = 0
        self._events = 0
        self._on_event: Callable[[OrderFeedEvent], None] | None = None
        self._on_connected: Callable[[Session], None] | None = None

    def start(self, on_event: Callable[[OrderFeedEvent], None], on_connected: Callable[[Session], None]) -> None:
        self._on_event, self._on_connected = on_event, on_connected
        self._exchange.listen(self)
        self._clock.call_later(self._faults.delay, self._connect)

    def health(self) -> FeedHealth:
        return FeedHealth(state=self._state, connections=self._connections, ticks=self._events)

    def close(self) -> None:
        self._state = FeedState.CLOSED

    def drop(self, seconds: float = 1.0) -> None:
        """Break the connection; it is made again after so many seconds, or whenever connections can be made."""
        if self._state is FeedState.LIVE:
            self._state = FeedState.CONNECTING
            self._clock.call_later(seconds, self._connect)

    def order(self, order: SimOrder, state: OrderUpdate) -> None:
        if self._hears(order):
            self._send(order_row(order, state))

    def trade(self, done: Execution) -> None:
        if self._hears(done.order):
            self._send(trade_row(done))

    def position(self, slot: Slot) -> None:
        line = self._exchange.position(slot) if slot.account == self._account else None
        if line is not None and not self._books.position_lag:
            self._send(PositionChange(position_row(line, self._exchange.books.last_price(line.listing)), is_net=True))

    def conversion(self, slot: Slot, product: str, units: int) -> None:
        """Send nothing: the two positions send their own changes."""

    def market(self, listing: Listing) -> None:
        """Send nothing: prices are no order events."""

    def _hears(self, order: SimOrder) -> bool:
        is_ours = order.intake.login == self._login or not self._books.hides_other_logins
        return order.intake.account == self._account and is_ours

    def _connect(self) -> None:
        if self._state in {FeedState.CLOSED, FeedState.LIVE}:
            return
        session = self._sessions.shared().session
        if not self._faults.is_up or session is None:
            self._state = FeedState.CONNECTING
            self._clock.call_later(1.0, self._connect)
            return
        self._state = FeedState.LIVE
        self._connections += 1
        if self._on_connected is not None:
            on_connected = self._on_connected
            tell = partial(self._clock.beside, lambda: on_connected(session))
            self._clock.call_later(self._faults.busy, tell) if self._faults.busy else tell()

    def _send(self, event: OrderFeedEvent) -> None:
        faults, connection = self._faults, self._connections
        if self._state is not FeedState.LIVE or faults.is_silent or faults.chance.random() < faults.lost:
            return
        for _ in range(1 + (faults.chance.random() < faults.twice)):
            seconds = faults.delay + faults.chance.random() * faults.jitter
            self._clock.call_later(seconds, lambda: self._deliver(event, connection))

    def _deliver(self, event: OrderFeedEvent, connection: int) -> None:
        if self._state is FeedState.LIVE and connection == self._connections and self._on_event is not None:
            self._events += 1
            self._on_event(event)
