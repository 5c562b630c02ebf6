"""Commands made of several orders: cover and bracket orders, square-off, and conversion of either side.

Every command raises `Refusal` for what order entry refuses.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.orders import Intake, SimOrder, Terms
from jainam_prop.adapters.simulator.exchange.positions import PositionLine, Slot
from jainam_prop.adapters.simulator.refusals import ORDER_NOT_FOUND, Refusal
from jainam_prop.domain.orders.order import OrderState, PriceType, Side, Validity

_ZERO: Final = Decimal(0)
_WHOLE: Final = 100


@dataclass(frozen=True, slots=True)
class LinkedOrders:
    """Cover and bracket orders: an entry with exits that start when it has filled."""

    exchange: SimulatedExchange

    def place_cover(self, entry: Intake) -> tuple[SimOrder, SimOrder]:
        """Place an entry with a protective stop at the trigger of the entry's terms."""
        stop = entry.terms._replace(price_type=PriceType.SL_M, price=_ZERO)
        entry = entry._replace(terms=entry.terms._replace(trigger=_ZERO))
        first, exit_order = self.exchange.order_entry.place_linked(entry, [_against(entry, stop)])
        return first, exit_order

    def exit_cover(self, account: str, stop_id: int) -> SimOrder:
        """Modify a cover order's stop to a market order; cancel both orders if the entry has not filled."""
        stop = self._owned(account, stop_id)
        entry = self._owned(account, stop.intake.entry_id) if stop.intake.entry_id else stop
        if entry is not stop and entry.state.is_working and not entry.filled:
            self.exchange.order_entry.cancel(account, entry.order_id)
            return self.exchange.order_entry.cancel(account, stop.order_id)
        terms = stop.terms._replace(price_type=PriceType.MARKET, trigger=_ZERO)
        return self.exchange.order_entry.modify(account, stop.order_id, terms)

    def place_bracket(self, entry: Intake, target: Decimal, loss: Decimal) -> SimOrder:
        """Place an entry with a target and a stop, at distances in rupees from the entry's price."""
        sign, price = entry.side.sign, entry.terms.price
        above = entry.terms._replace(price_type=PriceType.LIMIT, price=price + sign * target)
        below = entry.terms._replace(price_type=PriceType.SL_M, price=_ZERO, trigger=price - sign * loss)
        return self.exchange.order_entry.place_linked(entry, [_against(entry, above), _against(entry, below)])[0]

    def modify_bracket(self, account: str, entry_id: int, quantity: int, price: Decimal, loss: Decimal) -> SimOrder:
        """Modify quantity and price of an unfilled entry, and move its exits with it."""
        entry = self._owned(account, entry_id)
        sign, moved = entry.side.sign, price - entry.terms.price

        def shape(exit_terms: Terms) -> Terms:
            if exit_terms.price_type.has_trigger:
                return exit_terms._replace(quantity=quantity, trigger=price - sign * loss)
            return exit_terms._replace(quantity=quantity, price=exit_terms.price + moved)

        terms = entry.terms._replace(quantity=quantity, price=price)
        changed = self.exchange.order_entry.modify(account, entry_id, terms)
        with self.exchange.locked():
            for order in self.exchange.engine.links.followers(entry_id):
                if order.state is OrderState.PENDING_NEW:
                    order.terms = shape(order.terms)
        return changed

    def cancel_bracket(self, account: str, entry_id: int) -> SimOrder:
        """Cancel every working order of a bracket."""
        entry = self._owned(account, entry_id)
        for order in (entry, *self.exchange.engine.links.followers(entry_id)):
            if order.state.is_working:
                self.exchange.order_entry.cancel(account, order.order_id)
        return entry

    def _owned(self, account: str, order_id: int) -> SimOrder:
        for order in self.exchange.all_orders():
            if order.order_id == order_id and order.intake.account == account:
                return order
        raise Refusal(*ORDER_NOT_FOUND)


@dataclass(frozen=True, slots=True)
class PositionCommands:
    """Conversion and square-off of positions."""

    exchange: SimulatedExchange

    def convert(self, slot: Slot, product: str, units: int) -> None:
        """Convert units of a position, long or short, to another product."""
        line = self.exchange.positions(slot.account).get(slot)
        self.exchange.order_entry.convert(slot, product, units if line is None or line.net > 0 else -units)

    def share(self, slot: Slot, per_cent: int) -> int:
        """Return so many per cent of a position in units."""
        line = self.exchange.positions(slot.account).get(slot)
        return 0 if line is None else abs(line.net) * per_cent // _WHOLE

    def square_off(self, login: str, slot: Slot, units: int, *, cancels: bool) -> None:
        """Close at most so many units of a position with a market order; ``cancels`` its working orders first."""
        if cancels:
            for order in self.exchange.working_orders(slot.account):
                if (order.key, order.terms.product) == (slot.key, slot.product):
                    self.exchange.order_entry.cancel(slot.account, order.order_id)
        line = self.exchange.positions(slot.account).get(slot)
        if line is not None and line.net:
            self._close(login, line, min(abs(line.net), units))

    def square_off_all(self, login: str, account: str) -> None:
        """Close every position of an account with market orders; working orders stay."""
        for line in self.exchange.positions(account).values():
            if line.net:
                self._close(login, line, abs(line.net))

    def _close(self, login: str, line: PositionLine, units: int) -> None:
        side = Side.SELL if line.net > 0 else Side.BUY
        terms = Terms(line.slot.product, PriceType.MARKET, units, _ZERO, _ZERO, 0, Validity.DAY)
        self.exchange.order_entry.place(Intake(login, line.slot.account, line.listing, side, terms))


def _against(entry: Intake, terms: Terms) -> Intake:
    return entry._replace(side=entry.side.opposite, terms=terms)
