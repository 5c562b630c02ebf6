"""Intents of unknown outcome of one account: taken in from the journal, settled by the books, noted in the journal."""

import logging
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final, final

from jainam_prop.application.books.monotonic_clock import MonotonicClock
from jainam_prop.application.journal import ProcessJournal
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.market_data.calendar import book_day
from jainam_prop.domain.orders.journal import ARRIVED_LATE, Intent, IntentState, JournalEntry
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.positions.account_state import AccountState
from jainam_prop.domain.positions.lost_orders import LostOrders, Settlement, UnresolvedOrder, changes_position
from jainam_prop.domain.positions.position import PositionKey

_LOG: Final = logging.getLogger(__name__)


@final
class UnresolvedIntents:
    """Compares books with the open intents of one day; not safe across threads, the caller holds a lock."""

    def __init__(self, journal: ProcessJournal, clock: Clock, settle_seconds: float) -> None:
        """Know none; an order book read ``settle_seconds`` after an order was given up is evidence of its fate."""
        self._journal = journal
        self._clock = clock
        self._wall_clock = MonotonicClock(clock)
        self._settle_seconds = settle_seconds
        self._day = date.min
        self._lost = LostOrders(settle_seconds)
        self._late: dict[PositionKey, list[str]] = {}

    def begin_day(self, day: date) -> None:
        """Forget those of another day, which the books of this one cannot show."""
        self._day, self._lost = day, LostOrders(self._settle_seconds)

    def take_in(self, entries: Iterable[JournalEntry]) -> None:
        """Take in what the journal says of intents, open or settled."""
        known = [entry for entry in entries if not entry.state.is_open or self._is_of_today(entry)]
        self._lost.take_in(known, self._clock.monotonic(), self._wall_clock.now())
        for entry in filter(self._lost.is_news, known):
            if self._is_of_today(entry):
                self._keep_late(entry.intent, entry.order_id)

    def among(self, entries: Iterable[JournalEntry], state: AccountState) -> dict[PositionKey, list[UnresolvedOrder]]:
        """Return the orders of unknown outcome among the journal's entries, by position.

        Those that a book or an event has shown, and those that are settled, are none.
        """
        found: dict[PositionKey, list[UnresolvedOrder]] = {}
        left = [each for each in entries if changes_position(each) and not self._lost.is_settled(each)]
        if not left:
            return found
        shown = {order.identifier for order in state.orders.values() if order.row is not None}
        wall = self._wall_clock.now()
        for entry in left:
            if entry.intent.identifier not in shown and self._is_of_today(entry):
                found.setdefault(entry.intent.position, []).append(self._lost.unresolved(entry, wall))
        return found

    def see_positions(self, state: AccountState, ended: float) -> list[Settlement]:
        """Return what a read of both books settles of commands about positions, and let the state have their units."""
        settled = self._lost.see_positions(state.difference, ended, self._wall_at)
        for each in settled:
            if each.units:
                state.convert(each.entry.intent.position, each.units, ended)
        return settled

    def see_orders(self, orders: Sequence[Order], state: AccountState, began: float) -> list[Settlement]:
        """Return what an order book settles, of which the read began at a monotonic moment."""
        behind = self._lost.is_waiting and state.is_behind(began)
        return self._lost.see_orders(orders, began, self._wall_at, is_behind=behind)

    def see_order(self, order: Order) -> list[Settlement]:
        """Return what an event settles: an order that was taken for never arrived."""
        return self._lost.see_order(order)

    @property
    def may_arrive(self) -> bool:
        """Whether an order that was taken for never arrived is worth another look."""
        return self._clock.monotonic() < self._lost.may_arrive_until

    def take_late(self, key: PositionKey) -> list[str]:
        """Return what has arrived late for a position since the last call, in words."""
        return self._late.pop(key, [])

    def note(self, settled: Iterable[Settlement]) -> None:
        """Note what was settled; not under the lock, since a journal may be slow."""
        for each in settled:
            intent, note = each.entry.intent, f"{ARRIVED_LATE}: {each.note}" if each.is_late else each.note
            if each.is_late:
                self._keep_late(intent, each.order_id)
                _LOG.error("order %s %s; it comes on top of one sent in its place", intent.identifier, note)
            else:
                level = logging.WARNING if each.entry.state is IntentState.UNKNOWN else logging.DEBUG
                _LOG.log(level, "order %s is settled by a book: %s (%s)", intent.identifier, each.state.value, note)
            self._journal.note(intent.identifier, each.state, each.order_id, note)

    def _keep_late(self, intent: Intent, order_id: str) -> None:
        what = f"order {order_id} ({intent.side} {intent.quantity}), taken for never arrived, has arrived"
        self._late.setdefault(intent.position, []).append(what)

    def _is_of_today(self, entry: JournalEntry) -> bool:
        return book_day(entry.intent.made_at) == self._day

    def _wall_at(self, moment: float) -> datetime:
        return self._clock.now() - timedelta(seconds=self._clock.monotonic() - moment)
