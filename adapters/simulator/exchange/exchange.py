"""The simulated exchange: order entry and books for clients, the true state and control of the market for tests."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from decimal import Decimal
from typing import NamedTuple

from jainam_prop.adapters.simulator.catalogue.universe import Listing
from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.exchange.engine import ExchangeState, Listener
from jainam_prop.adapters.simulator.exchange.market import Market
from jainam_prop.adapters.simulator.exchange.order_entry import OrderEntry
from jainam_prop.adapters.simulator.exchange.orders import Execution, OrderUpdate, SimOrder
from jainam_prop.adapters.simulator.exchange.positions import PositionLine, Slot
from jainam_prop.adapters.simulator.faults import Faults
from jainam_prop.adapters.simulator.refusals import no_history
from jainam_prop.adapters.simulator.vocabulary import Clock
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey


class Limits(NamedTuple):
    """An account's funds in rupees."""

    cash: Decimal
    utilised: Decimal
    realised: Decimal
    unrealised: Decimal


class Share(NamedTuple):
    """Shares in the depository: units, average in rupees, and the numbers at both exchanges, 0 where not listed."""

    isin: str
    quantity: int
    average: Decimal
    nse: int
    bse: int


_SHARES = (
    Share("INE062A01020", 10, Decimal("612.35"), 3045, 500112),
    Share("INE000000Q11", 25, Decimal("48.90"), 0, 510001),
)


class Books:
    """Reads the books of an account; every answer is a copy."""

    def __init__(self, state: ExchangeState) -> None:
        self._state = state

    def orders(self, account: str) -> list[tuple[SimOrder, OrderUpdate]]:
        """Return the visible orders of an account, each with its latest state."""
        with self._state.settled() as now:
            return [
                (order, order.history[-1])
                for order in self._state.orders.values()
                if order.intake.account == account and order.visible_at <= now
            ]

    def history(self, account: str, order_id: int) -> tuple[SimOrder, list[OrderUpdate]]:
        """Return an order with all its states, oldest first.

        Raises:
            Refusal: the account has no such order, or its history is delayed.
        """
        with self._state.settled() as now:
            order = self._state.orders.get(order_id)
            if order is None or order.intake.account != account or max(order.history_at, order.visible_at) > now:
                raise no_history(order_id)
            return order, list(order.history)

    def executions(self, account: str) -> list[Execution]:
        """Return the executions of an account's visible orders, oldest first."""
        with self._state.settled() as now:
            return [
                done
                for done in self._state.engine.executions
                if done.order.intake.account == account and done.order.visible_at <= now
            ]

    def positions(self, account: str, *, day: bool) -> list[PositionLine]:
        """Return an account's positions without the fills that are late."""
        with self._state.settled() as now:
            engine = self._state.engine
            engine.late = [done for done in engine.late if done.visible_at > now]
            return engine.ledger.positions(account, day=day, unseen=engine.late)

    def limits(self, account: str) -> Limits:
        """Return an account's funds."""
        with self._state.settled():
            engine = self._state.engine
            lines = engine.ledger.positions(account)
            realised = sum((line.realised for line in lines), Decimal(0))
            unrealised = sum((line.unrealised(self.last_price(line.listing)) for line in lines), Decimal(0))
            return Limits(engine.risk.funds(account), engine.risk.utilised(account), realised, unrealised)

    def last_price(self, listing: Listing) -> Decimal:
        """Return the last traded price of an instrument in rupees."""
        with self._state.lock:
            return self._state.engine.market(listing).last_price

    def shares(self, account: str) -> tuple[Share, ...]:
        """Return an account's shares in the depository, the same for every account of a login."""
        is_known = any(account in login.clients for login in self._state.config.logins)
        return _SHARES if is_known else ()


class SimulatedExchange(ExchangeState):
    """An exchange in memory; every method is thread-safe.

    Attributes:
        order_entry: accepts order commands.
        books: what the broker shows, with faults and delays.
    """

    def __init__(
        self, config: SimulatorConfig | None = None, clock: Clock | None = None, faults: Faults | None = None
    ) -> None:
        super().__init__(config, clock, faults)
        self.order_entry = OrderEntry(self)
        self.books = Books(self)

    def listen(self, listener: Listener) -> None:
        """Publish order events to a listener from now on."""
        self.events.listeners = (*self.events.listeners, listener)

    def on_market(self, callback: Callable[[Listing], object]) -> None:
        """Call back for every market change from now on."""
        self.events.on_market = (*self.events.on_market, callback)

    def locked(self) -> AbstractContextManager[bool]:
        """Return the exchange's lock, which stops every change for the length of a ``with``."""
        return self.lock

    def count(self, endpoint: str) -> None:
        """Count a request to an endpoint."""
        with self.lock:
            self.requests[endpoint] += 1

    # The true state, without the delays of books

    def all_orders(self) -> list[SimOrder]:
        """Return every order, oldest first."""
        with self.settled():
            return list(self.orders.values())

    def orders_by_identifier(self, identifier: str) -> list[SimOrder]:
        """Return every order with a client order id."""
        return [order for order in self.all_orders() if order.intake.identifier == identifier]

    def working_orders(self, account: str | None = None) -> list[SimOrder]:
        """Return every working order of an account, or of all."""
        found = (order for order in self.all_orders() if order.state.is_working)
        return [order for order in found if account in {None, order.intake.account}]

    def executions(self) -> list[Execution]:
        """Return every execution, oldest first."""
        with self.settled():
            return list(self.engine.executions)

    def positions(self, account: str | None = None) -> dict[Slot, PositionLine]:
        """Return the net positions of an account, or of all, flat ones of the day included."""
        with self.settled():
            return {line.slot: line for line in self.engine.ledger.positions(account)}

    def position(self, slot: Slot, *, day: bool = False) -> PositionLine | None:
        """Return a copy of one position, None without any trade; ``day`` counts only today's trades."""
        with self.lock:
            held = self.engine.ledger.positions(slot.account, day=day)
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
        with self.lock:
            return self.engine.market(self.listing(key))

    def move(self, key: InstrumentKey, price: Decimal) -> None:
        """Move an instrument to a price in rupees, and quote around it from now on."""
        with self.settled():
            self.engine.move(self.listing(key), price)

    def set_levels(
        self, key: InstrumentKey, *, bids: Iterable[tuple[Decimal, int]], asks: Iterable[tuple[Decimal, int]]
    ) -> None:
        """Replace the synthetic book by (rupees, units) levels that do not refill."""
        with self.settled():
            self.engine.set_levels(self.listing(key), list(bids), list(asks))

    def carry_in(self, slot: Slot, units: int, price: Decimal, listing: Listing | None = None) -> None:
        """Carry a position into the day, in signed units and rupees; ``listing`` if the instrument is not listed."""
        with self.lock:
            self.engine.ledger.carry_in(slot, listing or self.listing(slot.key), units, price)
            self.engine.risk.carry(slot)

    def set_funds(self, account: str, rupees: Decimal) -> None:
        """Set the funds of an account."""
        with self.lock:
            self.engine.risk.set_funds(account, rupees)
