"""Position reconciliation: reading positions until order book, position book and journal agree.

Design: docs/adr/0004. The pure rules are in `domain.positions.position_state`.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, TypeAlias, TypeVar, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books.books import Books
from jainam_prop.application.books.monotonic_clock import MonotonicClock
from jainam_prop.application.books.position_memory import PositionMemory
from jainam_prop.application.ports.journal import JournalUnreadableError, OrderJournal
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import Blocked, BrokerError, Unreadable
from jainam_prop.domain.market_data.calendar import IST, book_day
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.positions.position import Position, PositionKey, key_of
from jainam_prop.domain.positions.position_state import (
    SETTLE_SECONDS,
    VISIBLE_WITHIN,
    PositionState,
    UnresolvedOrder,
    carried_at_start,
    is_settled,
    may_hide,
    position_state,
)
from jainam_prop.domain.sessions.session import Session

Reading: TypeAlias = Result[PositionState, BrokerError]
_Row = TypeVar("_Row")


class _BookPair(NamedTuple):
    """Both books, the positions read first, and when their reads began at the earliest, UTC."""

    orders: tuple[Order, ...]
    positions: tuple[Position, ...]
    read_at: datetime


@final
class PositionReconciler:
    """Reads positions until order book, position book and journal agree on each, or the deadline comes.

    Only reads that begin after a call are used for it; hold the locks of the positions around it. What was carried into
    the day is remembered per position, so that later reads are proven at once.
    """

    def __init__(self, books: Books, journal: OrderJournal, clock: Clock, timing: Timing) -> None:
        """Read through shared books, so that concurrent callers cost one request."""
        self._books = books
        self._journal = journal
        self._clock = clock
        self._timing = timing
        self._wall_clock = MonotonicClock(clock)
        self._memories: dict[tuple[str, str | None, PositionKey], PositionMemory] = {}
        self._lock = threading.Lock()

    def one(self, session: Session, key: PositionKey, deadline: Deadline) -> Reading:
        """Return the state of one position; `Unreadable` when it is not certain in time.

        An order of ours of unknown outcome makes it uncertain.
        """
        return self._read(session, (key,), deadline, tolerant=False)[key]

    def many(self, session: Session, keys: Sequence[PositionKey], deadline: Deadline) -> dict[PositionKey, Reading]:
        """Return the states of several positions, each certain or `Unreadable`, for the price of one read.

        Orders of unknown outcome do not prevent an exit: `PositionState.safe_to_close` takes them into account.
        """
        return self._read(session, keys, deadline, tolerant=True)

    def look(
        self, session: Session, keys: Sequence[PositionKey], deadline: Deadline, not_before: float
    ) -> dict[PositionKey, Reading]:
        """Read once, as `many`, without waiting for the books to agree, from reads that began since a moment.

        Args:
            session: the account of the positions.
            keys: which.
            deadline: when the caller must have an answer.
            not_before: monotonic seconds.
        """
        return self._look(session, keys, deadline, not_before, tolerant=True)

    def expect(self, session: Session, orders: Iterable[Order]) -> None:
        """Remember orders that were seen working: a book that leaves one of them out is not believed."""
        for key, own in _grouped(orders, key_of).items():
            self._memory(session, key).expect(own)

    def hidden(
        self, session: Session, orders: Iterable[Order], positions: Iterable[Position]
    ) -> Result[tuple[PositionKey, ...], BrokerError]:
        """Return the positions that these books do not show open, but that may be: fills that are not in yet."""
        now = self._wall_clock.now()
        try:
            recent = self._journal.entries_since(now - VISIBLE_WITHIN)
        except JournalUnreadableError as error:
            return Failure(_unreadable(error))
        own, intended = _grouped(orders, key_of), _grouped(recent, lambda entry: entry.intent.position)
        rows = _grouped(positions, lambda position: position.key)
        traded = {key for key, each in own.items() if any(order.filled for order in each)}
        is_open = {key for key, each in rows.items() if sum(position.net for position in each)}
        doubtful = []
        for key in sorted((traded | intended.keys()) - is_open):
            seen = position_state(key, own.get(key, ()), rows.get(key, ()), intended.get(key, ()), now)
            if may_hide(seen, is_proven=self._memory(session, key).proves(seen)):
                doubtful.append(key)
        return Success(tuple(doubtful))

    def _read(
        self, session: Session, keys: Sequence[PositionKey], deadline: Deadline, *, tolerant: bool
    ) -> dict[PositionKey, Reading]:
        readings: dict[PositionKey, Reading] = {}
        pending = list(keys)
        while pending:
            readings |= self._look(session, pending, deadline, self._clock.monotonic(), tolerant=tolerant)
            pending = [key for key in pending if _may_change(readings[key])]
            # A look for which hardly any time is left would only hide why the last one was not believed.
            if not pending or not deadline.allows(self._clock.monotonic(), 2 * self._timing.poll):
                break
            self._clock.sleep(self._timing.poll)
        return readings

    def _look(
        self, session: Session, keys: Sequence[PositionKey], deadline: Deadline, moment: float, *, tolerant: bool
    ) -> dict[PositionKey, Reading]:
        """Read positions before orders, so that a fill in between is seen as one that the positions lack."""
        read_at = self._wall_clock.now() - timedelta(seconds=max(0.0, self._clock.monotonic() - moment))
        read = self._books.positions(session, deadline, moment).bind(
            lambda positions: self._books.orders(session, deadline, moment).map(
                lambda orders: _BookPair(orders, positions, read_at)
            )
        )
        if not is_successful(read):
            return {key: Failure(read.failure()) for key in keys}
        return {key: self._judge(session, key, read.unwrap(), deadline, tolerant=tolerant) for key in keys}

    def _judge(
        self,
        session: Session,
        key: PositionKey,
        books: _BookPair,
        deadline: Deadline,
        *,
        tolerant: bool,
    ) -> Reading:
        """Return what the books say of a position, or `Unreadable` with the reason not to believe it."""
        now = self._wall_clock.now()
        try:
            entries = self._journal.entries_for(key, now - VISIBLE_WITHIN)
        except JournalUnreadableError as error:
            return Failure(_unreadable(error))
        own = tuple(order for order in books.orders if key_of(order) == key)
        if tolerant:  # an exit need not wait for an order that the order book should have shown by now
            entries = tuple(entry for entry in entries if not is_settled(entry, books.read_at))
        seen = position_state(key, own, books.positions, entries, now)
        memory = self._memory(session, key)
        was_listed = self._books.has_listed(session, key)
        doubt = self._doubt(memory, own, seen, was_listed=was_listed) or self._late_fill(
            session, key, memory, seen, deadline
        )
        if doubt is None and seen.unresolved and not tolerant:
            return Failure(_unknown_outcome(seen.unresolved))
        if doubt is not None:
            return Failure(Unreadable(f"position unknown: {doubt}"))
        memory.learn(seen)
        return Success(seen)

    def _doubt(
        self, memory: PositionMemory, own: tuple[Order, ...], seen: PositionState, *, was_listed: bool
    ) -> str | None:
        """Say why these books must not be believed yet, or None when they may as far as they go."""
        lacks, is_proven = memory.lacks(own), memory.proves(seen)
        memory.expect(own)
        quiet = memory.quiet(seen, self._clock.monotonic())
        if lacks:
            return "the order book leaves out an order that worked when last seen"
        if is_proven:
            return None
        if seen.is_missing or (was_listed and not seen.listed):
            return "the position book leaves out a position that was open today"
        return "the position book lags behind the order book" if quiet < SETTLE_SECONDS else None

    def _late_fill(
        self, session: Session, key: PositionKey, memory: PositionMemory, seen: PositionState, deadline: Deadline
    ) -> str | None:
        """Read the order book once more: only without a fill since was the position read in between."""
        if memory.proves(seen) or not seen.has_working:
            return None
        again = self._books.orders(session, deadline)
        if is_successful(again):
            traded = sum(order.filled for order in again.unwrap() if key_of(order) == key)
            if traded == seen.traded:
                return None
        return "an order filled while the books were read"

    def _memory(self, session: Session, key: PositionKey) -> PositionMemory:
        """Return what is known of a position today; what was carried into another day says nothing."""
        today = book_day(self._clock.now())
        name = (session.user_id, session.account.client_id, key)
        with self._lock:
            known = self._memories.get(name)
            if known is None or known.day != today:
                known = self._memories[name] = PositionMemory(today, carried_at_start(key.product))
            return known


def _may_change(reading: Reading) -> bool:
    """Whether another read within the same call may be believed where this one was not."""
    return not is_successful(reading) and not isinstance(reading.failure(), Blocked)


def _grouped(rows: Iterable[_Row], key: Callable[[_Row], PositionKey]) -> dict[PositionKey, list[_Row]]:
    groups: dict[PositionKey, list[_Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def _unknown_outcome(unresolved: Sequence[UnresolvedOrder]) -> BrokerError:
    """Say at once until when a position is not known; one whose sender still waits is worth another read."""
    names = ", ".join(one.identifier for one in unresolved)
    if any(one.is_waiting or one.until is None for one in unresolved):
        return Unreadable(f"position unknown: the outcome of order {names} is unknown")
    until = max(one.until for one in unresolved if one.until is not None).astimezone(IST)
    return Blocked(
        f"position unknown: the outcome of order {names} is unknown; the order book settles it by {until:%H:%M:%S} IST"
    )


def _unreadable(error: JournalUnreadableError) -> Unreadable:
    return Unreadable(f"the order journal, so that orders under way are not known: {error}")
