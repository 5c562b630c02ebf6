"""Settlement of intents of unknown outcome, by reads of the books that could have shown them; design: ADR 15.

An order that an error ended (a reset, a 502) never arrived when one read of the order book, begun long enough after it,
does not show it; after silence several such reads over some seconds are needed. A command about a position bears no
identifier: the position book settles it, when it shows the change, or again and again does not.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.orders.journal import (
    ARRIVED_LATE,
    CLEARANCE,
    CONVERSION,
    REQUEST_ENDED,
    IntentState,
    JournalEntry,
)
from jainam_prop.domain.orders.order import Order, PriceType, Side, bearing
from jainam_prop.domain.positions.net_position import SEVERAL
from jainam_prop.domain.positions.position import PositionKey

SETTLE_SECONDS: Final = 15.0
"""Default of the time after which a read of the order book could have shown an order. Assumed: the vendor gives none;
orders that were answered show within two seconds."""

SENDER_SECONDS: Final = 60.0
"""The longest that a sender tries; one that has noted nothing by then has died."""

_READS: Final = 3
_SPAN_SECONDS: Final = 3.0
"""After silence, so many reads over so much time must not show an order."""
_SEEN: Final = 3
"""Consecutive position books that prove a command by the change that they show."""
_APART_SECONDS: Final = 1.0

_LATE_SECONDS: Final = 120.0
"""For so long an order that was settled as never arrived is looked for, since nothing proves that it never comes."""

_SEARCHED_SECONDS: Final = 2.0
_WAITED_SECONDS: Final = 10.0
"""A search for a lost order, and a sender that waits for its reply, are worth another look for so long."""


@dataclass(frozen=True, slots=True)
class UnresolvedOrder:
    """An order of ours of unknown outcome.

    Attributes:
        units: signed.
        is_waiting: whether its sender may still be waiting for the reply, or searching.
        until: when an order book that does not show it settles it at the latest, UTC.
    """

    identifier: str
    units: int
    is_waiting: bool = field(default=True, compare=False)
    until: datetime | None = field(default=None, compare=False)


class Settlement(NamedTuple):
    """How an intent was settled: ``units`` is the signed change of a command that was seen done.

    One that ``is_late`` shows, and was not refused, although it was settled before as never arrived.
    """

    entry: JournalEntry
    state: IntentState
    order_id: str
    note: str
    units: int = 0
    is_late: bool = False


@dataclass(slots=True)
class _Lost:
    """An open intent with the reads that could have shown it; moments are monotonic seconds."""

    entry: JournalEntry
    given_up_at: float
    reads: int = 0
    first: float = 0.0
    last: float = float("-inf")
    shown: int = 0

    def miss(self, began: float) -> None:
        self.first = began if not self.reads else self.first
        self.reads, self.last = self.reads + 1, began

    @property
    def is_absent(self) -> bool:
        over = REQUEST_ENDED in self.entry.note
        return over or (self.reads >= _READS and self.last - self.first >= _SPAN_SECONDS)


class LostOrders:
    """The intents of unknown outcome of one account on one day; not safe across threads, the caller holds a lock."""

    def __init__(self, settle_seconds: float = SETTLE_SECONDS) -> None:
        """Know none; ``settle_seconds`` after an order was given up, an order book that lacks it is evidence."""
        self._settle = settle_seconds
        self._open: dict[str, _Lost] = {}
        self._settled: dict[str, JournalEntry] = {}
        self._arrived: set[str] = set()
        self.may_arrive_until = float("-inf")

    def take_in(self, entries: Iterable[JournalEntry], now: float, wall: datetime) -> None:
        """Take in what the journal says; ``now`` (monotonic) and ``wall`` (UTC) are the same moment."""
        for entry in entries:
            identifier = entry.intent.identifier
            if not entry.state.is_open:
                self._open.pop(identifier, None)
                self._settled.pop(identifier, None)
                if entry.state is IntentState.NEVER_ARRIVED and identifier not in self._arrived:
                    self._settled[identifier] = entry  # it may show after all, also in another process
                continue
            known = self._open.get(identifier)
            if identifier not in self._settled and (known is None or known.entry.state is not entry.state):
                self._open[identifier] = _Lost(entry, now - (wall - _given_up(entry, wall)).total_seconds())

    @property
    def is_waiting(self) -> bool:
        """Whether anything is left to settle."""
        return bool(self._open)

    def is_settled(self, entry: JournalEntry) -> bool:
        """Whether an intent is settled here, also where the journal could not be written."""
        return not entry.state.is_open or entry.intent.identifier in self._settled

    def unresolved(self, entry: JournalEntry, wall: datetime) -> UnresolvedOrder:
        """Return an open intent as the order that it may be; ``wall`` is now, UTC."""
        intent, lost = entry.intent, entry.state is IntentState.UNKNOWN
        age = wall - (entry.changed_at if lost else intent.made_at)
        span = 0.0 if REQUEST_ENDED in entry.note else _SPAN_SECONDS
        return UnresolvedOrder(
            intent.identifier,
            Side(intent.side).sign * intent.quantity,
            age.total_seconds() < (_SEARCHED_SECONDS if lost else _WAITED_SECONDS),
            _given_up(entry, wall) + timedelta(seconds=self._settle + span),
        )

    def see_orders(
        self, orders: Sequence[Order], began: float, wall_at: Callable[[float], datetime], *, is_behind: bool = False
    ) -> list[Settlement]:
        """Take in an order book of which the read began at a monotonic moment, and return what it settles.

        ``wall_at`` returns the time of day, UTC, of a monotonic moment. A book that ``is_behind`` lacks an order that
        the broker is known to have, so that what it does not show proves nothing.
        """
        if not (self._open or self._settled):
            return []
        shown = {order.identifier for order in orders}
        found = [lost.entry for lost in self._open.values() if lost.entry.intent.identifier in shown]
        settled = [*_shown(found, orders), *self._late(orders)]
        for identifier, lost in self._open.items():
            if identifier in shown or not _bears_identifier(lost.entry):
                continue
            if began >= lost.given_up_at + self._settle and not is_behind:
                lost.miss(began)
                if lost.is_absent:
                    settled.append(_never_arrived(lost, "order book", wall_at))
                    self.may_arrive_until = began + _LATE_SECONDS
        return self._keep(settled)

    def see_order(self, order: Order) -> list[Settlement]:
        """Take in an order that an event shows, and return whether it is one that was taken for never arrived."""
        return self._keep(self._late((order,)) if order.identifier in self._settled else [])

    def is_news(self, entry: JournalEntry) -> bool:
        """Whether an intent has arrived late, as another process has noted; True once."""
        is_new = entry.note.startswith(ARRIVED_LATE) and entry.intent.identifier not in self._arrived
        self._arrived |= {entry.intent.identifier} if is_new else set()
        return is_new

    def see_positions(
        self, difference: Callable[[PositionKey], int | None], ended: float, wall_at: Callable[[float], datetime]
    ) -> list[Settlement]:
        """Take in a read of both books, and return the commands that it settles.

        ``difference`` is, in signed units, what the position book shows more than the known fills; None is not known.
        """
        settled = []
        for lost in self._open.values():
            if _bears_identifier(lost.entry) or ended - lost.last < _APART_SECONDS or ended < lost.given_up_at:
                continue
            intent, shown = lost.entry.intent, difference(lost.entry.intent.position)
            units = Side(intent.side).sign * intent.quantity
            lost.last = ended
            lost.shown = lost.shown + 1 if shown == units else 0
            lost.reads = lost.reads + 1 if shown == 0 and ended >= lost.given_up_at + self._settle else 0
            lost.first = ended if lost.reads == 1 else lost.first
            if lost.shown >= _SEEN:
                settled.append(Settlement(lost.entry, IntentState.RESOLVED, "", "seen in the position book", units))
            elif lost.reads >= SEVERAL and intent.price_type == CONVERSION:
                settled.append(_never_arrived(lost, "position book", wall_at))
            elif lost.reads >= SEVERAL:
                settled.append(Settlement(lost.entry, IntentState.RESOLVED, "", "both books agree again"))
        return self._keep(settled)

    def _late(self, orders: Sequence[Order]) -> list[Settlement]:
        found = [entry for order in orders if (entry := self._settled.get(order.identifier)) is not None]
        return [each._replace(is_late=each.state is IntentState.RESOLVED) for each in _shown(found, orders)]

    def _keep(self, settled: list[Settlement]) -> list[Settlement]:
        for each in settled:
            identifier = each.entry.intent.identifier
            self._open.pop(identifier, None)
            if each.order_id:
                self._settled.pop(identifier, None)
                self._arrived.add(identifier)
            else:
                self._settled[identifier] = each.entry
        return settled


def changes_position(entry: JournalEntry) -> bool:
    """Whether an intent may change a position; cancels are only recorded."""
    return entry.intent.price_type != CLEARANCE


def _bears_identifier(entry: JournalEntry) -> bool:
    return entry.intent.price_type in set(PriceType)


def _given_up(entry: JournalEntry, wall: datetime) -> datetime:
    """Return when the request was over at the latest, UTC; what a clock wrote that is ahead, was written before now."""
    lost = entry.state is IntentState.UNKNOWN
    moment, longest = (entry.changed_at, 0.0) if lost else (entry.intent.made_at, SENDER_SECONDS)
    return min(moment, wall) + timedelta(seconds=longest)


def _shown(entries: Iterable[JournalEntry], orders: Sequence[Order]) -> list[Settlement]:
    """Return what an order book says of orders, by their identifiers and sides."""
    found = []
    for entry in filter(_bears_identifier, entries):
        order = bearing(orders, entry.intent.identifier, Side(entry.intent.side))
        if order is not None:
            state = IntentState.REJECTED if order.was_refused else IntentState.RESOLVED
            found.append(Settlement(entry, state, order.order_id, order.reason or order.state.value))
    return found


def _never_arrived(lost: _Lost, book: str, wall_at: Callable[[float], datetime]) -> Settlement:
    first, last = (f"{wall_at(moment).astimezone(IST):%H:%M:%S}" for moment in (lost.first, lost.last))
    one, several = f"the {book} read at {first} IST does", f"reads of the {book}, from {first} to {last} IST, do"
    reads = one if lost.reads == 1 else f"{lost.reads} {several}"
    return Settlement(lost.entry, IntentState.NEVER_ARRIVED, "", f"{reads} not show it")
