"""New terms for a bracket order, and its end."""

from dataclasses import dataclass
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.admission import Admission
from jainam_prop.application.orders.order_command import OrderCommand
from jainam_prop.application.orders.order_watch import OrderWatch
from jainam_prop.application.orders.working_order import working_order
from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.trading import LinkedOrders
from jainam_prop.application.positions.books import Books
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, Invalid
from jainam_prop.domain.orders.linked_order import BracketChange, exits_of
from jainam_prop.domain.orders.linked_ticket import BracketChangeTicket
from jainam_prop.domain.orders.linked_validation import bracket_change_problems
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class ModifyBracket:
    """Gives a bracket new terms while its entry still works."""

    instruments: InstrumentStore
    orders: LinkedOrders
    command: OrderCommand
    admission: Admission
    books: Books
    watch: OrderWatch
    clock: Clock
    timing: Timing

    def __call__(self, session: Session, entry_id: str, ticket: BracketChangeTicket) -> Result[str, BrokerError]:
        """Change a bracket and return the entry's id; a quantity or price that the ticket leaves out stays."""
        if ticket.problems:
            return Failure(Invalid(ticket.problems))
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        found = self.books.orders(session, deadline).bind(lambda orders: working_order(orders, entry_id))
        if not is_successful(found):
            return Failure(found.failure())
        entry = found.unwrap()
        prepared = self._prepare(entry, ticket)
        if not is_successful(prepared):
            return Failure(prepared.failure())
        change = prepared.unwrap()
        held_back = self.admission(session, deadline, reduces=change.quantity <= entry.quantity)
        return self._send(session, entry, change, deadline) if held_back is None else Failure(held_back)

    def _prepare(self, entry: Order, ticket: BracketChangeTicket) -> Result[BracketChange, BrokerError]:
        instrument = self.instruments.find_key(entry.instrument)
        if instrument is None:
            return Failure(Invalid((f"the contract of order {entry.order_id} is not in today's instrument master",)))
        if ticket.stop_loss is None:
            message = "a ticket without a stop must have named it as a problem"
            raise AssertionError(message)
        quantity = entry.quantity if ticket.quantity is None else ticket.quantity
        price = entry.price if ticket.price is None else ticket.price
        change = BracketChange(entry.order_id, instrument, quantity, price, ticket.stop_loss, entry.identifier)
        problems = bracket_change_problems(change)
        return Failure(Invalid(problems)) if problems else Success(change)

    def _send(
        self, session: Session, entry: Order, change: BracketChange, deadline: Deadline
    ) -> Result[str, BrokerError]:
        def has_terms(order: Order) -> bool:
            return (order.quantity, order.price) == (change.quantity, change.price)

        def is_done() -> str | None:
            """No book shows where the stop is, so that a change of the stop alone cannot be seen."""
            if has_terms(entry):
                return None
            seen = self.watch(session, change.order_id, deadline, until=has_terms)
            return None if seen is None else change.order_id

        return self.command(
            lambda seconds: self.orders.modify_bracket(session, change, seconds),
            is_done,
            deadline,
            order_id=change.order_id,
            reduces=False,
        )


@final
@dataclass(frozen=True, slots=True)
class CancelBracket:
    """Cancels whatever of a bracket still works; what its entry has filled stays held, without protection."""

    orders: LinkedOrders
    command: OrderCommand
    books: Books
    watch: OrderWatch
    clock: Clock
    timing: Timing

    def __call__(self, session: Session, entry_id: str) -> Result[str, BrokerError]:
        """Ask for the end of a bracket and return the entry's id; never held back, and not by an unreadable book."""
        entry_id = entry_id.strip()
        if not entry_id:
            return Failure(Invalid(("orderid is missing: the one of the bracket's entry",)))
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        working = self._working_parts(session, entry_id, deadline)

        def is_done() -> str | None:
            ended = self.watch.until_ended(session, working, deadline)
            return entry_id if working and len(ended) == len(working) else None

        return self.command(
            lambda seconds: self.orders.cancel_bracket(session, entry_id, seconds),
            is_done,
            deadline,
            order_id=entry_id,
            reduces=True,
        )

    def _working_parts(self, session: Session, entry_id: str, deadline: Deadline) -> frozenset[str]:
        """Return the ids of what works now, by which a lost reply is made up for; none when the book cannot be read."""
        half = Deadline((self.clock.monotonic() + deadline.at) / 2)
        orders = self.books.orders(session, half).value_or(())
        entry = next((order for order in orders if order.order_id == entry_id), None)
        parts = () if entry is None else (entry, *exits_of(entry, orders))
        return frozenset(order.order_id for order in parts if order.is_working)
