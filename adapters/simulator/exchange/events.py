"""What the exchange tells those who listen: every state, fill, position and market, in the order it happens."""

from typing import Protocol

from jainam_prop.adapters.simulator.catalogue.listing import Listing
from jainam_prop.adapters.simulator.exchange.orders import Execution, OrderUpdate, SimOrder
from jainam_prop.adapters.simulator.exchange.positions import Slot


class Listener(Protocol):
    """Hears of what happens while the exchange holds its lock, and must not wait for anything."""

    def order(self, order: SimOrder, state: OrderUpdate) -> None:
        """Hear of an order's new state."""

    def trade(self, done: Execution) -> None:
        """Hear of a fill."""

    def position(self, slot: Slot) -> None:
        """Hear that a position has changed."""

    def conversion(self, slot: Slot, product: str, units: int) -> None:
        """Hear that signed units of a position are carried under another product."""

    def market(self, listing: Listing) -> None:
        """Hear that an instrument trades or is quoted otherwise than before."""


class EventBus:
    """Passes on what happens to whoever listens."""

    def __init__(self) -> None:
        self._listeners: tuple[Listener, ...] = ()

    def add(self, listener: Listener) -> None:
        """Let somebody listen from now on."""
        self._listeners = (*self._listeners, listener)

    def order(self, order: SimOrder, state: OrderUpdate) -> None:
        """Tell of an order's new state."""
        for listener in self._listeners:
            listener.order(order, state)

    def fill(self, done: Execution, slot: Slot, *, is_late: bool) -> None:
        """Tell of a fill, and of its position unless that learns of it later."""
        for listener in self._listeners:
            listener.trade(done)
            if not is_late:
                listener.position(slot)

    def conversion(self, slot: Slot, product: str, units: int) -> None:
        """Tell of a conversion and of the two positions that it changes."""
        for listener in self._listeners:
            listener.conversion(slot, product, units)
            listener.position(slot)
            listener.position(slot._replace(product=product))

    def market(self, listing: Listing) -> None:
        """Tell of an instrument's market."""
        for listener in self._listeners:
            listener.market(listing)
