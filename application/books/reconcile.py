"""Position reconciliation: what is held and what works, from the account state and, where needed, from the books.

Design: docs/adr/0004 and 0012. With a current order feed a settled position needs no read; without it one read of the
order book, and one of the position book only while the carried units are not settled or something contradicts them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple, TypeAlias, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books.account import AccountStates, AccountView
from jainam_prop.application.books.books import Books
from jainam_prop.application.books.monotonic_clock import MonotonicClock
from jainam_prop.application.journal import ProcessJournal
from jainam_prop.application.ports.journal import JournalUnreadableError
from jainam_prop.application.ports.runtime import UNMETERED, Clock, Meter, TaskRunner
from jainam_prop.domain.deadlines import Deadline, Timing
from jainam_prop.domain.errors import Blocked, BrokerError, Unreadable
from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.orders.journal import JournalEntry
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.positions.lost_orders import UnresolvedOrder
from jainam_prop.domain.positions.net_position import ENOUGH, Doubtful, Exact, NetPosition, Trust
from jainam_prop.domain.positions.position import Position, PositionKey
from jainam_prop.domain.positions.position_state import VISIBLE_WITHIN, PositionState, working_order
from jainam_prop.domain.sessions.session import Session

Reading: TypeAlias = Result[PositionState, BrokerError]


_MANY: Final = 4
"""Positions for which the journal of two minutes is read at once."""


class _Terms(NamedTuple):
    """What a reading is for.

    Attributes:
        tolerant: orders of unknown outcome do not make it unreadable.
        exits: nor does a journal that cannot be read.
        partly: of a position in doubt it has what may be closed in any case.
    """

    tolerant: bool = False
    exits: bool = False
    partly: bool = False


_DECIDES: Final = _Terms()
_EXITS: Final = _Terms(exits=True)
_TOLERATES: Final = _Terms(tolerant=True, exits=True)
_CLOSES: Final = _Terms(tolerant=True, exits=True, partly=True)


class OpenPositions(NamedTuple):
    """The open positions of an account, those that may be open, and its working orders.

    ``overdue`` are rows that the position book shows open and the fills flat, each with what is said of it.
    """

    open: tuple[Position, ...]
    doubtful: tuple[PositionKey, ...]
    working: tuple[Order, ...]
    overdue: tuple[tuple[Position, str], ...] = ()


@final
@dataclass(slots=True)
class PositionReconciler:
    """Answers what positions are, each certain or `Unreadable` with the figures that contradict each other.

    Hold the locks of the positions around it, since another decision could send an order in between.
    """

    books: Books
    states: AccountStates
    journal: ProcessJournal
    tasks: TaskRunner
    clock: Clock
    timing: Timing
    meter: Meter = UNMETERED
    _wall_clock: MonotonicClock = field(init=False)

    def __post_init__(self) -> None:
        """Tell the time without the jumps of the wall clock."""
        self._wall_clock = MonotonicClock(self.clock)

    def one(
        self,
        session: Session,
        key: PositionKey,
        deadline: Deadline,
        not_before: float | None = None,
        *,
        exits: bool = False,
    ) -> Reading:
        """Return the state of one position; `Unreadable` when it is not certain in time.

        An order of ours of unknown outcome makes it uncertain, and so does a journal that cannot be read, unless the
        caller only ``exits``. Reads that began before ``not_before`` (monotonic seconds; None is now) are not new
        enough; orders that this store sent after a read count as under way.
        """
        return self._read(session, (key,), deadline, not_before, _EXITS if exits else _DECIDES)[key]

    def many(self, session: Session, keys: Sequence[PositionKey], deadline: Deadline) -> dict[PositionKey, Reading]:
        """Return the states of several positions, each certain or `Unreadable`, for the price of one read.

        Orders of unknown outcome do not prevent an exit: `PositionState.safe_to_close` takes them into account.
        """
        return self._read(session, keys, deadline, None, _TOLERATES)

    def look(
        self, session: Session, keys: Sequence[PositionKey], deadline: Deadline, not_before: float
    ) -> dict[PositionKey, Reading]:
        """Read once, as `many`, without waiting for a contradiction to end; its reading has what both figures hold.

        Args:
            session: the account of the positions.
            keys: which.
            deadline: when the caller must have an answer.
            not_before: monotonic seconds; a read of a book that began earlier is not new enough.
        """
        return self._look(session, keys, deadline, not_before, _CLOSES)

    def trust(self, session: Session, choice: Trust) -> str:
        """End every doubt by the figure that a person chose, and return what contradicted each other, in words."""
        doubts = self.states.of(session).trust(choice)
        figures = "; ".join(f"{key.instrument.token} {key.product}: {doubt}" for key, doubt in doubts.items())
        return f"the {choice} were trusted for {figures}" if doubts else ""

    def open_positions(
        self, session: Session, deadline: Deadline, not_before: float, *, confirms: bool = False
    ) -> Result[OpenPositions, BrokerError]:
        """Return every position of the account that is open or may be, and the working orders that books have shown.

        The position book is read where something is not settled, or nothing of the account is known yet; to confirm
        it is read in any case, and again while it shows an earlier figure that may be a slip.
        """
        account = self.states.of(session)
        named = tuple(account.positions())
        with_positions = confirms or not named or account.needs_positions(named)
        if with_positions or not account.is_current():
            failure = self._refresh(session, deadline, not_before, with_positions=with_positions)
            if failure is not None:
                return Failure(failure)
        while confirms and account.is_suspicious() and deadline.allows(self.clock.monotonic(), self.timing.poll):
            self.clock.sleep(self.timing.poll)
            self._refresh(session, deadline, self.clock.monotonic(), with_positions=True)
        entries = self.journal.entries_since(self._wall_clock.now() - VISIBLE_WITHIN, exits=True)
        account.take_in(entries)
        intended = _by_position(entries)
        keys = dict.fromkeys((*account.positions(), *intended))
        views = {key: account.view(key, intended.get(key, ())) for key in keys}
        nets = {key: net for key, view in views.items() if (net := _figure(view.net))}
        doubtful = tuple(key for key, view in views.items() if key not in nets and _may_be_open(view))
        rows = tuple(account.row(key, net) for key, net in nets.items())
        overdue = tuple(
            (account.row(key, figures.by_book or 0), _overdue(figures))
            for key, figures in account.overdue(reads=1 if confirms else ENOUGH).items()
            if not figures.by_fills
        )
        return Success(OpenPositions(rows, doubtful, account.orders(only_working=True), overdue))

    def overdue(self, session: Session, key: PositionKey) -> str:
        """Say which earlier figure the position book has shown of a position for long; "" where it has not."""
        return "".join(map(_overdue, self.states.of(session).overdue((key,)).values()))

    def orders(self, session: Session, deadline: Deadline, not_before: float) -> Result[tuple[Order, ...], BrokerError]:
        """Return the orders of the day, from the state with a current order feed, otherwise as `Books.orders`."""
        account = self.states.of(session)
        return Success(account.orders()) if account.is_current() else self.books.orders(session, deadline, not_before)

    def unchanged_since(self, session: Session, *, positions: bool = False) -> float:
        """Return the moment (monotonic) from which on a read of a book shows what one of this moment would.

        The order book's, or that of the positions; orders that other processes of the store sent count as changes.
        Where a position is not known, the order book is read in the background, so that it may be the next time.
        """
        account, now = self.states.of(session), self.clock.monotonic()
        try:
            account.take_in(self.journal.entries_since(self._wall_clock.now() - VISIBLE_WITHIN))
        except JournalUnreadableError:
            return now
        since = account.unchanged_since(positions=positions)
        if since is None and positions and not account.is_current():
            self.tasks.start(partial(self.books.orders, session, Deadline(now + self.timing.call), urgent=False))
        return now if since is None else since

    def settle(self, session: Session, deadline: Deadline) -> bool:
        """Read both books until the carried units of every position are settled; False when the deadline came first."""
        account = self.states.of(session)
        while True:
            self._refresh(session, deadline, self.clock.monotonic(), with_positions=True)
            if account.is_settled():
                return True
            if not deadline.allows(self.clock.monotonic(), self.timing.poll):
                return False
            self.clock.sleep(self.timing.poll)

    def settle_in_background(self, session: Session) -> None:
        """Settle beside the caller's work, so that no decision has to wait for it.

        To be called after a login, a gap of the feed and a conversion, and now and then: another login may have traded.
        """
        deadline = Deadline(self.clock.monotonic() + self.timing.close_all)
        self.tasks.start(partial(self.settle, session, deadline))

    def _read(
        self, session: Session, keys: Sequence[PositionKey], deadline: Deadline, not_before: float | None, terms: _Terms
    ) -> dict[PositionKey, Reading]:
        readings: dict[PositionKey, Reading] = {}
        pending = list(keys)
        moment = self.clock.monotonic() if not_before is None else not_before
        while pending:
            looked = self._look(session, pending, deadline, moment, terms)
            # A look with hardly any time left fails of that, which would hide why the last one was not believed.
            is_late = not deadline.allows(self.clock.monotonic(), 2 * self.timing.poll)
            readings |= {key: looked[key] for key in pending if not is_late or _is_news(looked[key], readings.get(key))}
            pending = [key for key in pending if _may_change(readings[key])]
            if not pending or is_late:
                break
            self.clock.sleep(self.timing.poll)
            moment = self.clock.monotonic()
        return readings

    def _look(
        self, session: Session, keys: Sequence[PositionKey], deadline: Deadline, moment: float, terms: _Terms
    ) -> dict[PositionKey, Reading]:
        account = self.states.of(session)
        with_positions = account.needs_positions(keys)
        if account.confirm_is_due():
            self.settle_in_background(session)
        if with_positions or not account.is_current():
            failure = self._refresh(session, deadline, moment, with_positions=with_positions)
            if failure is not None:
                return {key: Failure(failure) for key in keys}
        try:
            intended = self._intended(keys, exits=terms.exits)
        except JournalUnreadableError as error:
            return {key: Failure(_unreadable(error)) for key in keys}
        account.take_in([entry for entries in intended.values() for entry in entries])
        return {key: self._judge(account.view(key, intended.get(key, ())), moment, terms) for key in keys}

    def _intended(self, keys: Sequence[PositionKey], *, exits: bool) -> Mapping[PositionKey, Sequence[JournalEntry]]:
        """Return what the journal has of positions; of many in one read."""
        since = self._wall_clock.now() - VISIBLE_WITHIN
        if len(keys) >= _MANY:
            return _by_position(self.journal.entries_since(since, exits=exits))
        return {key: self.journal.entries_for(key, since, exits=exits) for key in keys}

    def _refresh(
        self, session: Session, deadline: Deadline, moment: float, *, with_positions: bool
    ) -> BrokerError | None:
        """Read positions before orders, so that a fill in between is one that the positions lack."""
        if with_positions:
            positions = self.books.positions(session, deadline, moment)
            if not is_successful(positions):
                return positions.failure()
            moment = max(moment, self.clock.monotonic())
        orders = self.books.orders(session, deadline, moment)
        if with_positions and self.states.of(session).is_early():
            self.books.positions_of_today(session, deadline)
        return None if is_successful(orders) else orders.failure()

    def _judge(self, view: AccountView, moment: float, terms: _Terms) -> Reading:
        """Return a position from the account state and the journal, or `Unreadable` with what is not certain."""
        if view.unresolved and not terms.tolerant:
            return Failure(_unknown_outcome(view.unresolved))
        since_then = None if terms.tolerant else moment
        working = tuple(working_order(order, since_then) for order in view.working)
        if isinstance(view.net, Exact):
            return Success(PositionState(view.net.net, view.filled, working, view.unresolved))
        self.meter.doubted()
        doubt, safe = f"position unknown: {view.net}", view.net.safe_to_close
        if terms.partly and safe:
            return Success(PositionState(safe, view.filled, working, view.unresolved, doubt))
        return Failure(Unreadable(doubt))


def _by_position(entries: Iterable[JournalEntry]) -> dict[PositionKey, list[JournalEntry]]:
    found: dict[PositionKey, list[JournalEntry]] = {}
    for entry in entries:
        found.setdefault(entry.intent.position, []).append(entry)
    return found


def _may_change(reading: Reading) -> bool:
    """Whether another read within the same call may be believed where this one was not."""
    return not is_successful(reading) and not isinstance(reading.failure(), Blocked)


def _is_news(reading: Reading, last: Reading | None) -> bool:
    return last is None or is_successful(reading)


def _unknown_outcome(unresolved: Sequence[UnresolvedOrder]) -> BrokerError:
    """Say at once when a position is known again; an order whose sender still waits or searches is worth a read."""
    names = ", ".join(one.identifier for one in unresolved)
    if any(one.is_waiting or one.until is None for one in unresolved):
        return Unreadable(f"position unknown: the outcome of order {names} is unknown")
    until = max(one.until for one in unresolved if one.until is not None).astimezone(IST)
    return Blocked(
        f"position unknown: the outcome of order {names} is unknown; "
        f"an order book that is read at {until:%H:%M:%S} IST or later settles it"
    )


def _may_be_open(view: AccountView) -> bool:
    unseen = any(order.row is None for order in view.working)
    return bool(view.unresolved) or unseen or not isinstance(view.net, Exact) or view.net.net != 0


def _figure(net: NetPosition) -> int:
    """Return what a position is said to be: by the fills, or by the position book while they decide nothing."""
    if isinstance(net, Exact):
        return net.net
    return net.by_book or net.by_fills or 0


def _overdue(figures: Doubtful) -> str:
    return f"{figures}; close-all --trust positions closes by the book"


def _unreadable(error: JournalUnreadableError) -> Unreadable:
    return Unreadable(f"the order journal, so that orders under way are not known: {error}")
