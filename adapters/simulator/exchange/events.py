"""The event bus: publishes order states, fills, positions, conversions and market changes, in order."""

from collections.abc import Callable
from typing import Protocol

from jainam_prop.adapters.simulator.catalogue.listing import Listing
from jainam_prop.adapters.simulator.exchange.orders import Execution, OrderUpdate, SimOrder
from jainam_prop.adapters.simulator.exchange.positions import Slot


class Listener(Protocol):
    """Receives order events while the exchange holds its lock; it must not wait."""

    def order(self, order: SimOrder, state: OrderUpdate) -> None:
        """Receive an order's new state."""

    def trade(self, done: Execution) -> None:
        """Receive a fill."""

    def position(self, slot: Slot) -> None:
        """Receive a changed position."""

    def conversion(self, slot: Slot, product: str, units: int) -> None:
        """Receive a conversion of signed units of a position to another product."""


class EventBus:
    """Publishes events to every listener."""

    def __init__(self) -> None:
        self._listeners: tuple[Listener, ...] = ()
        self._on_market: tuple[Callable[[Listing], object], ...] = ()

    def add(self, listener: Listener) -> None:
        """Add a listener for order events."""
        self._listeners = (*self._listeners, listener)

    def on_market(self, callback: Callable[[Listing], object]) -> None:
        """Add a callback for market changes."""
        self._on_market = (*self._on_market, callback)

    def order(self, order: SimOrder, state: OrderUpdate) -> None:
        """Publish an order's new state."""
        for listener in self._listeners:
            listener.order(order, state)

    def fill(self, done: Execution, slot: Slot, *, is_late: bool) -> None:
        """Publish a fill, and its position unless the position book gets the fill late."""
        for listener in self._listeners:
            listener.trade(done)
            if not is_late:
                listener.position(slot)

    def conversion(self, slot: Slot, product: str, units: int) -> None:
        """Publish a conversion and the two positions that it changes."""
        for listener in self._listeners:
            listener.conversion(slot, product, units)
            listener.position(slot)
            listener.position(slot._replace(product=product))

    def market(self, listing: Listing) -> None:
        """Publish a change of an instrument's market."""
        for callback in self._on_market:
            callback(listing)
