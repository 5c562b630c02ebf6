"""The broker's books, read at the broker's pace, shared by all who ask at once, and not believed when they empty."""

import threading
from collections.abc import Sequence
from datetime import date
from typing import TypeVar, final

from returns.pipeline import is_successful
from returns.result import Failure, Result

from jainam_prop.application.ports.books import OrderBook, PositionBook
from jainam_prop.application.ports.runtime import Clock, Throttle
from jainam_prop.application.positions.shared_read import SharedRead
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.market_data.calendar import book_day
from jainam_prop.domain.orders.order import Order, Trade
from jainam_prop.domain.positions.position import Position, PositionKey
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.domain.sessions.session import Session

_Rows = TypeVar("_Rows", bound=Sequence[object])


@final
class Books:
    """Reads orders, trades and positions; a read never began before the moment that the caller names.

    Rows stay in a book for the day. One that had rows and says "no data" to the same login is Unreadable: to believe it
    would call an account flat that is not. One that leaves out some of its rows is handed on; `has_listed` tells.
    """

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
        shelf = self._shelf(session)
        return shelf.orders(
            lambda seconds: shelf.believed("order book", session, self._order_book.orders(session, seconds)),
            self._moment(not_before),
            deadline,
        )

    def trades(
        self, session: Session, deadline: Deadline, not_before: float | None = None
    ) -> Result[tuple[Trade, ...], BrokerError]:
        """Return the day's executions; as `orders`."""
        shelf = self._shelf(session)
        return shelf.trades(
            lambda seconds: shelf.believed("trade book", session, self._order_book.trades(session, seconds)),
            self._moment(not_before),
            deadline,
        )

    def positions(
        self, session: Session, deadline: Deadline, not_before: float | None = None
    ) -> Result[tuple[Position, ...], BrokerError]:
        """Return the net positions; as `orders`."""
        shelf = self._shelf(session)

        def read(seconds: float) -> Result[tuple[Position, ...], BrokerError]:
            told = shelf.believed("position book", session, self._position_book.positions(session, seconds))
            shelf.remember(told.value_or(()))
            return told

        return shelf.positions(read, self._moment(not_before), deadline)

    def has_listed(self, session: Session, key: PositionKey) -> bool:
        """Whether any read of today's position book had a row of a contract and product, with whatever quantity."""
        return self._shelf(session).has_listed(key)

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
        self._clock = clock
        self._had_rows: dict[str, tuple[str, date]] = {}
        self._listed: frozenset[PositionKey] = frozenset()
        self._listed_on = date.min
        self.orders = SharedRead[tuple[Order, ...]](CallFamily.ORDER_BOOK, throttle, clock)
        self.trades = SharedRead[tuple[Trade, ...]](CallFamily.TRADE_BOOK, throttle, clock)
        self.positions = SharedRead[tuple[Position, ...]](CallFamily.POSITIONS, throttle, clock)

    def believed(self, book: str, session: Session, read: Result[_Rows, BrokerError]) -> Result[_Rows, BrokerError]:
        """Return a read, or why it is not believed."""
        if not is_successful(read):
            return read
        known = session.interactive_token, book_day(self._clock.now())
        if read.unwrap():
            self._had_rows[book] = known
        elif self._had_rows.get(book) == known:
            return Failure(Unreadable(f"the {book} is empty, although it had rows today"))
        return read

    def remember(self, positions: Sequence[Position]) -> None:
        """Take in the rows of a position book; one reader at a time."""
        today, told = book_day(self._clock.now()), frozenset(position.key for position in positions)
        self._listed = told | self._listed if self._listed_on == today else told
        self._listed_on = today

    def has_listed(self, key: PositionKey) -> bool:
        """Whether a read of today had a row of it."""
        return self._listed_on == book_day(self._clock.now()) and key in self._listed
