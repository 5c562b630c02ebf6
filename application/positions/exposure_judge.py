"""Deciding whether a look at the books may be believed of a position."""

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeAlias, TypeVar, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.ports.journal import JournalUnreadableError, OrderJournal
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.positions.books import Books
from jainam_prop.application.positions.exposure_memory import ExposureMemory, Recollection
from jainam_prop.application.positions.steady_now import SteadyNow
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.positions.exposure import SETTLE_SECONDS, VISIBLE_WITHIN, Snapshot, may_hide, snapshot
from jainam_prop.domain.positions.position import Position, PositionKey, key_of
from jainam_prop.domain.sessions.session import Session

Reading: TypeAlias = Result[Snapshot, BrokerError]
_Row = TypeVar("_Row")


class Looks(NamedTuple):
    """Both books, the positions read first."""

    orders: tuple[Order, ...]
    positions: tuple[Position, ...]


@final
class ExposureJudge:
    """Weighs order book, position book and journal against each other and against what earlier looks taught.

    It remembers per position what was carried into the day, so that later looks are proven at once.
    """

    def __init__(self, books: Books, journal: OrderJournal, clock: Clock) -> None:
        """Remember nothing yet."""
        self._books = books
        self._journal = journal
        self._clock = clock
        self._now = SteadyNow(clock)
        self._memory = ExposureMemory(clock)

    def __call__(
        self, session: Session, key: PositionKey, looks: Looks, deadline: Deadline, *, tolerant: bool
    ) -> Reading:
        """Return what a look says of a position, or `Unreadable` with the reason not to believe it.

        ``tolerant`` lets orders of unknown fate pass.
        """
        now = self._now()
        try:
            entries = self._journal.entries_for(key, now - VISIBLE_WITHIN)
        except JournalUnreadableError as error:
            return Failure(_unreadable(error))
        own = tuple(order for order in looks.orders if key_of(order) == key)
        seen = snapshot(key, own, looks.positions, entries, now)
        memory = self._memory.recall(session, key)
        was_listed = self._books.has_listed(session, key)
        doubt = self._doubt(memory, own, seen, was_listed=was_listed) or self._late_fill(
            session, key, memory, seen, deadline
        )
        if doubt is None and seen.unresolved and not tolerant:
            doubt = f"the outcome of order {', '.join(one.identifier for one in seen.unresolved)} is unknown"
        if doubt is not None:
            return Failure(Unreadable(f"position unknown: {doubt}"))
        memory.learn(seen)
        return Success(seen)

    def expect(self, session: Session, orders: Iterable[Order]) -> None:
        """Take in orders that were seen working: a book that leaves one of them out is not believed."""
        for key, own in _grouped(orders, key_of).items():
            self._memory.recall(session, key).expect(own)

    def hidden(self, session: Session, looks: Looks) -> Result[tuple[PositionKey, ...], BrokerError]:
        """Return the positions that a look does not show open, but that may be."""
        now = self._now()
        try:
            recent = self._journal.entries_since(now - VISIBLE_WITHIN)
        except JournalUnreadableError as error:
            return Failure(_unreadable(error))
        own, meant = _grouped(looks.orders, key_of), _grouped(recent, lambda entry: entry.intent.position)
        rows = _grouped(looks.positions, lambda position: position.key)
        traded = {key for key, orders in own.items() if any(order.filled for order in orders)}
        is_open = {key for key, each in rows.items() if sum(position.net for position in each)}
        doubtful = []
        for key in sorted((traded | meant.keys()) - is_open):
            seen = snapshot(key, own.get(key, ()), rows.get(key, ()), meant.get(key, ()), now)
            if may_hide(seen, is_proven=self._memory.recall(session, key).proves(seen)):
                doubtful.append(key)
        return Success(tuple(doubtful))

    def _doubt(self, memory: Recollection, own: tuple[Order, ...], seen: Snapshot, *, was_listed: bool) -> str | None:
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
        self, session: Session, key: PositionKey, memory: Recollection, seen: Snapshot, deadline: Deadline
    ) -> str | None:
        """Look at the order book once more: only without a fill since was the position read in between."""
        if memory.proves(seen) or not seen.has_working:
            return None
        again = self._books.orders(session, deadline)
        if is_successful(again):
            traded = sum(order.filled for order in again.unwrap() if key_of(order) == key)
            if traded == seen.traded:
                return None
        return "an order filled while the books were read"


def _grouped(rows: Iterable[_Row], key: Callable[[_Row], PositionKey]) -> dict[PositionKey, list[_Row]]:
    groups: dict[PositionKey, list[_Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def _unreadable(error: JournalUnreadableError) -> Unreadable:
    return Unreadable(f"the order journal, so that orders under way are not known: {error}")
