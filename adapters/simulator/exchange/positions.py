"""Positions by account, product and instrument; rejections after "Request sent", and blocked margin."""

from collections import defaultdict
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple

from jainam_prop.adapters.simulator.catalogue.universe import OPTION, Listing
from jainam_prop.adapters.simulator.exchange.orders import Execution, SimOrder
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.money import is_on_tick
from jainam_prop.domain.orders.order import Side

_ZERO = Decimal(0)


class Slot(NamedTuple):
    """The key of a position."""

    account: str
    product: str
    key: InstrumentKey


@dataclass(slots=True)
class PositionLine:
    """One position: units and rupees bought and sold, today or including what was carried into the day."""

    slot: Slot
    listing: Listing
    bought: int = 0
    bought_value: Decimal = _ZERO
    sold: int = 0
    sold_value: Decimal = _ZERO

    @property
    def net(self) -> int:
        """Units; positive is long."""
        return self.bought - self.sold

    @property
    def buy_average(self) -> Decimal:
        """Rupees per unit bought, zero if none."""
        return self.bought_value / self.bought if self.bought else _ZERO

    @property
    def sell_average(self) -> Decimal:
        """Rupees per unit sold, zero if none."""
        return self.sold_value / self.sold if self.sold else _ZERO

    @property
    def realised(self) -> Decimal:
        """Profit in rupees on the units that were both bought and sold."""
        return min(self.bought, self.sold) * (self.sell_average - self.buy_average) * self.listing.multiplier

    def unrealised(self, last_price: Decimal) -> Decimal:
        """Return the profit in rupees on the open units at a price."""
        average = self.buy_average if self.net > 0 else self.sell_average
        return self.net * (last_price - average) * self.listing.multiplier

    def trade(self, side: Side, units: int, price: Decimal) -> None:
        """Add a fill; negative units take one away."""
        if side is Side.BUY:
            self.bought += units
            self.bought_value += units * price
        else:
            self.sold += units
            self.sold_value += units * price


class Ledger:
    """All positions of the exchange: net ones with carried positions, day ones without."""

    def __init__(self) -> None:
        self._net: dict[Slot, PositionLine] = {}
        self._day: dict[Slot, PositionLine] = {}

    def carry_in(self, slot: Slot, listing: Listing, units: int, price: Decimal) -> None:
        """Carry a position into the day, in signed units."""
        self._at(self._net, slot, listing).trade(_direction(units), abs(units), price)

    def record(self, execution: Execution) -> None:
        """Add an execution to the net and to the day position."""
        order = execution.order
        slot = Slot(order.intake.account, execution.product, order.key)
        for book in (self._net, self._day):
            self._at(book, slot, order.intake.listing).trade(order.side, execution.quantity, execution.price)

    def convert(self, slot: Slot, product: str, units: int) -> None:
        """Convert signed units of a position to another product, at their average price."""
        for book in (self._net, self._day):
            source = book.get(slot)
            if source is not None:
                side = _direction(units)
                price = source.buy_average if side is Side.BUY else source.sell_average
                source.trade(side.opposite, abs(units), price)
                self._at(book, slot._replace(product=product), source.listing).trade(side, abs(units), price)

    def find(self, slot: Slot) -> PositionLine | None:
        """Return the net position of a slot, if there was any today."""
        return self._net.get(slot)

    def positions(
        self, account: str | None = None, *, day: bool = False, unseen: Iterable[Execution] = ()
    ) -> list[PositionLine]:
        """Return copies of the positions of an account, or of all.

        Args:
            account: None for all.
            day: only what was traded today.
            unseen: executions that the position book does not show yet, which are left out.
        """
        book = self._day if day else self._net
        chosen = {slot: copy(held) for slot, held in book.items() if account in {None, slot.account}}
        for execution in unseen:
            held = chosen.get(Slot(execution.order.intake.account, execution.product, execution.order.key))
            if held is not None:
                held.trade(execution.order.side, -execution.quantity, execution.price)
        return [held for held in chosen.values() if held.bought or held.sold]

    @staticmethod
    def _at(book: dict[Slot, PositionLine], slot: Slot, listing: Listing) -> PositionLine:
        if slot not in book:
            book[slot] = PositionLine(slot, listing)
        return book[slot]


def _direction(units: int) -> Side:
    return Side.BUY if units > 0 else Side.SELL


