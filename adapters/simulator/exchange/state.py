"""What the parts of the exchange share: one lock, the orders, the floor, and what is due later."""

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
from jainam_prop.adapters.simulator.exchange.engine import OrderEngine, subject
from jainam_prop.adapters.simulator.exchange.events import EventBus
from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.adapters.simulator.faults.fault import FaultKind
from jainam_prop.adapters.simulator.faults.faults import Faults
from jainam_prop.adapters.simulator.refusals import unknown_instrument
from jainam_prop.domain.instruments.instrument import InstrumentKey


class ExchangeState:
    """State behind one lock.

    What has a delay happens once its time has come by the clock and somebody calls; nothing runs in the background.
    """

    def __init__(self, config: SimulatorConfig, clock: Clock, faults: Faults) -> None:
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
        """Return what is listed under a key.

        Raises:
            Refusal: nothing is.
        """
        found = self.universe.find(key)
        if found is None:
            raise unknown_instrument()
        return found

    def advance(self) -> datetime:
        """Do what has become due, and return the present moment."""
        now = self.clock.now()
        while self._agenda and self._agenda[0][0] <= now:
            heapq.heappop(self._agenda)[2]()
        return now

    def later(self, command: str, order: SimOrder, action: Callable[[], None]) -> None:
        """Act on an order at once, or when a settle delay on this command is over."""
        seconds = self.delay(FaultKind.SETTLE_DELAY, command, order)
        if seconds <= 0:
            action()
        else:
            due = self.clock.now() + timedelta(seconds=seconds)
            heapq.heappush(self._agenda, (due, next(self._entries), action))

    def delay(self, kind: FaultKind, command: str, order: SimOrder) -> float:
        """Return the seconds that a fault delays an order, 0 if none does."""
        if self.faults.is_quiet:
            return 0.0
        fault = self.faults.take({kind}, (command, "orders"), subject(order))
        return fault.seconds if fault else 0.0
