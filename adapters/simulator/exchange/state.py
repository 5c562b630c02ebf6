"""The shared state of the exchange: one lock, the orders, the engine, and actions that are due later."""

import heapq
import threading
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from itertools import count

from jainam_prop.adapters.simulator.catalogue.listing import Listing
from jainam_prop.adapters.simulator.catalogue.universe import Universe, universe
from jainam_prop.adapters.simulator.clock import Clock, indian_wall_clock
from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.exchange.engine import OrderEngine, fault_fields
from jainam_prop.adapters.simulator.exchange.events import EventBus
from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.adapters.simulator.faults import FaultKind, Faults
from jainam_prop.adapters.simulator.refusals import unknown_instrument
from jainam_prop.domain.instruments.instrument import InstrumentKey


class ExchangeState:
    """State behind one lock.

    A delayed action runs at the first call after its time; nothing runs in the background.
    """

    def __init__(self, config: SimulatorConfig, clock: Clock, faults: Faults) -> None:
        self.config = config
        self.lock = threading.RLock()
        self.clock = clock
        self.faults = faults
        self.events = EventBus()
        self.engine = OrderEngine(clock, faults, config.funds, self.events)
        self.orders: dict[int, SimOrder] = {}
        self.order_ids = count(config.first_order_id)
        self.turns = count(1)
        self.day: date = config.day or indian_wall_clock(clock.now()).date()
        self.universe: Universe = universe(self.day, config.instruments, config.malformed_rows)
        self.requests: Counter[str] = Counter()
        self._agenda: list[tuple[datetime, int, Callable[[], None]]] = []
        self._entries = count()

    def listing(self, key: InstrumentKey) -> Listing:
        """Return the listing of a key.

        Raises:
            Refusal: the instrument is not listed.
        """
        found = self.universe.find(key)
        if found is None:
            raise unknown_instrument()
        return found

    def advance(self) -> datetime:
        """Run the actions that are due, and return the current time."""
        now = self.clock.now()
        while self._agenda and self._agenda[0][0] <= now:
            heapq.heappop(self._agenda)[2]()
        return now

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
        if self.faults.is_quiet:
            return 0.0
        fault = self.faults.take({kind}, (command, "orders"), fault_fields(order))
        return fault.seconds if fault else 0.0