_INTRADAY: Final = Decimal("0.20")
_CARRIED: Final = Decimal("0.25")


class RiskManager:
    """Checks orders and tracks the margin of every account.

    Blocked margin is kept as running sums, so a check costs the same for any number of orders.
    """

    def __init__(self, ledger: Ledger, funds: Decimal) -> None:
        self._ledger = ledger
        self._funds: defaultdict[str, Decimal] = defaultdict(lambda: funds)
        self._blocked: defaultdict[str, Decimal] = defaultdict(lambda: _ZERO)
        self._carried: defaultdict[str, dict[Slot, Decimal]] = defaultdict(dict)
        self._carried_sum: defaultdict[str, Decimal] = defaultdict(lambda: _ZERO)

    def set_funds(self, account: str, rupees: Decimal) -> None:
        """Set the funds of an account in rupees."""
        self._funds[account] = rupees

    def funds(self, account: str) -> Decimal:
        """Return the funds of an account in rupees."""
        return self._funds[account]

    def utilised(self, account: str) -> Decimal:
        """Return the margin in rupees that positions and working orders block."""
        return self._blocked[account] + self._carried_sum[account]

    def problem(self, order: SimOrder, last_price: Decimal) -> str | None:
        """Return the reason to reject a pending order, None if it may reach the market."""
        terms, listing = order.terms, order.intake.listing
        largest = listing.largest_order
        if largest is not None and terms.quantity > largest:
            return f"OEMS:RMS : Quantity Freeze : Order Quantity[{terms.quantity}] Freeze Quantity[{largest}]"
        for price in (terms.price, terms.trigger):
            if price and not is_on_tick(price, listing.tick):
                return f"OEMS:Price[{price}] is not a multiple of Tick Size[{listing.tick}]"
            if price and listing.upper and not listing.lower <= price <= listing.upper:
                return f"Exchange:Price[{price}] is out of the day's range[{listing.lower}-{listing.upper}]"
        if terms.price_type.has_limit and not terms.price:
            return "OEMS:Limit price can not be zero"
        return self._margin_problem(order, last_price)

    def release(self, order: SimOrder) -> None:
        """Unblock margin of units that have traded, or all of it once the order is done."""
        needed = order.unit_margin * order.left if order.state.is_working else _ZERO
        self._blocked[order.intake.account] -= order.blocked - needed
        order.blocked = needed

    def carry(self, slot: Slot) -> None:
        """Update the margin of a changed position."""
        line = self._ledger.find(slot)
        now = _ZERO if line is None else _position_margin(line)
        before = self._carried[slot.account].get(slot, _ZERO)
        self._carried[slot.account][slot] = now
        self._carried_sum[slot.account] += now - before

    def _margin_problem(self, order: SimOrder, last_price: Decimal) -> str | None:
        intake, terms = order.intake, order.terms
        line = self._ledger.find(Slot(intake.account, terms.product, order.key))
        net = line.net if line else 0
        opening = max(0, abs(net + order.side.sign * order.left) - abs(net))
        price = terms.price or terms.trigger or last_price
        needed = opening * price * margin_rate(intake.listing, terms.product, is_long=order.side.sign > 0)
        available = self._funds[intake.account] - self.utilised(intake.account) + order.blocked
        if needed > max(available, _ZERO):
            return (
                f"OEMS:RMS : Margin Exceeds :  - Set Limit:[{self._funds[intake.account]}] "
                f"Total Required Margin:[{needed:f}] Available Margin[{available:f}] "
                f"Margin Shortfall[{needed - available:f}] for entity [Client]-[{intake.account}] "
                "across [ALL|ALL|ALL]"
            )
        self._blocked[intake.account] += needed - order.blocked
        order.blocked, order.unit_margin = needed, needed / order.left
        return None


def _position_margin(line: PositionLine) -> Decimal:
    average = line.buy_average if line.net > 0 else line.sell_average
    return abs(line.net) * average * margin_rate(line.listing, line.slot.product, is_long=line.net > 0)


def margin_rate(listing: Listing, product: str, *, is_long: bool) -> Decimal:
    """Return rupees of margin per rupee of price: a bought option and delivery are paid in full."""
    if (listing.kind == OPTION and is_long) or product == "CNC":
        return listing.multiplier
    share = _INTRADAY if product in {"MIS", "CO", "BO"} else _CARRIED
    return listing.multiplier * (share * 5 if listing.kind == OPTION else share)
