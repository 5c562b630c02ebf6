"""The order engine with its events: moves orders through their states, books fills, runs delayed actions."""

import heapq
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Protocol

from jainam_prop.adapters.simulator.catalogue.universe import Listing, Universe, universe
from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.exchange.market import Market
from jainam_prop.adapters.simulator.exchange.orders import Execution, OrderUpdate, SimOrder, Terms
from jainam_prop.adapters.simulator.exchange.positions import Ledger, RiskManager, Slot
from jainam_prop.adapters.simulator.faults import Fault, FaultKind, Faults
from jainam_prop.adapters.simulator.refusals import NOT_LISTED, Refusal
from jainam_prop.adapters.simulator.vocabulary import Clock, SystemClock, indian_wall_clock
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.order import OrderState, Validity


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
        self.listeners: tuple[Listener, ...] = ()
        self.on_market: tuple[Callable[[Listing], object], ...] = ()

    def order(self, order: SimOrder, state: OrderUpdate) -> None:
        """Publish an order's new state."""
        for listener in self.listeners:
            listener.order(order, state)

    def fill(self, done: Execution, slot: Slot, *, is_late: bool) -> None:
        """Publish a fill, and its position unless the position book gets the fill late."""
        for listener in self.listeners:
            listener.trade(done)
            if not is_late:
                listener.position(slot)

    def conversion(self, slot: Slot, product: str, units: int) -> None:
        """Publish a conversion and the two positions that it changes."""
        for listener in self.listeners:
            listener.conversion(slot, product, units)
            listener.position(slot)
            listener.position(slot._replace(product=product))

    def market(self, listing: Listing) -> None:
        """Publish a change of an instrument's market."""
        for callback in self.on_market:
            callback(listing)


_FIRST_EXCHANGE_ID = 1_500_000_012_345_678
_FIRST_EXECUTION_ID = 70_012_345


def take_fault(faults: Faults, kind: FaultKind, command: str, order: SimOrder) -> Fault | None:
    """Return the fault of a kind that strikes a command for an order; it may select one by its request's fields."""
    fields = {
        "exchangeSegment": order.intake.listing.segment,
        "exchangeInstrumentID": order.key.token,
        "orderSide": str(order.side),
        "productType": order.terms.product,
        "orderUniqueIdentifier": order.intake.identifier,
        "clientID": order.intake.account,
    }
    return faults.take({kind}, (command, "orders"), fields)


class LinkedOrderBook:
    """Links entries with their exits (cover and bracket orders).

    What a fill sets off is done by `run`, once the market that filled the order has settled.
    """

    def __init__(self, admit: Callable[[SimOrder], None], withdraw: Callable[[SimOrder], None]) -> None:
        self._admit = admit
        self._withdraw = withdraw
        self._followers: defaultdict[int, list[SimOrder]] = defaultdict(list)
        self._rivals: dict[int, SimOrder] = {}
        self._due: deque[Callable[[], None]] = deque()

    def link(self, entry: SimOrder, followers: list[SimOrder]) -> None:
        """Hold exits back until their entry has filled; of two, the first to fill cancels the other."""
        self._followers[entry.order_id] = followers
        if len(followers) > 1:
            first, second = followers
            self._rivals |= {first.order_id: second, second.order_id: first}

    def followers(self, entry_id: int) -> list[SimOrder]:
        """Return the exits of an entry."""
        return list(self._followers.get(entry_id, ()))

    def note_fill(self, order: SimOrder) -> None:
        """Queue what a complete fill sets off."""
        if order.state is not OrderState.FILLED:
            return
        self._due.extend(partial(self._admit, follower) for follower in self._followers.get(order.order_id, ()))
        rival = self._rivals.get(order.order_id)
        if rival is not None:
            self._due.append(partial(self._withdraw, rival))

    def run(self) -> None:
        """Start exits and cancel rivals that are due."""
        while self._due:
            self._due.popleft()()


