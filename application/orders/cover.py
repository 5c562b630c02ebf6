"""Cover orders: an entry with the stop that protects it, and the way out of both."""

from dataclasses import dataclass
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.admission import Admission
from jainam_prop.application.dry_run import is_dry_run_id
from jainam_prop.application.orders.market_protection import MarketProtection
from jainam_prop.application.orders.order_command import OrderCommand
from jainam_prop.application.orders.order_watch import OrderWatch
from jainam_prop.application.orders.prepare import resolve
from jainam_prop.application.orders.send import OrderSender
from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.trading import LinkedOrders
from jainam_prop.application.positions.books import Books
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, Invalid
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.money import ZERO
from jainam_prop.domain.orders.linked_order import CoverIds, CoverRequest, exits_of
from jainam_prop.domain.orders.linked_validation import cover_problems
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.orders.ticket import Ticket
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class PlaceCover:
    """Checks a cover order and sends it once, journalled and searched for like any other order."""

    instruments: InstrumentStore
    orders: LinkedOrders
    sender: OrderSender
    admission: Admission
    protection: MarketProtection
    books: Books
    clock: Clock
    timing: Timing

    def prepare(self, ticket: Ticket) -> Result[CoverRequest, BrokerError]:
        """Complete a ticket, whose trigger price is where the stop fires; every problem is named at once."""
        instrument, unlisted = resolve(ticket, self.instruments)
        problems = (*ticket.problems, *unlisted, *cover_problems(ticket.terms, ticket.side, instrument))
        return Failure(Invalid(problems)) if problems else Success(_complete(ticket, instrument))

    def __call__(self, session: Session, ticket: Ticket) -> Result[CoverIds, BrokerError]:
        """Place what a ticket asks for and return the numbers of both parts.

        A MARKET entry gets a limit where the desk's rule says so.
        """
        prepared = self.prepare(ticket)
        if not is_successful(prepared):
            return Failure(prepared.failure())
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        held_back = self.admission(session, deadline)
        if held_back is not None:
            return Failure(held_back)
        return self.protection(session, prepared.unwrap(), lambda order: self._send(session, order, deadline), deadline)

    def _send(self, session: Session, order: CoverRequest, deadline: Deadline) -> Result[CoverIds, BrokerError]:
        exits: list[str] = []

        def place(marked: CoverRequest, seconds: float) -> Result[str, BrokerError]:
            taken = self.orders.place_cover(session, marked, seconds)
            if is_successful(taken):
                exits.append(taken.unwrap().exit)
            return taken.map(lambda ids: ids.entry)

        sent = self.sender.deliver(order, place, session, deadline)
        if not is_successful(sent):
            return Failure(sent.failure())
        entry = sent.unwrap()
        if is_dry_run_id(entry):
            return Success(CoverIds(entry, f"{entry}-exit"))
        return Success(CoverIds(entry, exits[0] if exits else self._exit_of(session, entry, deadline)))

    def _exit_of(self, session: Session, entry_id: str, deadline: Deadline) -> str:
        """Look the exit of an entry up whose reply was lost; "" while the book does not show it."""
        orders = self.books.orders(session, deadline).value_or(())
        entry = next((order for order in orders if order.order_id == entry_id), None)
        exits = () if entry is None else exits_of(entry, orders)
        return exits[0].order_id if exits else ""


@final
@dataclass(frozen=True, slots=True)
class ExitCover:
    """Turns the stop of a cover order into a market order, which passes as long as any order does."""

    orders: LinkedOrders
    admission: Admission
    command: OrderCommand
    watch: OrderWatch
    clock: Clock
    timing: Timing

    def __call__(self, session: Session, exit_id: str) -> Result[str, BrokerError]:
        """Ask for the exit and return its order id; what came of it shows in the order book."""
        exit_id = exit_id.strip()
        if not exit_id:
            return Failure(Invalid(("orderid is missing: the one of the cover order's stop",)))
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        held_back = self.admission(session, deadline, reduces=True)
        if held_back is not None:
            return Failure(held_back)

        def is_done() -> str | None:
            seen = self.watch(session, exit_id, deadline, until=_no_stop_any_more)
            return None if seen is None else exit_id

        return self.command(
            lambda seconds: self.orders.exit_cover(session, exit_id, seconds),
            is_done,
            deadline,
            order_id=exit_id,
            reduces=True,
        )


def _complete(ticket: Ticket, instrument: Instrument | None) -> CoverRequest:
    side, price_type, quantity = ticket.side, ticket.price_type, ticket.quantity
    price, stop, disclosed = ticket.price, ticket.trigger_price, ticket.disclosed_quantity
    if (
        instrument is None
        or side is None
        or price_type is None
        or quantity is None
        or price is None
        or stop is None
        or disclosed is None
    ):
        message = "a ticket that lacks a field must have named it as a problem"
        raise AssertionError(message)
    limit = price if price_type.has_limit else ZERO
    return CoverRequest(instrument, side, price_type, quantity, stop, limit, disclosed)


def _no_stop_any_more(order: Order) -> bool:
    """Whether an order has ended, or waits for no trigger: a stop that was turned into a market order does not."""
    return order.state.is_terminal or not order.is_conditional
