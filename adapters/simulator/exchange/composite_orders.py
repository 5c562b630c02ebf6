"""Cover, bracket and square-off commands, each made of several orders."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.orders import Intake, SimOrder, Terms
from jainam_prop.adapters.simulator.exchange.positions import PositionLine, Slot
from jainam_prop.adapters.simulator.refusals import order_not_found
from jainam_prop.domain.orders.order import PriceType, Side, Validity

_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class LinkedOrders:
    """Takes linked orders; every method raises `Refusal` for what is refused at once."""

    exchange: SimulatedExchange

    def place_cover(self, entry: Intake) -> tuple[SimOrder, SimOrder]:
        """Take an entry with a stop that protects it, which fires at the trigger of the entry's terms."""
        stop = entry.terms._replace(price_type=PriceType.SL_M, price=_ZERO)
        entry = entry._replace(terms=entry.terms._replace(trigger=_ZERO))
        first, exit_order = self.exchange.order_entry.place_linked(entry, [_against(entry, stop)])
        return first, exit_order

    def exit_cover(self, account: str, stop_id: int) -> SimOrder:
        """Turn the protecting stop of a cover order into a market order; without a fill there is nothing to exit."""
        stop = self._owned(account, stop_id)
        entry = self._owned(account, stop.intake.entry_id) if stop.intake.entry_id else stop
        if entry is not stop and entry.state.is_working and not entry.filled:
            self.exchange.order_entry.cancel(account, entry.order_id)
            return self.exchange.order_entry.cancel(account, stop.order_id)
        terms = stop.terms._replace(price_type=PriceType.MARKET, trigger=_ZERO)
        return self.exchange.order_entry.modify(account, stop.order_id, terms)

    def place_bracket(self, entry: Intake, target: Decimal, loss: Decimal) -> SimOrder:
        """Take an entry with a target and a stop, given as distances in rupees from its price."""
        sign, price = entry.side.sign, entry.terms.price
        above = entry.terms._replace(price_type=PriceType.LIMIT, price=price + sign * target)
        below = entry.terms._replace(price_type=PriceType.SL_M, price=_ZERO, trigger=price - sign * loss)
        return self.exchange.order_entry.place_linked(entry, [_against(entry, above), _against(entry, below)])[0]

    def modify_bracket(self, account: str, entry_id: int, quantity: int, price: Decimal, loss: Decimal) -> SimOrder:
        """Change quantity and price of an entry that has not filled; its exits move along."""
        entry = self._owned(account, entry_id)
        sign, moved = entry.side.sign, price - entry.terms.price

        def shape(exit_terms: Terms) -> Terms:
            if exit_terms.price_type.has_trigger:
                return exit_terms._replace(quantity=quantity, trigger=price - sign * loss)
            return exit_terms._replace(quantity=quantity, price=exit_terms.price + moved)

        changed = self.exchange.order_entry.modify(
            account, entry_id, entry.terms._replace(quantity=quantity, price=price)
        )
        self.exchange.order_entry.reshape_followers(entry_id, shape)
        return changed

    def cancel_bracket(self, account: str, entry_id: int) -> SimOrder:
        """Cancel whatever of a bracket still works."""
        entry = self._owned(account, entry_id)
        for order in (entry, *self.exchange.order_entry.followers(entry_id)):
            if order.state.is_working:
                self.exchange.order_entry.cancel(account, order.order_id)
        return entry

    def _owned(self, account: str, order_id: int) -> SimOrder:
        for order in self.exchange.all_orders():
            if order.order_id == order_id and order.intake.account == account:
                return order
        raise order_not_found()


def _against(entry: Intake, terms: Terms) -> Intake:
    return entry._replace(side=entry.side.opposite, terms=terms)


_WHOLE = 100


@dataclass(frozen=True, slots=True)
class PositionCommands:
    """Carries out requests about positions; raises `Refusal` for what is refused at once."""

    exchange: SimulatedExchange

    def convert(self, slot: Slot, product: str, units: int) -> None:
        """Carry so many units of a position, whatever its side, under another product."""
        line = self.exchange.positions(slot.account).get(slot)
        self.exchange.order_entry.convert(slot, product, units if line is None or line.net > 0 else -units)

    def square_off(self, login: str, slot: Slot, units: int, *, cancels: bool) -> None:
        """Close so many units of a position at most, with a market order; its working orders go first if told so."""
        if cancels:
            self._cancel(slot)
        line = self.exchange.positions(slot.account).get(slot)
        if line is not None and line.net:
            self._close(login, line, min(abs(line.net), units))

    def share(self, slot: Slot, per_cent: int) -> int:
        """Return so many per cent of a position in units."""
        line = self.exchange.positions(slot.account).get(slot)
        return 0 if line is None else abs(line.net) * per_cent // _WHOLE

    def square_off_all(self, login: str, account: str) -> None:
        """Close every position with market orders; working orders stay."""
        for line in self.exchange.positions(account).values():
            if line.net:
                self._close(login, line, abs(line.net))

    def _cancel(self, slot: Slot) -> None:
        for order in self.exchange.working_orders(slot.account):
            if (order.key, order.terms.product) == (slot.key, slot.product):
                self.exchange.order_entry.cancel(slot.account, order.order_id)

    def _close(self, login: str, line: PositionLine, units: int) -> None:
        side = Side.SELL if line.net > 0 else Side.BUY
        zero = Decimal(0)
        terms = Terms(line.slot.product, PriceType.MARKET, units, zero, zero, 0, Validity.DAY)
        self.exchange.order_entry.place(Intake(login, line.slot.account, line.listing, side, terms))
