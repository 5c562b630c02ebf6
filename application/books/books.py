"""The broker's order, trade and position books: paced, coalesced, and not believed once they empty."""

import threading
from collections.abc import Callable, Sequence
from datetime import date
from typing import Final, Generic, TypeVar, final

from returns.pipeline import is_successful
from returns.result import Failure, Result

from jainam_prop.application.books.account import AccountStates
from jainam_prop.application.ports.books import OrderBook, PositionBook
from jainam_prop.application.ports.runtime import Clock, Throttle
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.market_data.calendar import book_day
from jainam_prop.domain.orders.order import Order, Trade
from jainam_prop.domain.positions.position import Position
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.domain.sessions.session import Session

_Book = TypeVar("_Book")
_Rows = TypeVar("_Rows", bound=Sequence[object])

_MORE_TIME: Final = 0.5
"""Seconds: a caller that has so much longer than one that failed makes a read of its own."""

_GLANCE: Final = 0.05
"""Seconds between two looks of a page that waits for its turn."""


@final
class Books:
    """Reads orders, trades and positions; a read never began before the moment that the caller names.

    Rows stay in a book for the day. A book that had rows and says "no data" to the same login is Unreadable: to believe
    it would call an account flat that is not. One that leaves
    out some of its rows is returned; the account state knows what it has shown before.
    """

    def __init__(
        self, orders: OrderBook, positions: PositionBook, states: AccountStates, throttle: Throttle, clock: Clock
    ) -> None:
        """Read through two ports at the pace of a rate limiter, and hand each read to the account's state once."""
        self._states = states
        self._order_book = orders
        self._position_book = positions
        self._throttle = throttle
        self._clock = clock
        self._accounts: dict[tuple[str, str | None], _AccountReads] = {}
        self._lock = threading.Lock()

    def orders(
        self, session: Session, deadline: Deadline, not_before: float | None = None, *, urgent: bool = True
    ) -> Result[tuple[Order, ...], BrokerError]:
        """Return the day's orders from a read that began at ``not_before`` (monotonic seconds; None is now).

        ``urgent`` reads go before those for pages.
        """
        account = self._account(session)

        def read(seconds: float) -> Result[tuple[Order, ...], BrokerError]:
            began = self._clock.monotonic()
            rows = self._checked("order book", session, self._order_book.orders(session, seconds))
            if is_successful(rows):
                self._states.of(session).see_orders(rows.unwrap(), began)
            return rows

        return account.orders.get(read, self._moment(not_before), deadline, urgent=urgent)

    def trades(
        self, session: Session, deadline: Deadline, not_before: float | None = None, *, urgent: bool = True
    ) -> Result[tuple[Trade, ...], BrokerError]:
        """Return the day's executions; as `orders`."""
        account = self._account(session)
        return account.trades.get(
            lambda seconds: self._checked("trade book", session, self._order_book.trades(session, seconds)),
            self._moment(not_before),
            deadline,
            urgent=urgent,
        )

    def positions(
        self, session: Session, deadline: Deadline, not_before: float | None = None, *, urgent: bool = True
    ) -> Result[tuple[Position, ...], BrokerError]:
        """Return the net positions; as `orders`."""
        account = self._account(session)

        def read(seconds: float) -> Result[tuple[Position, ...], BrokerError]:
            rows = self._checked("position book", session, self._position_book.positions(session, seconds))
            if is_successful(rows):
                self._states.of(session).see_positions(rows.unwrap(), self._clock.monotonic())
            return rows

        return account.positions.get(read, self._moment(not_before), deadline, urgent=urgent)

    def positions_of_today(self, session: Session, deadline: Deadline) -> Result[tuple[Position, ...], BrokerError]:
        """Return what today's trades made of each position, and hand it to the account's state."""

        def read(seconds: float) -> Result[tuple[Position, ...], BrokerError]:
            rows = self._position_book.positions(session, seconds, of_today=True)
            if is_successful(rows):
                self._states.of(session).see_positions_of_today(rows.unwrap())
            return rows

        return self._account(session).of_today.get(read, self._clock.monotonic(), deadline)

    def history(self, session: Session, order_id: str, deadline: Deadline) -> Result[tuple[Order, ...], BrokerError]:
        """Return the states of one order, oldest first; empty while the broker does not show it. Not coalesced."""
        if not self._throttle.wait(CallFamily.ORDER_BOOK, deadline.remaining(self._clock.monotonic())):
            return Failure(Unreadable("the rate limit left no turn in time"))
        return self._order_book.history(session, order_id, deadline.remaining(self._clock.monotonic()))

    def _checked(self, book: str, session: Session, read: Result[_Rows, BrokerError]) -> Result[_Rows, BrokerError]:
        """Return a read, or Unreadable where it is empty although the book had rows today."""
        if not is_successful(read):
            return read
        had_rows = self._account(session).had_rows
        known = session.interactive_token, book_day(self._clock.now())
        if read.unwrap():
            had_rows[book] = known
        elif had_rows.get(book) == known:
            return Failure(Unreadable(f"the {book} is empty, although it had rows today"))
        return read

    def _moment(self, not_before: float | None) -> float:
        return self._clock.monotonic() if not_before is None else not_before

    def _account(self, session: Session) -> "_AccountReads":
        owner = (session.user_id, session.account.client_id)
        with self._lock:
            account = self._accounts.get(owner)
            if account is None:
                account = self._accounts[owner] = _AccountReads(self._throttle, self._clock)
            return account


