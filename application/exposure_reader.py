"""Reading what is held and under way, and refusing to guess while the books disagree."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books import Books
from jainam_prop.application.ports.clock import Clock
from jainam_prop.application.ports.order_journal import OrderJournal
from jainam_prop.application.timing import Timing
from jainam_prop.domain.calendar import IST
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.exposure import (
    SETTLE_SECONDS,
    VISIBLE_WITHIN,
    Snapshot,
    agrees,
    carried_at_start,
    snapshot,
)
from jainam_prop.domain.order import Order
from jainam_prop.domain.pacing import Deadline
from jainam_prop.domain.position import Position, PositionKey, key_of
from jainam_prop.domain.session import Session

Reading: TypeAlias = Result[Snapshot, BrokerError]
_Looks: TypeAlias = tuple[tuple[Order, ...], tuple[Position, ...]]


@dataclass(frozen=True, slots=True)
class _Manner:
    """How to look: from when on books are new enough for the first look, whether for an exit, and whether only once."""

    not_before: float | None = None
    tolerant: bool = False
    once: bool = False


@dataclass(slots=True)
class _Memory:
    """What earlier reads taught about one position; only touched while its guard is held."""

    day: date
    carried: int | None
    filled: int | None = None
    quiet_since: float = 0.0


@final
class ExposureReader:
    """Reads positions until order book, position book and journal agree on each, or the deadline comes.

    It remembers per position what was carried into the day, so that later reads are proven by a single look. Only
    reads that begin after a call are used for it; hold the guards of the positions around it.
    """

    def __init__(self, books: Books, journal: OrderJournal, clock: Clock, timing: Timing) -> None:
        """Read through shared books, so that concurrent callers cost one request."""
        self._books = books
        self._journal = journal
        self._clock = clock
        self._timing = timing
        self._memories: dict[tuple[str, PositionKey], _Memory] = {}
        self._lock = threading.Lock()

    def one(self, session: Session, key: PositionKey, deadline: Deadline) -> Reading:
        """Return the snapshot of one position; `Unreadable` when it is not certain in time.

        An order of ours whose fate is unknown makes it uncertain.
        """
        return self._read(session, (key,), deadline, _Manner())[key]

    def many(
        self,
        session: Session,
        keys: Sequence[PositionKey],
        deadline: Deadline,
        not_before: float | None = None,
        *,
        once: bool = False,
    ) -> dict[PositionKey, Reading]:
        """Return the snapshots of several positions, each certain or `Unreadable`, for the price of one read.

        Orders of unknown fate do not stand in the way of an exit: `Snapshot.safe_to_close` takes them into account.
        With ``not_before`` (monotonic seconds) a first look may use books read since that moment; with ``once`` there
        is no second one, so that what is certain now need not wait for what is not.
        """
        return self._read(session, keys, deadline, _Manner(not_before, tolerant=True, once=once))

    def _read(
        self,
        session: Session,
        keys: Sequence[PositionKey],
        deadline: Deadline,
        manner: _Manner,
    ) -> dict[PositionKey, Reading]:
        readings: dict[PositionKey, Reading] = {}
        not_before, pending = manner.not_before, list(keys)
        while pending:
            looked = self._look(session, deadline, not_before)
            not_before = None
            if not is_successful(looked):
                return readings | {key: Failure(looked.failure()) for key in pending}
            for key in pending:
                readings[key] = self._judge(session, key, looked.unwrap(), deadline, tolerant=manner.tolerant)
            pending = [key for key in pending if not is_successful(readings[key])]
            if manner.once or not pending or not deadline.allows(self._clock.monotonic(), self._timing.poll):
                break
            self._clock.sleep(self._timing.poll)
        return readings

    def _look(self, session: Session, deadline: Deadline, not_before: float | None) -> Result[_Looks, BrokerError]:
        moment = self._clock.monotonic() if not_before is None else not_before
        positions = self._books.positions(session, deadline, moment)
        if not is_successful(positions):
            return Failure(positions.failure())
        orders = self._books.orders(session, deadline, moment)
        if not is_successful(orders):
            return Failure(orders.failure())
        return Success((orders.unwrap(), positions.unwrap()))

    def _judge(
        self, session: Session, key: PositionKey, looks: _Looks, deadline: Deadline, *, tolerant: bool
    ) -> Reading:
        now = self._clock.now()
        entries = self._journal.entries_for(key, now - VISIBLE_WITHIN)
        seen = snapshot(key, *looks, entries, now)
        memory = self._memory(session, key)
        doubt = self._doubt(session, key, memory, seen, deadline)
        if doubt is None and seen.unresolved and not tolerant:
            doubt = f"the outcome of order {', '.join(one.identifier for one in seen.unresolved)} is unknown"
        if doubt is not None:
            return Failure(Unreadable(f"position unknown: {doubt}"))
        memory.carried = seen.net - seen.filled
        return Success(seen)

    def _doubt(
        self, session: Session, key: PositionKey, memory: _Memory, seen: Snapshot, deadline: Deadline
    ) -> str | None:
        """Say why the position book must not be believed yet, or None when it may."""
        quiet = self._quiet(memory, seen)
        if agrees(seen, memory.carried):
            return None
        if quiet < SETTLE_SECONDS:
            return "the position book lags behind the order book"
        if seen.has_working and not self._is_unchanged(session, key, seen, deadline):
            return "an order filled while the books were read"
        return None

    def _is_unchanged(self, session: Session, key: PositionKey, seen: Snapshot, deadline: Deadline) -> bool:
        """Look at the order book once more: only without a fill since was the position read in between."""
        again = self._books.orders(session, deadline)
        if not is_successful(again):
            return False
        own = [order for order in again.unwrap() if key_of(order) == key]
        return sum(order.side.sign * order.filled for order in own) == seen.filled

    def _quiet(self, memory: _Memory, seen: Snapshot) -> float:
        """Return for how many seconds no fill has been added."""
        moment = self._clock.monotonic()
        if memory.filled is None:
            memory.quiet_since = moment - seen.fill_age
        elif memory.filled != seen.filled:
            memory.quiet_since = moment
        memory.filled = seen.filled
        return moment - memory.quiet_since

    def _memory(self, session: Session, key: PositionKey) -> _Memory:
        """Return what is known of a position today; what was carried into another day says nothing."""
        today = self._clock.now().astimezone(IST).date()
        with self._lock:
            memory = self._memories.get((session.user_id, key))
            if memory is None or memory.day != today:
                memory = self._memories[session.user_id, key] = _Memory(today, carried_at_start(key.product))
            return memory
