"""Order entry: refuses commands at once, or accepts them to be settled by the order engine."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from jainam_prop.adapters.simulator import refusals
from jainam_prop.adapters.simulator.exchange.engine import ExchangeState, take_fault
from jainam_prop.adapters.simulator.exchange.orders import Intake, SimOrder, Terms
from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.domain.orders.order import OrderState


class OrderEntry:
    """Accepts order commands; acceptance does not depend on margin or market, later states do."""

    def __init__(self, state: ExchangeState) -> None:
        self._state = state

    def place(self, intake: Intake) -> SimOrder:
        """Accept a new order.

        Raises:
            Refusal: the quantity is no multiple of the lot, or the key needs a limit price.
        """
        state = self._state
        with state.settled() as now:
            order = self._accept(intake, now)
            state.later("place", order, lambda: state.engine.admit(order))
            return order

    def place_linked(self, entry: Intake, followers: Iterable[Intake]) -> list[SimOrder]:
        """Accept an entry with exits that start when it has filled; the first exit to fill cancels the other.

        Raises:
            Refusal: the entry is refused.
        """
        state = self._state
        with state.settled() as now:
            first = self._accept(entry, now)
            linked = [self._accept(intake._replace(entry_id=first.order_id), now) for intake in followers]
            state.engine.links.link(first, linked)
            state.later("place", first, lambda: state.engine.admit(first))
            return [first, *linked]

    def modify(self, account: str, order_id: int, terms: Terms) -> SimOrder:
        """Accept new terms for a working order.

        Raises:
            Refusal: the order is unknown or done, or the quantity is impossible.
        """
        state = self._state
        with state.settled() as now:
            order = self._working(account, order_id)
            if terms.quantity % order.intake.listing.lot:
                raise refusals.Refusal(*refusals.NOT_IN_LOTS)
            if terms.quantity <= order.filled:
                raise refusals.Refusal(*refusals.BELOW_TRADED)
            before, turn = order.state, next(state.turns)
            order.enter(OrderState.PENDING_REPLACE, now)
            state.later("modify", order, lambda: state.engine.amend(order, terms, turn, before))
            return order

    def cancel(self, account: str, order_id: int) -> SimOrder:
        """Accept the cancellation of a working order.

        Raises:
            Refusal: the order is unknown or done.
        """
        state = self._state
        with state.settled() as now:
            order = self._working(account, order_id)
            before = order.state
            order.enter(OrderState.PENDING_CANCEL, now)
            state.later("cancel", order, lambda: state.engine.revoke(order, before))
            return order

    def convert(self, slot: Slot, product: str, units: int) -> None:
        """Convert signed units of a position to another product.

        Raises:
            Refusal: the position has fewer units, or units of the other side.
        """
        state = self._state
        with state.settled():
            line = state.engine.ledger.find(slot)
            if line is None or line.net * units <= 0 or abs(units) > abs(line.net):
                raise refusals.Refusal(*refusals.POSITION_TOO_SMALL)
            state.engine.ledger.convert(slot, product, units)
            state.engine.risk.carry(slot)
            state.engine.risk.carry(slot._replace(product=product))
            state.events.conversion(slot, product, units)

    def _accept(self, intake: Intake, now: datetime) -> SimOrder:
        state = self._state
        if intake.terms.quantity % intake.listing.lot:
            raise refusals.Refusal(*refusals.NOT_IN_LOTS)
        number, turn = next(state.order_ids), next(state.turns)
        order = SimOrder(number, intake, intake.terms, now, now, now, turn, state.events.order)
        is_unpriced = not intake.entry_id and not intake.terms.price_type.has_limit
        if is_unpriced and take_fault(state.faults, FaultKind.ALGO_KEY, "place", order) is not None:
            raise refusals.Refusal(*refusals.PRICE_REQUIRED)
        order.visible_at = now + timedelta(seconds=state.delay(FaultKind.BOOK_DELAY, "place", order))
        order.history_at = now + timedelta(seconds=state.delay(FaultKind.HISTORY_DELAY, "place", order))
        order.enter(OrderState.PENDING_NEW, now)
        state.orders[order.order_id] = order
        return order

    def _working(self, account: str, order_id: int) -> SimOrder:
        order = self._state.orders.get(order_id)
        if order is None or order.intake.account != account:
            raise refusals.Refusal(*refusals.ORDER_NOT_FOUND)
        if not order.state.is_working:
            raise refusals.order_is_done(order.state)
        return order