class OrderEngine:
    """Processes orders one at a time; not thread-safe, the exchange holds its lock around every call.

    Attributes:
        executions: every fill, oldest first.
        late: fills that the position book does not show yet.
    """

    def __init__(self, clock: Clock, faults: Faults, funds: Decimal, events: EventBus) -> None:
        self._clock = clock
        self._faults = faults
        self._events = events
        self.ledger = Ledger()
        self.risk = RiskManager(self.ledger, funds)
        self.executions: list[Execution] = []
        self.late: list[Execution] = []
        self.links = LinkedOrderBook(self.admit, self.withdraw)
        self._markets: dict[InstrumentKey, Market] = {}
        self._changed: dict[InstrumentKey, Listing] = {}
        self._exchange_ids = count(_FIRST_EXCHANGE_ID)
        self._execution_ids = count(_FIRST_EXECUTION_ID)

    def market(self, listing: Listing) -> Market:
        """Return the market of an instrument, created on first use."""
        found = self._markets.get(listing.key)
        if found is None:
            found = Market(listing, self._on_fill, lambda: indian_wall_clock(self._clock.now()))
            self._markets[listing.key] = found
        found.start_day()
        return found

    def admit(self, order: SimOrder) -> None:
        """Send a pending order to the market, or reject it."""
        if not order.state.is_working:  # cancelled before its settle delay was over
            return
        market = self.market(order.intake.listing)
        problem = self._problem("place", order, market)
        if problem:
            order.enter(OrderState.REJECTED, self._clock.now(), problem)
            return
        order.exchange_id = str(next(self._exchange_ids))
        order.enter(OrderState.NEW, self._clock.now())
        market.add(order)
        if order.left and order.terms.validity is Validity.IOC:
            self.withdraw(order)
        self._settle()

    def amend(self, order: SimOrder, terms: Terms, turn: int, back_to: OrderState) -> None:
        """Give a working order new terms, or return it to its state before with the reason."""
        if not order.state.is_working:
            return
        market, before = self.market(order.intake.listing), order.terms
        order.terms = terms
        problem = self._problem("modify", order, market)
        if problem:
            order.terms = before
            order.enter(back_to, self._clock.now(), problem)
            return
        market.remove(order)
        if terms.price != before.price or terms.quantity > before.quantity:
            order.turn = turn
        order.resting_price = Decimal(0)
        order.enter(OrderState.REPLACED, self._clock.now())
        market.add(order)
        self._settle()

    def revoke(self, order: SimOrder, back_to: OrderState) -> None:
        """Cancel an order on request, or leave it as it was and say why."""
        rejects = order.state.is_working
        fault = take_fault(self._faults, FaultKind.RMS_REJECT, "cancel", order) if rejects else None
        if fault is None:
            self.withdraw(order)
        else:
            order.enter(back_to, self._clock.now(), fault.text or "OEMS:RMS : Rejected")

    def withdraw(self, order: SimOrder) -> None:
        """Cancel an order that still works."""
        if order.state.is_working:
            self.market(order.intake.listing).remove(order)
            order.enter(OrderState.CANCELLED, self._clock.now())
            self.risk.release(order)

    def move(self, listing: Listing, price: Decimal) -> None:
        """Move the market of an instrument to a price in rupees."""
        self.market(listing).move(price)
        self._changed[listing.key] = listing
        self._settle()

    def set_levels(self, listing: Listing, bids: list[tuple[Decimal, int]], asks: list[tuple[Decimal, int]]) -> None:
        """Replace the synthetic book of an instrument."""
        self.market(listing).set_levels(bids, asks)
        self._changed[listing.key] = listing
        self._settle()

    def _settle(self) -> None:
        """Process linked orders, then publish every changed market once."""
        self.links.run()
        while self._changed:
            self._events.market(self._changed.popitem()[1])

    def _problem(self, command: str, order: SimOrder, market: Market) -> str | None:
        fault = take_fault(self._faults, FaultKind.RMS_REJECT, command, order)
        if fault:
            return fault.text or "OEMS:RMS : Rejected"
        return self.risk.problem(order, market.last_price)

    def _on_fill(self, order: SimOrder, units: int, price: Decimal) -> None:
        now = self._clock.now()
        order.enter(OrderState.PARTIALLY_FILLED if order.left else OrderState.FILLED, now)
        lag = take_fault(self._faults, FaultKind.POSITION_LAG, "place", order)
        visible_at = now + timedelta(seconds=lag.seconds) if lag else now
        number, report = next(self._execution_ids), len(self.executions) + 1
        product, after = order.terms.product, order.history[-1]
        execution = Execution(number, report, order, units, price, product, after, now, visible_at)
        self.executions.append(execution)
        if lag:
            self.late.append(execution)
        self.ledger.record(execution)
        slot = Slot(order.intake.account, product, order.key)
        self.risk.carry(slot)
        self.risk.release(order)
        self.links.note_fill(order)
        self._changed[order.key] = order.intake.listing
        self._events.fill(execution, slot, is_late=lag is not None)


class ExchangeState:
    """State behind one lock.

    A delayed action runs at the first call after its time; nothing runs in the background.

    Attributes:
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
        self.lock = threading.RLock()
        self.events = EventBus()
        self.engine = OrderEngine(self.clock, self.faults, self.config.funds, self.events)
        self.orders: dict[int, SimOrder] = {}
        self.order_ids = count(self.config.first_order_id)
        self.turns = count(1)
        self.day: date = self.config.day or indian_wall_clock(self.clock.now()).date()
        self.universe: Universe = universe(self.day, self.config.instruments)
        self.requests: Counter[str] = Counter()
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self._entries = count()

    @contextmanager
    def settled(self) -> Iterator[datetime]:
        """Hold the lock, with the actions that are due carried out; gives the current time."""
        with self.lock:
            now = self.clock.now()
            while self._agenda and self._agenda[0][0] <= now:
                heapq.heappop(self._agenda)[2]()
            yield now

    def listing(self, key: InstrumentKey) -> Listing:
        """Return the listing of a key.

        Raises:
            Refusal: the instrument is not listed.
        """
        found = self.universe.find(key)
        if found is None:
            raise Refusal(*NOT_LISTED)
        return found

    def later(self, command: str, order: SimOrder, action: Callable[[], None]) -> None:
        """Run an action on an order, at once or after the command's settle delay."""
        seconds = self.delay(FaultKind.SETTLE_DELAY, command, order)
        if seconds <= 0:
            action()
        else:
            due = self.clock.now() + timedelta(seconds=seconds)
            heapq.heappush(self._agenda, (due, next(self._entries), action))

    def delay(self, kind: FaultKind, command: str, order: SimOrder) -> float:
        """Return the seconds by which a fault delays an order, 0 without a fault."""
        fault = take_fault(self.faults, kind, command, order)
        return fault.seconds if fault else 0.0