class _AccountReads:
    """The coalesced reads of one account, and the login and day by which each book had rows last."""

    def __init__(self, throttle: Throttle, clock: Clock) -> None:
        self.had_rows: dict[str, tuple[str, date]] = {}
        self.orders = CoalescedRead[tuple[Order, ...]](CallFamily.ORDER_BOOK, throttle, clock)
        self.trades = CoalescedRead[tuple[Trade, ...]](CallFamily.TRADE_BOOK, throttle, clock)
        self.positions = CoalescedRead[tuple[Position, ...]](CallFamily.POSITIONS, throttle, clock)
        self.of_today = CoalescedRead[tuple[Position, ...]](CallFamily.POSITIONS, throttle, clock)


@final
class CoalescedRead(Generic[_Book]):
    """Shares one read of a book among concurrent callers, because the broker allows only about one a second.

    Each caller names the moment from which on a read is new enough for it, and gets a read that *began* no earlier. A
    read that failed is shared only with callers that had not much more time for it than the one that made it.
    """

    def __init__(self, family: CallFamily, throttle: Throttle, clock: Clock) -> None:
        """Share reads of one call family."""
        self._family = family
        self._throttle = throttle
        self._clock = clock
        self._changed = threading.Condition()
        self._readers: list[bool] = []
        self._began = float("-inf")
        self._latest: Result[_Book, BrokerError] | None = None
        self._given_until = float("-inf")

    def get(
        self,
        read: Callable[[float], Result[_Book, BrokerError]],
        not_before: float,
        deadline: Deadline,
        *,
        urgent: bool = True,
    ) -> Result[_Book, BrokerError]:
        """Return a read that began at ``not_before`` (monotonic seconds) or later, made by this caller if need be.

        Args:
            read: makes the read within so many seconds.
            not_before: a read that began earlier is not good enough.
            deadline: when the caller must have an answer.
            urgent: the read waits for its turn before those for pages, and does not wait for one of them.
        """
        while True:
            with self._changed:
                answer = self._answer(not_before, deadline)
                if answer is not None:
                    return answer
                if not self._is_made(urgent=urgent):
                    self._readers.append(urgent)
                    break
                left = deadline.remaining(self._clock.monotonic())
                if not self._clock.wait_for(
                    self._changed,
                    lambda: not self._is_made(urgent=urgent) or self._answer(not_before, deadline) is not None,
                    left,
                ):
                    return Failure(Unreadable("no answer in time"))
        return self._read(read, not_before, deadline, urgent=urgent)

    def _is_made(self, *, urgent: bool) -> bool:
        """Whether a read is under way that such a caller waits for."""
        return True in self._readers if urgent else bool(self._readers)

    def _answer(self, not_before: float, deadline: Deadline) -> Result[_Book, BrokerError] | None:
        latest = self._latest
        if latest is None or self._began < not_before:
            return None
        return latest if is_successful(latest) or deadline.at - self._given_until < _MORE_TIME else None

    def _read(
        self,
        read: Callable[[float], Result[_Book, BrokerError]],
        not_before: float,
        deadline: Deadline,
        *,
        urgent: bool,
    ) -> Result[_Book, BrokerError]:
        began = float("-inf")
        outcome: Result[_Book, BrokerError] = Failure(Unreadable("the read was broken off"))
        try:
            has_turn = self._has_turn(not_before, deadline, urgent=urgent)
            with self._changed:
                overtaken_by = self._answer(not_before, deadline)
            if overtaken_by is not None:
                return overtaken_by
            if not has_turn:
                outcome = Failure(Unreadable("the rate limit left no turn in time"))
                return outcome
            began = self._clock.monotonic()
            outcome = read(deadline.remaining(began))
            return outcome
        finally:
            with self._changed:
                self._readers.remove(urgent)
                if began >= self._began:
                    self._began, self._latest, self._given_until = began, outcome, deadline.at
                self._changed.notify_all()

    def _has_turn(self, not_before: float, deadline: Deadline, *, urgent: bool) -> bool:
        """Wait for a turn; urgent readers may take them all, and then one of their reads ends the wait of a page."""

        def is_answered() -> bool:
            return self._answer(not_before, deadline) is not None

        while True:
            left = deadline.remaining(self._clock.monotonic())
            if self._throttle.wait(self._family, left if urgent else min(left, _GLANCE), reduces=urgent):
                return True
            with self._changed:
                if urgent or left <= 0 or self._clock.wait_for(self._changed, is_answered, _GLANCE):
                    return False
