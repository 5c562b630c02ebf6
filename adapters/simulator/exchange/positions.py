"""Positions by account, product and instrument, from fills."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from jainam_prop.adapters.simulator.catalogue.listing import Listing
from jainam_prop.adapters.simulator.exchange.orders import Execution
from jainam_prop.domain.instruments.instrument import InstrumentKey

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

    def trade(self, signed: int, price: Decimal) -> None:
        """Add a fill in signed units."""
        if signed > 0:
            self.bought += signed
            self.bought_value += signed * price
        else:
            self.sold -= signed
            self.sold_value -= signed * price


class Ledger:
    """All positions of the exchange: net ones with carried positions, day ones without."""

    def __init__(self) -> None:
        self._net: dict[Slot, PositionLine] = {}
        self._day: dict[Slot, PositionLine] = {}

    def carry_in(self, slot: Slot, listing: Listing, units: int, price: Decimal) -> None:
        """Carry a position into the day, in signed units."""
        self._at(self._net, slot, listing).trade(units, price)

    def record(self, execution: Execution) -> None:
        """Add an execution to the net and to the day position."""
        order = execution.order
        slot = Slot(order.intake.account, execution.product, order.key)
        for book in (self._net, self._day):
            self._at(book, slot, order.intake.listing).trade(execution.signed, execution.price)

    def convert(self, slot: Slot, product: str, units: int) -> None:
        """Convert signed units of a position to another product, at their average price."""
        for book in (self._net, self._day):
            source = book.get(slot)
            if source is not None:
                price = source.buy_average if units > 0 else source.sell_average
                source.trade(-units, price)
                self._at(book, slot._replace(product=product), source.listing).trade(units, price)

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
                _undo(held, execution)
        return [held for held in chosen.values() if held.bought or held.sold]

    @staticmethod
    def _at(book: dict[Slot, PositionLine], slot: Slot, listing: Listing) -> PositionLine:
        if slot not in book:
            book[slot] = PositionLine(slot, listing)
        return book[slot]


def _undo(held: PositionLine, execution: Execution) -> None:
    if execution.signed > 0:
        held.bought -= execution.quantity
        held.bought_value -= execution.quantity * execution.price
    else:
        held.sold -= execution.quantity
        held.sold_value -= execution.quantity * execution.price
