"""The broker's books, read at the broker's pace and shared by all who ask at once."""

import threading
from typing import final

from returns.result import Result

from jainam_prop.application.ports.clock import Clock
from jainam_prop.application.ports.order_book import OrderBook
from jainam_prop.application.ports.position_book import PositionBook
from jainam_prop.application.ports.throttle import CallFamily, Throttle
from jainam_prop.application.shared_read import SharedRead
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.order import Order, Trade
from jainam_prop.domain.pacing import Deadline
from jainam_prop.domain.position import Position
from jainam_prop.domain.session import Session


@final
class Books:
    """Reads orders, trades and positions; a read never began before the moment that the caller names."""

    def __init__(self, orders: OrderBook, positions: PositionBook, throttle: Throttle, clock: Clock) -> None:
        """Read through two ports at the pace of a throttle."""
        self._order_book = orders
        self._position_book = positions
        self._throttle = throttle
        self._clock = clock
        self._shelves: dict[tuple[str, str | None], _Shelf] = {}
        self._lock = threading.Lock()

    def orders(
        self, session: Session, deadline: Deadline, not_before: float | None = None
    ) -> Result[tuple[Order, ...], BrokerError]:
        """Return the day's orders from a read that began at ``not_before`` (monotonic seconds; None is now)."""
        return self._shelf(session).orders(
            lambda seconds: self._order_book.orders(session, seconds), self._moment(not_before), deadline
        )

    def trades(
        self, session: Session, deadline: Deadline, not_before: float | None = None
    ) -> Result[tuple[Trade, ...], BrokerError]:
        """Return the day's executions; as `orders`."""
        return self._shelf(session).trades(
            lambda seconds: self._order_book.trades(session, seconds), self._moment(not_before), deadline
        )

    def positions(
        self, session: Session, deadline: Deadline, not_before: float | None = None
    ) -> Result[tuple[Position, ...], BrokerError]:
        """Return the net positions; as `orders`."""
        return self._shelf(session).positions(
            lambda seconds: self._position_book.positions(session, seconds), self._moment(not_before), deadline
        )

    def _moment(self, not_before: float | None) -> float:
        return self._clock.monotonic() if not_before is None else not_before

    def _shelf(self, session: Session) -> "_Shelf":
        owner = (session.user_id, session.account.client_id)
        with self._lock:
            shelf = self._shelves.get(owner)
            if shelf is None:
                shelf = self._shelves[owner] = _Shelf(self._throttle, self._clock)
            return shelf


class _Shelf:
    """The shared reads of one account."""

    def __init__(self, throttle: Throttle, clock: Clock) -> None:
        self.orders = SharedRead[tuple[Order, ...]](CallFamily.ORDER_BOOK, throttle, clock)
        self.trades = SharedRead[tuple[Trade, ...]](CallFamily.TRADE_BOOK, throttle, clock)
        self.positions = SharedRead[tuple[Position, ...]](CallFamily.POSITIONS, throttle, clock)
