"""The simulated exchange: desk and books for its clients, the market and the truth for whoever tests them."""

from collections import Counter
from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal

from jainam_prop.adapters.simulator.catalogue.listing import Listing
from jainam_prop.adapters.simulator.catalogue.universe import Universe
from jainam_prop.adapters.simulator.clock import Clock, SystemClock
from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.exchange.books import Books, Share
from jainam_prop.adapters.simulator.exchange.events import Listener
from jainam_prop.adapters.simulator.exchange.market import Market
from jainam_prop.adapters.simulator.exchange.order_entry import OrderEntry
from jainam_prop.adapters.simulator.exchange.orders import Execution, SimOrder
from jainam_prop.adapters.simulator.exchange.positions import PositionLine, Slot
from jainam_prop.adapters.simulator.exchange.state import ExchangeState
from jainam_prop.adapters.simulator.faults.faults import Faults
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.order import Side

_SHARES = (
    Share("INE062A01020", 10, Decimal("612.35"), 3045, 500112),
    Share("INE000000Q11", 25, Decimal("48.90"), 0, 510001),
)


class SimulatedExchange:
    """An exchange in memory; every method may be called from any thread.

    Attributes:
        order_entry: takes order commands.
        books: what the broker shows, faults and delays included.
        universe: every instrument listed today.
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
        for login in self.config.logins:
            for account in login.clients:
                self.books.set_shares(account, _SHARES)

    @property
    def universe(self) -> Universe:
        """Every instrument listed today."""
        return self._state.universe

    @property
    def day(self) -> date:
        """The trading day."""
        return self._state.day

    @property
    def requests(self) -> Counter[str]:
        """How many requests each endpoint has received, refused and lost ones included."""
        return self._state.requests

    def listen(self, listener: Listener) -> None:
        """Let somebody hear of everything that happens from now on."""
        self._state.events.add(listener)

    def standstill(self) -> AbstractContextManager[bool]:
        """Keep everything as it is for the length of a ``with``."""
        return self._state.lock

    def position(self, slot: Slot, *, day: bool = False) -> PositionLine | None:
        """Return a copy of one true position, None without any trade; ``day`` counts only what was traded today."""
        with self._state.lock:
            held = self._state.engine.ledger.positions(slot.account, day=day)
            return next((line for line in held if line.slot == slot), None)

    def count(self, endpoint: str) -> None:
        """Count a request to an endpoint."""
        with self._state.lock:
            self._state.requests[endpoint] += 1

    # The truth, whatever the books say

    def all_orders(self) -> list[SimOrder]:
        """Return every order that the exchange holds, oldest first."""
        with self._state.lock:
            self._state.advance()
            return list(self._state.orders.values())

    def orders_by_identifier(self, identifier: str) -> list[SimOrder]:
        """Return every order that carries a mark."""
        return [order for order in self.all_orders() if order.intake.identifier == identifier]

    def working_orders(self, account: str | None = None) -> list[SimOrder]:
        """Return every order that can still trade."""
        found = (order for order in self.all_orders() if order.state.is_working)
        return [order for order in found if account in {None, order.intake.account}]

    def executions(self) -> list[Execution]:
        """Return every execution, oldest first."""
        with self._state.lock:
            self._state.advance()
            return list(self._state.engine.executions)

    def positions(self, account: str | None = None) -> dict[Slot, PositionLine]:
        """Return the true net positions, flat ones of the day included."""
        with self._state.lock:
            self._state.advance()
            return {line.slot: line for line in self._state.engine.ledger.positions(account)}

    def net(self, account: str, key: InstrumentKey, product: str) -> int:
        """Return one true net position in signed units."""
        line = self.positions(account).get(Slot(account, product, key))
        return line.net if line else 0

    # The market, moved by whoever tests

    def find(self, exchange: Exchange, description: str) -> Listing:
        """Return the listing with exactly this Description, such as ``SBIN-EQ``.

        Raises:
            LookupError: there is none.
        """
        return self.universe.named(exchange, description)

    def market(self, key: InstrumentKey) -> Market:
        """Return the market of an instrument, to look at; change it through the exchange."""
        with self._state.lock:
            return self._state.engine.market(self._state.listing(key))

    def move(self, key: InstrumentKey, price: Decimal) -> None:
        """Let an instrument trade at a price in rupees and quote around it from now on."""
        with self._state.lock:
            self._state.advance()
            self._state.engine.move(self._state.listing(key), price)

    def set_levels(
        self, key: InstrumentKey, *, bids: Iterable[tuple[Decimal, int]], asks: Iterable[tuple[Decimal, int]]
    ) -> None:
        """Replace the synthetic book by (rupees, units) levels that are consumed as they trade."""
        with self._state.lock:
            self._state.advance()
            self._state.engine.set_levels(self._state.listing(key), list(bids), list(asks))

    def liquidity(self, key: InstrumentKey, side: Side) -> list[tuple[Decimal, int]]:
        """Return the synthetic levels on a side, best first."""
        with self._state.lock:
            return [(level.price, level.size) for level in self.market(key).synthetic.levels(side)]

    def carry_in(self, slot: Slot, units: int, price: Decimal, listing: Listing | None = None) -> None:
        """Start the day with a position in signed units at a price in rupees; ``listing`` if it is not listed here."""
        with self._state.lock:
            self._state.engine.ledger.carry_in(slot, listing or self._state.listing(slot.key), units, price)
            self._state.engine.risk.carry(slot)

    def set_funds(self, account: str, rupees: Decimal) -> None:
        """Give an account other funds."""
        with self._state.lock:
            self._state.engine.risk.set_funds(account, rupees)
