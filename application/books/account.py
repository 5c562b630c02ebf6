"""The state of each account in this process, fed by every source and asked by every decision.

Sources: whole reads of both books (`Books` hands each read in once), events of the order feed, and the journal. The
pure rules are in `domain.positions.account_state`.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Final, NamedTuple, final

from jainam_prop.application.books.feed_currency import FeedCurrency
from jainam_prop.application.books.unresolved import UnresolvedIntents
from jainam_prop.application.journal import ProcessJournal
from jainam_prop.application.ports.journal import CarriedUnits, Settled
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.market_data.calendar import book_day
from jainam_prop.domain.money import ZERO
from jainam_prop.domain.orders.journal import JournalEntry
from jainam_prop.domain.orders.order import Order, PriceType, Side, Trade
from jainam_prop.domain.positions.account_state import AccountState, KnownOrder
from jainam_prop.domain.positions.lost_orders import SETTLE_SECONDS, Settlement, UnresolvedOrder
from jainam_prop.domain.positions.net_position import ENOUGH, Doubtful, Exact, NetPosition, Trust
from jainam_prop.domain.positions.position import OrderFeedEvent, Position, PositionConverted, PositionKey
from jainam_prop.domain.positions.position_state import VISIBLE_WITHIN
from jainam_prop.domain.sessions.session import Session

_LOG: Final = logging.getLogger(__name__)

_YOUNG_SECONDS: Final = 1.0
"""How old a book may be that is shown again, when nothing has changed since it was read."""

_SAME_SECONDS: Final = 0.001
"""Moments that differ by less are the same one, written by this process and read again."""

_CONFIRM_SECONDS: Final = 5.0
"""A position book older than this is compared with the state in the background after a decision."""


class AccountView(NamedTuple):
    """One position as the state of its account has it."""

    net: NetPosition
    filled: int
    working: tuple[KnownOrder, ...]
    unresolved: tuple[UnresolvedOrder, ...]


@final
class AccountStates:
    """The accounts of this process; safe to use from many threads."""

    def __init__(
        self, journal: ProcessJournal, carried: CarriedUnits, clock: Clock, settle_seconds: float = SETTLE_SECONDS
    ) -> None:
        """Know no account yet; an order book read ``settle_seconds`` after an order was given up tells its fate."""
        self._journal = journal
        self.carried_units = carried
        self._clock = clock
        self._settle_seconds = settle_seconds
        self._accounts: dict[tuple[str, str | None], LiveAccount] = {}
        self._lock = threading.Lock()

    def of(self, session: Session) -> "LiveAccount":
        """Return the state of the account that a session trades."""
        owner = (session.user_id, session.account.client_id)
        with self._lock:
            account = self._accounts.get(owner)
            if account is None:
                account = self._accounts[owner] = LiveAccount(
                    self._journal, self.carried_units, self._clock, self._settle_seconds
                )
            return account


@final
class LiveAccount:
    """One account, whose state begins anew with every book day; safe to use from many threads."""

    def __init__(self, journal: ProcessJournal, carried: CarriedUnits, clock: Clock, settle_seconds: float) -> None:
        """Know nothing yet, and have no order feed."""
        self._journal = journal
        self._carried = carried
        self._clock = clock
        self._lock = threading.RLock()
        self._changed = threading.Condition(self._lock)
        self._unresolved = UnresolvedIntents(journal, clock, settle_seconds)
        self._day = date.min
        self._latest_start = datetime.min.replace(tzinfo=UTC)  # when the monotonic clock began by the latest wall clock
        self._state = AccountState(clock.now())
        self._pending: tuple[Sequence[Position], float] | None = None
        self._rows: dict[PositionKey, Position] = {}
        self._positions_at = self._confirm_at = float("-inf")
        self._feed = FeedCurrency()
        self._version, self._changed_at = 0, float("-inf")

    def see_orders(self, orders: Sequence[Order], began: float) -> None:
        """Take in a read of the order book, and with it the read of the position book that ended before it began."""
        entries, carried = self._stored_about(orders)
        settled: list[Settlement] = []
        with self._lock:
            state = self._today()
            self._introduce(orders, state, entries)
            before = {key: state.position(key) for key in state.named()}
            state.see_order_book(orders, began)
            self._feed.read(began)
            if self._pending is not None and began >= self._pending[1]:
                positions, ended = self._pending
                self._pending = None
                self._take_over(state, carried)
                self.take_in(entries)
                unresolved = self._unresolved.among(entries, state)
                uncertain = {key: [order.units for order in of] for key, of in unresolved.items()}
                state.see_position_book(positions, ended, uncertain)
                settled += self._unresolved.see_positions(state, ended)
            settled += self._unresolved.see_orders(orders, state, began)
            self._note_change(began)
            _log_changes(before, state)
            carried_units = self._newly_settled(state)
        self._share(carried_units)
        self._unresolved.note(settled)

    def see_positions(self, positions: Sequence[Position], ended: float) -> None:
        """Keep a read of the position book until an order book that was read after it has been taken in."""
        with self._lock:
            self._today()
            self._pending = (positions, ended)
            self._rows |= {position.key: position for position in positions}
            self._positions_at = ended

    def see_positions_of_today(self, positions: Sequence[Position]) -> None:
        """Take in a read of the position book's view of the day."""
        with self._lock:
            self._today().see_positions_of_today(positions)

    def is_early(self) -> bool:
        """Whether the view of the day is needed to settle a position in which orders filled before a first look."""
        with self._lock:
            state = self._today()
            return any(map(state.is_early, state.named()))

    def hear(self, event: OrderFeedEvent) -> None:
        """Take in an event of the order feed."""
        now = self._clock.monotonic()
        entries = self._stored_about((event,))[0] if isinstance(event, Order | Trade) else ()
        with self._lock:
            late: list[Settlement] = []
            state, heard_at = self._today(), now if self._is_current(now) else None
            if isinstance(event, Order):
                self._introduce((event,), state, entries)
                known = state.orders.get(event.order_id)
                self._feed.heard(event.order_id, None if known is None else known.sent_at)
                state.see_order(event, heard_at)
                late = self._unresolved.see_order(event)
            elif isinstance(event, Trade):
                self._introduce((event,), state, entries)
                state.see_trade(event, heard_at)
            elif isinstance(event, PositionConverted) and event.is_done:
                for product in (event.old_product, event.new_product):
                    state.unsettle(PositionKey(event.instrument, product))
            self._note_change(now)
        self._unresolved.note(late)

    def feed_connected(self, is_connected: Callable[[], bool] = lambda: True) -> None:
        """Note that the feed has connected, and how to ask if it still is; an order book read then makes it current."""
        with self._lock:
            self._feed.connected(self._clock.monotonic(), is_connected)

    def take_in(self, entries: Sequence[JournalEntry]) -> None:
        """Take in what the journal knows of orders, accepted or of unknown outcome, from every process of the store."""
        with self._lock:
            state = self._today()
            self._unresolved.take_in(entries)
            for entry in entries:
                if entry.is_live and entry.order_id not in state.orders:
                    order = self._sent(entry)
                    state.accept(order)
                    self._feed.expect(order)
                elif entry.is_live and state.orders[entry.order_id].sent_at is None:
                    state.accept(self._sent(entry))
            self._note_change(self._clock.monotonic())

    def convert(self, key: PositionKey, units: int) -> None:
        """Take in signed units that a verified command moved in from another product, or out to it."""
        with self._lock:
            state = self._today()
            state.convert(key, units, self._clock.monotonic())
            settled = self._newly_settled(state)
        self._share(settled)

    def trust(self, choice: Trust) -> dict[PositionKey, Doubtful]:
        """End every doubt by the figure that a person chose, for all processes, and return the contradictions."""
        with self._lock:
            state = self._today()
            doubts = state.trust(choice, self._clock.monotonic())
            settled = self._newly_settled(state)
        self._share(settled)
        return doubts

    @property
    def awaits_late_orders(self) -> bool:
        """Whether the order book is worth a read for an order taken for never arrived; an event shows it too."""
        with self._lock:
            return self._unresolved.may_arrive and not self._is_current(self._clock.monotonic())

    def take_late(self, keys: Iterable[PositionKey]) -> str:
        """Return which orders of these positions arrived after they were taken for never arrived, once, in words."""
        with self._lock:
            return "; ".join(what for key in keys for what in self._unresolved.take_late(key))

    def is_current(self) -> bool:
        """Whether the order feed is connected, without a gap, and has shown every order that it should have."""
        with self._lock:
            return self._is_current(self._clock.monotonic())

    def confirm_is_due(self) -> bool:
        """Whether the position book should be read again in the background; True once in `_CONFIRM_SECONDS`."""
        with self._lock:
            if (now := self._clock.monotonic()) - max(self._positions_at, self._confirm_at) <= _CONFIRM_SECONDS:
                return False
            self._confirm_at = now
            return True

    def is_settled(self) -> bool:
        """Whether the carried units of every position are known and nothing contradicts them."""
        with self._lock:
            state = self._today()
            return state.is_surveyed and all(map(state.is_settled, state.named())) and not self.is_suspicious()

    def overdue(self, keys: Iterable[PositionKey] | None = None, reads: int = ENOUGH) -> dict[PositionKey, Doubtful]:
        """Return both figures of positions, or of all, where the book shows an earlier one for too long to be late."""
        with self._lock:
            state = self._today()
            found = ((key, state.overdue(key, reads)) for key in (state.named() if keys is None else keys))
            return {key: figures for key, figures in found if figures is not None}

    def is_suspicious(self) -> bool:
        """Whether further reads of the position book tell if a figure was a slip of it; see `overdue`."""
        return self.overdue(reads=1).keys() != self.overdue().keys()

    def needs_positions(self, keys: Sequence[PositionKey]) -> bool:
        """Whether a decision about any needs a position-book read; one without rows is none where orders filled."""
        with self._lock:
            state, is_empty = self._today(), self._positions_at > float("-inf") and not self._rows
            return not all(map(state.is_settled, keys)) or (is_empty and any(map(state.filled, keys)))

    def view(self, key: PositionKey, entries: Sequence[JournalEntry]) -> AccountView:
        """Return one position with the orders that may still change it; ``entries`` are the journal's for it."""
        with self._lock:
            state = self._today()
            return AccountView(state.position(key), state.filled(key), state.working(key), self.unresolved(entries))

    def positions(self) -> dict[PositionKey, NetPosition]:
        """Return every position that an order or a book has named today."""
        with self._lock:
            state = self._today()
            keys = dict.fromkeys((*self._rows, *sorted(state.named())))  # in the order of the position book
            return {key: state.position(key) for key in keys}

    def row(self, key: PositionKey, net: int) -> Position:
        """Return the newest row of a position with a net position of its own; a bare one where no book had any."""
        with self._lock:
            known = self._rows.get(key) or Position(key, "", 0, ZERO, ZERO, ZERO, ZERO, Decimal(1))
            return known._replace(net=net)

    def orders(self, *, only_working: bool = False) -> tuple[Order, ...]:
        """Return the orders of the day as books or events showed them last, those without a row left out."""
        with self._lock:
            known = self._today().orders.values()
            return tuple(order.row for order in known if order.row and (order.is_working or not only_working))

    def unchanged_since(self, *, positions: bool) -> float | None:
        """Return the moment (monotonic, at most a second ago) since which the newest book shows what a read would.

        None: of orders without a current feed, of positions where one is not exact or the newest book differs.
        """
        now = self._clock.monotonic()
        with self._lock:
            state = self._today()
            is_known = self._shows_every_net(state) if positions else self._is_current(now)
            return max(now - _YOUNG_SECONDS, self._changed_at) if is_known else None

    def _shows_every_net(self, state: AccountState) -> bool:
        if self._positions_at == float("-inf"):
            return False
        for key in self._rows.keys() | state.named():
            net, row = state.position(key), self._rows.get(key)
            if not isinstance(net, Exact) or net.net != (0 if row is None else row.net):
                return False
        return True

    @property
    def version(self) -> int:
        """A number that grows with every change of an order, for `wait_for_change`."""
        with self._lock:
            return self._today().version

    def wait_for_change(self, version: int, seconds: float) -> None:
        """Wait so many seconds; with a current order feed only until an order has changed since a version."""
        if not self.is_current():
            return self._clock.sleep(seconds)
        with self._changed:
            self._clock.wait_for(self._changed, lambda: self._state.version != version, seconds)
        return None

    def _today(self) -> AccountState:
        now, moment = self._clock.now(), self._clock.monotonic()
        today, started = book_day(now), now - timedelta(seconds=moment)
        self._latest_start = max(self._latest_start, started)
        if today != self._day:
            self._day, self._pending, self._rows = today, None, {}
            self._state = AccountState(started)
            self._unresolved.begin_day(today)
            self._feed.forget_orders()
        self._state.moment = moment
        return self._state

    def _note_change(self, moment: float) -> None:
        """Wake those who wait where something has changed that happened no later than a moment."""
        if self._state.version != self._version:
            self._version, self._changed_at = self._state.version, moment
            self._changed.notify_all()

    def _is_current(self, now: float) -> bool:
        return self._feed.is_current(now, self._today().orders)

    def unresolved(self, entries: Sequence[JournalEntry]) -> tuple[UnresolvedOrder, ...]:
        """Return those of the journal's entries that are orders of unknown outcome."""
        with self._lock:
            return tuple(order for of in self._unresolved.among(entries, self._today()).values() for order in of)

    def _stored_about(
        self, rows: Sequence[Order | Trade]
    ) -> tuple[Sequence[JournalEntry], Mapping[PositionKey, Settled]]:
        """Read from the store what a read or an event needs of it; not under the lock, since a store may not answer."""
        with self._lock:
            state, pends = self._today(), self._pending is not None
            if not pends and not _unknown(rows, state):
                return (), {}
            day = self._day
        entries = self._journal.entries_since(self._clock.now() - VISIBLE_WITHIN, exits=True)
        return entries, self._carried.load(day) if pends else {}

    def _take_over(self, state: AccountState, carried: Mapping[PositionKey, Settled]) -> None:
        """Take over what other processes have settled since this one has."""
        for key, (units, filled, moment) in carried.items():
            at = (moment - state.epoch).total_seconds()
            if at > state.settled_at(key) + _SAME_SECONDS:
                state.settle(key, units, filled, at)

    def _newly_settled(self, state: AccountState) -> tuple[date, dict[PositionKey, Settled]]:
        rows = {
            key: Settled(units, filled, state.epoch + timedelta(seconds=at))
            for key, (units, filled, at) in state.newly_settled().items()
        }
        return self._day, rows

    def _share(self, settled: tuple[date, dict[PositionKey, Settled]]) -> None:
        """Save what was settled; not under the lock, since a store may not answer."""
        if settled[1]:
            self._carried.save(*settled)

    def _introduce(self, rows: Sequence[Order | Trade], state: AccountState, entries: Sequence[JournalEntry]) -> None:
        """Say when the orders of this store were sent, before their fills are counted: those came after that."""
        unknown = _unknown(rows, state)
        self._unresolved.take_in([entry for entry in entries if not entry.state.is_open])
        for entry in entries:
            if order_id := unknown.get((entry.intent.identifier, entry.intent.side)):
                state.accept(replace(self._sent(entry), order_id=order_id))

    def _sent(self, entry: JournalEntry) -> KnownOrder:
        intent = entry.intent
        price_type = PriceType(intent.price_type) if intent.price_type in set(PriceType) else None
        return KnownOrder(
            order_id=entry.order_id,
            identifier=intent.identifier,
            key=intent.position,
            sign=Side(intent.side).sign,
            filled=0,
            could_trade=intent.quantity,
            price_type=price_type,
            sent_at=(intent.made_at - self._latest_start).total_seconds(),
        )


def _unknown(rows: Sequence[Order | Trade], state: AccountState) -> dict[tuple[str, str], str]:
    new = (row for row in rows if row.identifier and row.order_id not in state.orders)
    return {(row.identifier, row.side.value): row.order_id for row in new}  # exits have the identifier too


def _log_changes(before: dict[PositionKey, NetPosition], state: AccountState) -> None:
    """Log positions that became doubtful or certain by a read; figures only at DEBUG, since they are account data."""
    for key, was in before.items():
        now = state.position(key)
        if type(now) is not type(was):
            _LOG.info("a net position became %s", type(now).__name__.lower())
            _LOG.debug("position of %s %s: %s", key.instrument, key.product, now)
