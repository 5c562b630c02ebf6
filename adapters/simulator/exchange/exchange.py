"""The simulated exchange: order entry and books for clients, the true state and control of the market for tests."""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal

from jainam_prop.adapters.simulator.catalogue.listing import Listing
from jainam_prop.adapters.simulator.catalogue.universe import Universe
from jainam_prop.adapters.simulator.clock import Clock, SystemClock
from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.exchange.books import Books
from jainam_prop.adapters.simulator.exchange.events import Listener
from jainam_prop.adapters.simulator.exchange.market import Market
from jainam_prop.adapters.simulator.exchange.order_entry import OrderEntry
from jainam_prop.adapters.simulator.exchange.orders import Execution, SimOrder
from jainam_prop.adapters.simulator.exchange.positions import PositionLine, Slot
from jainam_prop.adapters.simulator.exchange.state import ExchangeState
from jainam_prop.adapters.simulator.faults import Faults
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey


class SimulatedExchange:
    """An exchange in memory; every method is thread-safe.

    Attributes:
        order_entry: accepts order commands.
        books: what the broker shows, with faults and delays.
        universe: every instrument of the trading day.
        day: the trading day.
        requests: requests by endpoint, refused and lost ones included.
    """

    def __init__(
        self, config: SimulatorConfig | None = None, clock: Clock | None = None, faults: Faults | None = None
    ) -> None:
        self.config = config or SimulatorConfig()
        self.clock: Clock = clock or SystemClock()
        self.faults = faults or Faults(self.config.seed)
        self._state = ExchangeState(self.config, self.clock, self.faults)
        self.order_entry = OrderEntry(self._state)
        self.books = Books(self._state)
        self.universe: Universe = self._state.universe
        self.day: date = self._state.day
        self.requests: Counter[str] = self._state.requests

    def listen(self, listener: Listener) -> None:
        """Publish order events to a listener from now on."""
        self._state.events.add(listener)

    def on_market(self, callback: Callable[[Listing], object]) -> None:
        """Call back for every market change from now on."""
        self._state.events.on_market(callback)

    def locked(self) -> AbstractContextManager[bool]:
        """Return the exchange's lock, which stops every change for the length of a ``with``."""
        return self._state.lock

    def count(self, endpoint: str) -> None:
        """Count a request to an endpoint."""
        with self._state.lock:
            self._state.requests[endpoint] += 1

    # The true state, without the delays of books

    def all_orders(self) -> list[SimOrder]:
        """Return every order, oldest first."""
        with self._state.lock:
            self._state.advance()
            return list(self._state.orders.values())

    def orders_by_identifier(self, identifier: str) -> list[SimOrder]:
        """Return every order with a client order id."""
        return [order for order in self.all_orders() if order.intake.identifier == identifier]

    def working_orders(self, account: str | None = None) -> list[SimOrder]:
        """Return every working order of an account, or of all."""
        found = (order for order in self.all_orders() if order.state.is_working)
        return [order for order in found if account in {None, order.intake.account}]

    def executions(self) -> list[Execution]:
        """Return every execution, oldest first."""
        with self._state.lock:
            self._state.advance()
            return list(self._state.engine.executions)

    def positions(self, account: str | None = None) -> dict[Slot, PositionLine]:
        """Return the net positions of an account, or of all, flat ones of the day included."""
        with self._state.lock:
            self._state.advance()
            return {line.slot: line for line in self._state.engine.ledger.positions(account)}

    def position(self, slot: Slot, *, day: bool = False) -> PositionLine | None:
        """Return a copy of one position, None without any trade; ``day`` counts only today's trades."""
        with self._state.lock:
            held = self._state.engine.ledger.positions(slot.account, day=day)
            return next((line for line in held if line.slot == slot), None)

    def net(self, account: str, key: InstrumentKey, product: str) -> int:
        """Return a net position in signed units."""
        line = self.positions(account).get(Slot(account, product, key))
        return line.net if line else 0

    # Control of the market

    def find(self, exchange: Exchange, description: str) -> Listing:
        """Return the listing with this Description cell, such as ``SBIN-EQ``.

        Raises:
            LookupError: there is none.
        """
        return self.universe.named(exchange, description)

    def market(self, key: InstrumentKey) -> Market:
        """Return the market of an instrument to read; it is changed through the exchange.

        Raises:
            Refusal: the instrument is not listed.
        """
        with self._state.lock:
            return self._state.engine.market(self._state.listing(key))

    def move(self, key: InstrumentKey, price: Decimal) -> None:
        """Move an instrument to a price in rupees, and quote around it from now on."""
        with self._state.lock:
            self._state.advance()
            self._state.engine.move(self._state.listing(key), price)

    def set_levels(
        self, key: InstrumentKey, *, bids: Iterable[tuple[Decimal, int]], asks: Iterable[tuple[Decimal, int]]
    ) -> None:
        """Replace the synthetic book by (rupees, units) levels that do not refill."""
        with self._state.lock:
            self._state.advance()
            self._state.engine.set_levels(self._state.listing(key), list(bids), list(asks))

    def carry_in(self, slot: Slot, units: int, price: Decimal, listing: Listing | None = None) -> None:
        """Carry a position into the day, in signed units and rupees; ``listing`` if the instrument is not listed."""
        with self._state.lock:
            self._state.engine.ledger.carry_in(slot, listing or self._state.listing(slot.key), units, price)
            self._state.engine.risk.carry(slot)

    def set_funds(self, account: str, rupees: Decimal) -> None:
        """Set the funds of an account."""
        with self._state.lock:
            self._state.engine.risk.set_funds(account, rupees)
