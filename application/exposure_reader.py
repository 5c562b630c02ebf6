"""Reading what is held and under way, and refusing to guess while the books disagree."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeAlias, TypeVar, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books import Books
from jainam_prop.application.exposure_memory import ExposureMemory, Recollection
from jainam_prop.application.ports.clock import Clock
from jainam_prop.application.ports.order_journal import JournalUnreadableError, OrderJournal
from jainam_prop.application.steady_now import SteadyNow
from jainam_prop.application.timing import Timing
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.exposure import SETTLE_SECONDS, VISIBLE_WITHIN, Snapshot, may_hide, snapshot
from jainam_prop.domain.journal import JournalEntry
from jainam_prop.domain.order import Order
from jainam_prop.domain.pacing import Deadline
from jainam_prop.domain.position import Position, PositionKey, key_of
from jainam_prop.domain.session import Session

Reading: TypeAlias = Result[Snapshot, BrokerError]
Readings: TypeAlias = dict[PositionKey, Reading]
_Row = TypeVar("_Row")
_Looks: TypeAlias = tuple[tuple[Order, ...], tuple[Position, ...]]


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
        self._memory = ExposureMemory(clock)
        self._now = SteadyNow(clock)

    def one(self, session: Session, key: PositionKey, deadline: Deadline) -> Reading:
        """Return the snapshot of one position; `Unreadable` when it is not certain in time.

        An order of ours whose fate is unknown makes it uncertain.
        """
        return self._read(session, (key,), deadline, None, tolerant=False)[key]

    def many(
        self,
        session: Session,
        keys: Sequence[PositionKey],
        deadline: Deadline,
        not_before: float | None = None,
    ) -> Readings:
        """Return the snapshots of several positions, each certain or `Unreadable`, for the price of one read.

        Orders of unknown fate do not stand in the way of an exit: `Snapshot.safe_to_close` takes them into account.
        With ``not_before`` (monotonic seconds) a first look may use books read since that moment.
        """
        return self._read(session, keys, deadline, not_before, tolerant=True)

    def look(self, session: Session, keys: Sequence[PositionKey], deadline: Deadline, not_before: float) -> Readings:
        """Look once, with books read since a moment; as `many`, but without waiting for the books to agree."""
        return self._look(session, keys, deadline, not_before, tolerant=True)

    def hidden(
        self, session: Session, orders: Iterable[Order], positions: Iterable[Position]
    ) -> Result[tuple[PositionKey, ...], BrokerError]:
        """Return the positions that these books do not show open, but that may be: fills that are not in yet."""
        now = self._now()
        try:
            recent = self._journal.entries_since(now - VISIBLE_WITHIN)
        except JournalUnreadableError as error:
            return Failure(_unreadable(error))
        own, meant = _grouped(orders, key_of), _grouped(recent, lambda entry: entry.intent.position)
        rows = _grouped(positions, lambda position: position.key)
        traded = {key for key, each in own.items() if any(order.filled for order in each)}
        doubtful = []
        for key in sorted((traded | meant.keys()) - {key for key, each in rows.items() if sum(r.net for r in each)}):
            seen = snapshot(key, own.get(key, ()), rows.get(key, ()), meant.get(key, ()), now)
            if may_hide(seen, is_proven=self._memory.recall(session, key).proves(seen)):
                doubtful.append(key)
        return Success(tuple(doubtful))

    def _read(
        self,
        session: Session,
        keys: Sequence[PositionKey],
        deadline: Deadline,
        not_before: float | None,
        *,
        tolerant: bool,
    ) -> Readings:
        readings: Readings = {}
        pending = list(keys)
        while pending:
            moment = self._clock.monotonic() if not_before is None else not_before
            not_before = None
            readings |= self._look(session, pending, deadline, moment, tolerant=tolerant)
            pending = [key for key in pending if not is_successful(readings[key])]
            if not pending or not deadline.allows(self._clock.monotonic(), self._timing.poll):
                break
            self._clock.sleep(self._timing.poll)
        return readings

    def _look(
        self, session: Session, keys: Sequence[PositionKey], deadline: Deadline, moment: float, *, tolerant: bool
    ) -> Readings:
        looked = self._books_since(session, deadline, moment)
        if not is_successful(looked):
            return {key: Failure(looked.failure()) for key in keys}
        return {key: self._judge(session, key, looked.unwrap(), deadline, tolerant=tolerant) for key in keys}

    def _books_since(self, session: Session, deadline: Deadline, moment: float) -> Result[_Looks, BrokerError]:
        """Read positions before orders, so that a fill in between is seen as one that the positions lack."""
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
        now = self._now()
        try:
            entries: tuple[JournalEntry, ...] = self._journal.entries_for(key, now - VISIBLE_WITHIN)
        except JournalUnreadableError as error:
            return Failure(_unreadable(error))
        seen = snapshot(key, *looks, entries, now)
        memory = self._memory.recall(session, key)
        doubt = self._doubt(session, key, memory, seen, deadline)
        if doubt is None and seen.unresolved and not tolerant:
            doubt = f"the outcome of order {', '.join(one.identifier for one in seen.unresolved)} is unknown"
        if doubt is not None:
            return Failure(Unreadable(f"position unknown: {doubt}"))
        memory.learn(seen)
        return Success(seen)

    def _doubt(
        self, session: Session, key: PositionKey, memory: Recollection, seen: Snapshot, deadline: Deadline
    ) -> str | None:
        """Say why the position book must not be believed yet, or None when it may."""
        is_proven = memory.proves(seen)
        quiet = memory.quiet(seen, self._clock.monotonic())
        if is_proven:
            return None
        if seen.is_missing or memory.misses(seen):
            return "the position book leaves out a position that was open today"
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
        return sum(order.filled for order in own) == seen.traded


def _grouped(rows: Iterable[_Row], key: Callable[[_Row], PositionKey]) -> dict[PositionKey, list[_Row]]:
    groups: dict[PositionKey, list[_Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def _unreadable(error: JournalUnreadableError) -> Unreadable:
    return Unreadable(f"the order journal, so that orders under way are not known: {error}")
