"""Placing an order, in slices where the exchange asks for it."""

from dataclasses import dataclass, replace
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.orders.market_protection import MarketProtection
from jainam_prop.application.orders.prepare import prepare
from jainam_prop.application.orders.send import OrderSender
from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.application.ports.runtime import Clock, SymbolGuard
from jainam_prop.application.positions.books import Books
from jainam_prop.application.positions.exposure_reader import ExposureReader
from jainam_prop.application.risk_gate import RiskGate
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import Blocked, BrokerError, Invalid, PartlyPlaced
from jainam_prop.domain.orders.order import OrderRequest
from jainam_prop.domain.orders.slicing import slice_quantity
from jainam_prop.domain.orders.ticket import Ticket
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.positions.smart_order import is_reduction
from jainam_prop.domain.sessions.session import Session


@dataclass(frozen=True, slots=True)
class Placement:
    """What the broker took: one id a slice, and the units that they add up to."""

    order_ids: tuple[str, ...]
    quantity: int

    @property
    def order_id(self) -> str:
        """The id that stands for the whole; of a sliced order, the first."""
        return self.order_ids[0]


@final
@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """Checks an order, splits it at the freeze quantity and sends it."""

    instruments: InstrumentStore
    sender: OrderSender
    gate: RiskGate
    books: Books
    exposures: ExposureReader
    guard: SymbolGuard
    protection: MarketProtection
    clock: Clock
    timing: Timing

    def __call__(self, session: Session, ticket: Ticket) -> Result[Placement, BrokerError]:
        """Place what a ticket asks for; a bad ticket is refused with every problem named and nothing sent."""
        prepared = prepare(ticket, self.instruments)
        if not is_successful(prepared):
            return Failure(prepared.failure())
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        order = prepared.unwrap()
        if self._lets_only_exits(session, deadline):
            return self._send_if_exit(session, order, deadline)
        return self.send(session, order, deadline, reduces=False)

    def send(
        self, session: Session, order: OrderRequest, deadline: Deadline, *, reduces: bool
    ) -> Result[Placement, BrokerError]:
        """Send a checked order of any size before a deadline.

        Slices go one after the other and stop at the first that is not accepted: after one that may be live, another
        could be one too many. A MARKET order gets a limit where the desk's rule says so.
        """
        held_back = self.gate.admit(reduces=reduces)
        if held_back is not None:
            return Failure(held_back)
        instrument = order.instrument
        try:
            slices = slice_quantity(
                order.quantity, lot_size=instrument.lot_size, largest_order=instrument.largest_order
            )
        except ValueError as error:
            return Failure(Invalid((f"{instrument.symbol}: {error}",)))

        def send(priced: OrderRequest) -> Result[Placement, BrokerError]:
            return self._send_slices(session, priced, slices, deadline, reduces=reduces)

        return self.protection(session, order, send, deadline)

    def _lets_only_exits(self, session: Session, deadline: Deadline) -> bool:
        if self.gate.wants_probe:
            self.gate.record_read(self.books.orders(session, deadline))
        return self.gate.admit(reduces=False) is not None and self.gate.admit(reduces=True) is None

    def _send_if_exit(
        self, session: Session, order: OrderRequest, deadline: Deadline
    ) -> Result[Placement, BrokerError]:
        """Send an order only when it makes the position smaller: under its guard, lest two that do together reverse it.

        This costs two reads, so it is only done where nothing else may pass.
        """
        key = PositionKey(order.instrument.key, order.product)
        with self.guard.hold(key, deadline.remaining(self.clock.monotonic()), reduces=True) as held:
            if not held:
                return Failure(Blocked(f"another order for {order.instrument.symbol} is still being decided"))
            return self.send(session, order, deadline, reduces=self._reduces(session, order, key, deadline))

    def _reduces(self, session: Session, order: OrderRequest, key: PositionKey, deadline: Deadline) -> bool:
        seen = self.exposures.many(session, (key,), deadline)[key]
        if not is_successful(seen):
            return False
        change = order.side.sign * order.quantity
        return is_reduction(seen.unwrap().net, change) and order.quantity <= seen.unwrap().safe_to_close

    def _send_slices(
        self, session: Session, order: OrderRequest, slices: tuple[int, ...], deadline: Deadline, *, reduces: bool
    ) -> Result[Placement, BrokerError]:
        ids: list[str] = []
        for index, quantity in enumerate(slices):
            part = order
            if quantity != order.quantity:
                part = replace(order, quantity=quantity, disclosed_quantity=min(order.disclosed_quantity, quantity))
            sent = self.sender(session, part, deadline, reduces=reduces)
            if not is_successful(sent):
                error = sent.failure()
                if not ids:
                    return Failure(error)
                return Failure(PartlyPlaced(tuple(ids), sum(slices[:index]), order.quantity, error))
            ids.append(sent.unwrap())
        return Success(Placement(tuple(ids), order.quantity))
