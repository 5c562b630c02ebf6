"""Commands to the exchange: what is refused at once, and what is taken and settled afterwards."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from jainam_prop.adapters.simulator.api.refusal import (
    below_traded,
    not_in_lots,
    order_is_done,
    order_not_found,
    position_too_small,
    price_required,
)
from jainam_prop.adapters.simulator.catalogue.listing import Listing
from jainam_prop.adapters.simulator.exchange.core import Core
from jainam_prop.adapters.simulator.exchange.floor import subject
from jainam_prop.adapters.simulator.exchange.ledger import Slot
from jainam_prop.adapters.simulator.exchange.records import Intake, SimOrder, Terms
from jainam_prop.adapters.simulator.faults.fault import FaultKind
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.order import OrderState


class OrderDesk:
    """Takes orders; "taken" says nothing about margin or market, later states do."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def listing(self, key: InstrumentKey) -> Listing:
        """Return what is listed under a key.

        Raises:
            Refusal: nothing is.
        """
        return self._core.listing(key)

    def place(self, intake: Intake) -> SimOrder:
        """Take an order.

        Raises:
            Refusal: it is refused at once.
        """
        core = self._core
        with core.lock:
            order = self._taken(intake, core.advance())
            core.later("place", order, lambda: core.floor.admit(order))
            return order

    def place_linked(self, entry: Intake, followers: Iterable[Intake]) -> list[SimOrder]:
        """Take an entry with the orders that start when it has filled; the first of them to fill cancels the other.

        Raises:
            Refusal: the entry is refused at once.
        """
        core = self._core
        with core.lock:
            now = core.advance()
            first = self._taken(entry, now)
            linked = [self._taken(intake._replace(entry_id=first.order_id), now) for intake in followers]
            core.floor.linkage.link(first, linked)
            core.later("place", first, lambda: core.floor.admit(first))
            return [first, *linked]

    def modify(self, account: str, order_id: int, terms: Terms) -> SimOrder:
        """Ask for new terms of a working order.

        Raises:
            Refusal: there is no such order, it no longer works, or the quantity is impossible.
        """
        core = self._core
        with core.lock:
            now = core.advance()
            order = self._working(account, order_id)
            if terms.quantity % order.intake.listing.lot:
                raise not_in_lots()
            if terms.quantity <= order.filled:
                raise below_traded()
            before, turn = order.state, next(core.turns)
            order.enter(OrderState.PENDING_REPLACE, now)
            core.later("modify", order, lambda: core.floor.amend(order, terms, turn, before))
            return order

    def cancel(self, account: str, order_id: int) -> SimOrder:
        """Ask for the end of a working order.

        Raises:
            Refusal: there is no such order, or it no longer works.
        """
        core = self._core
        with core.lock:
            now = core.advance()
            order = self._working(account, order_id)
            order.enter(OrderState.PENDING_CANCEL, now)
            core.later("cancel", order, lambda: core.floor.withdraw(order))
            return order

    def followers(self, entry_id: int) -> list[SimOrder]:
        """Return the orders linked to an entry."""
        with self._core.lock:
            return self._core.floor.linkage.followers(entry_id)

    def reshape_followers(self, entry_id: int, shape: Callable[[Terms], Terms]) -> None:
        """Give the orders linked to an entry other terms, as long as they wait for it."""
        with self._core.lock:
            for order in self._core.floor.linkage.followers(entry_id):
                if order.state is OrderState.PENDING_NEW:
                    order.terms = shape(order.terms)

    def convert(self, slot: Slot, product: str, units: int) -> None:
        """Carry signed units of a position under another product.

        Raises:
            Refusal: the position has not that many.
        """
        core = self._core
        with core.lock:
            core.advance()
            line = core.floor.ledger.find(slot)
            if line is None or line.net * units <= 0 or abs(units) > abs(line.net):
                raise position_too_small()
            core.floor.ledger.convert(slot, product, units)
            core.floor.desk.carry(slot)
            core.floor.desk.carry(slot._replace(product=product))
            core.tape.conversion(slot, product, units)

    def _taken(self, intake: Intake, now: datetime) -> SimOrder:
        core = self._core
        if intake.terms.quantity % intake.listing.lot:
            raise not_in_lots()
        order = SimOrder(next(core.order_ids), intake, intake.terms, now, now, now, next(core.turns), core.tape.order)
        if not intake.entry_id and not intake.terms.price_type.has_limit and not core.faults.is_quiet:
            self._refuse_without_price(order)
        order.visible_at = now + timedelta(seconds=core.delay(FaultKind.BOOK_DELAY, "place", order))
        order.history_at = now + timedelta(seconds=core.delay(FaultKind.HISTORY_DELAY, "place", order))
        order.enter(OrderState.PENDING_NEW, now)
        core.orders[order.order_id] = order
        return order

    def _refuse_without_price(self, order: SimOrder) -> None:
        if self._core.faults.take({FaultKind.ALGO_KEY}, ("place", "orders"), subject(order)):
            raise price_required()

    def _working(self, account: str, order_id: int) -> SimOrder:
        order = self._core.orders.get(order_id)
        if order is None or order.intake.account != account:
            raise order_not_found()
        if not order.state.is_working:
            raise order_is_done(order.state)
        return order
