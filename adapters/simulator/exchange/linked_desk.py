"""Cover and bracket orders at the exchange: an entry with orders that start once it has filled."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from jainam_prop.adapters.simulator.api.refusal import order_not_found
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.records import Intake, SimOrder, Terms
from jainam_prop.domain.orders.order import PriceType

_ZERO: Final = Decimal(0)


@dataclass(frozen=True, slots=True)
class LinkedDesk:
    """Takes linked orders; every method raises `Refusal` for what is refused at once."""

    exchange: SimulatedExchange

    def place_cover(self, entry: Intake) -> tuple[SimOrder, SimOrder]:
        """Take an entry with a stop that protects it, which fires at the trigger of the entry's terms."""
        stop = entry.terms._replace(price_type=PriceType.SL_M, price=_ZERO)
        entry = entry._replace(terms=entry.terms._replace(trigger=_ZERO))
        first, exit_order = self.exchange.desk.place_linked(entry, [_against(entry, stop)])
        return first, exit_order

    def exit_cover(self, account: str, stop_id: int) -> SimOrder:
        """Turn the protecting stop of a cover order into a market order; without a fill there is nothing to exit."""
        stop = self._owned(account, stop_id)
        entry = self._owned(account, stop.intake.entry_id) if stop.intake.entry_id else stop
        if entry is not stop and entry.state.is_working and not entry.filled:
            self.exchange.desk.cancel(account, entry.order_id)
            return self.exchange.desk.cancel(account, stop.order_id)
        terms = stop.terms._replace(price_type=PriceType.MARKET, trigger=_ZERO)
        return self.exchange.desk.modify(account, stop.order_id, terms)

    def place_bracket(self, entry: Intake, target: Decimal, loss: Decimal) -> SimOrder:
        """Take an entry with a target and a stop, given as distances in rupees from its price."""
        sign, price = entry.side.sign, entry.terms.price
        above = entry.terms._replace(price_type=PriceType.LIMIT, price=price + sign * target)
        below = entry.terms._replace(price_type=PriceType.SL_M, price=_ZERO, trigger=price - sign * loss)
        return self.exchange.desk.place_linked(entry, [_against(entry, above), _against(entry, below)])[0]

    def modify_bracket(self, account: str, entry_id: int, quantity: int, price: Decimal, loss: Decimal) -> SimOrder:
        """Change quantity and price of an entry that has not filled; its exits move along."""
        entry = self._owned(account, entry_id)
        sign, moved = entry.side.sign, price - entry.terms.price

        def shape(exit_terms: Terms) -> Terms:
            if exit_terms.price_type.has_trigger:
                return exit_terms._replace(quantity=quantity, trigger=price - sign * loss)
            return exit_terms._replace(quantity=quantity, price=exit_terms.price + moved)

        changed = self.exchange.desk.modify(account, entry_id, entry.terms._replace(quantity=quantity, price=price))
        self.exchange.desk.reshape_followers(entry_id, shape)
        return changed

    def cancel_bracket(self, account: str, entry_id: int) -> SimOrder:
        """Cancel whatever of a bracket still works."""
        entry = self._owned(account, entry_id)
        for order in (entry, *self.exchange.desk.followers(entry_id)):
            if order.state.is_working:
                self.exchange.desk.cancel(account, order.order_id)
        return entry

    def _owned(self, account: str, order_id: int) -> SimOrder:
        for order in self.exchange.all_orders():
            if order.order_id == order_id and order.intake.account == account:
                return order
        raise order_not_found()


def _against(entry: Intake, terms: Terms) -> Intake:
    return entry._replace(side=entry.side.opposite, terms=terms)
