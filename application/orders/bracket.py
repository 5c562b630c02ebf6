"""Bracket orders: an entry with a target and a stop, new terms for it, and its end."""

from dataclasses import dataclass, replace
from functools import partial
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books.books import Books
from jainam_prop.application.books.order_watch import OrderWatch
from jainam_prop.application.orders.modify import working_order
from jainam_prop.application.orders.pre_trade import PreTradeChecks, on_ticks
from jainam_prop.application.orders.send import OrderSender, lost_reply
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.trading import LinkedOrders
from jainam_prop.application.risk import RiskGate
from jainam_prop.domain.deadlines import Deadline, Timing
from jainam_prop.domain.errors import BrokerError, Invalid
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.orders.client_order_id import dry_run_id
from jainam_prop.domain.orders.linked_order import BracketChange, BracketRequest, LinkedProduct, parts_of
from jainam_prop.domain.orders.linked_validation import bracket_change_problems, bracket_problems
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.orders.ticket import BracketChangeTicket, BracketTicket, present
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class BracketOrders:
    """Places, modifies and cancels bracket orders."""

    checks: PreTradeChecks
    orders: LinkedOrders
    sender: OrderSender
    gate: RiskGate
    books: Books
    watch: OrderWatch
    clock: Clock
    timing: Timing

    def prepare(self, ticket: BracketTicket) -> Result[BracketRequest, BrokerError]:
        """Complete a ticket; every problem is named at once."""
        instrument, unlisted = self.checks.instrument(ticket.entry)
        entry = on_ticks(ticket.entry, instrument)
        ticket = replace(ticket, entry=entry)
        broken = bracket_problems(entry.terms, ticket.distances, entry.side, instrument)
        problems = (*self.checks.products.linked_problems(LinkedProduct.BRACKET), *ticket.problems, *unlisted, *broken)
        return Failure(Invalid(problems)) if problems else Success(_complete(ticket, instrument))

    def place(self, session: Session, ticket: BracketTicket) -> Result[str, BrokerError]:
        """Place the bracket order of a ticket, journalled and at most once, and return the entry's order id."""
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        prepared = self.prepare(ticket)
        if not is_successful(prepared):
            return Failure(prepared.failure())
        held_back = self.gate.probe_and_admit(session, deadline)
        if held_back is not None:
            return Failure(held_back)
        return self.sender.send(session, prepared.unwrap(), deadline, self.orders.place_bracket)

    def modify(self, session: Session, entry_id: str, ticket: BracketChangeTicket) -> Result[str, BrokerError]:
        """Modify a bracket while its entry works and return the entry's order id.

        A quantity or price that the ticket leaves out stays.
        """
        if ticket.problems:
            return Failure(Invalid(ticket.problems))
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        found = self.books.orders(session, deadline).bind(lambda orders: working_order(orders, entry_id))
        if not is_successful(found):
            return Failure(found.failure())
        entry = found.unwrap()
        prepared = self._prepare_change(entry, ticket)
        if not is_successful(prepared):
            return Failure(prepared.failure())
        change = prepared.unwrap()
        held_back = self.gate.probe_and_admit(session, deadline, reduces=change.quantity <= entry.quantity)
        return self._send_change(session, entry, change, deadline) if held_back is None else Failure(held_back)

    def cancel(self, session: Session, entry_id: str) -> Result[str, BrokerError]:
        """Cancel everything of a bracket that still works and return the entry's order id.

        What the entry has filled stays held, without protection. Never held back, and not by an unreadable book.
        """
        entry_id = entry_id.strip()
        if not entry_id:
            return Failure(Invalid(("orderid is missing: the one of the bracket's entry",)))
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        working = self._working_parts(session, entry_id, deadline)
        outcome = self.sender.dispatch(
            session,
            partial(self.orders.cancel_bracket, session, entry_id),
            deadline,
            dry_run_answer=dry_run_id(entry_id),
            reduces=True,
        )
        if lost_reply(outcome) is None:
            return outcome
        ended = self.watch.until_ended(session, working, deadline)
        return Success(entry_id) if working and len(ended) == len(working) else outcome

    def _prepare_change(self, entry: Order, ticket: BracketChangeTicket) -> Result[BracketChange, BrokerError]:
        instrument = self.checks.instruments.find_key(entry.instrument)
        if instrument is None:
            return Failure(Invalid((f"the contract of order {entry.order_id} is not in today's instrument master",)))
        quantity = entry.quantity if ticket.quantity is None else ticket.quantity
        price = entry.price if ticket.price is None else ticket.price
        change = BracketChange(entry.order_id, instrument, quantity, price, present(ticket.stop_loss), entry.identifier)
        problems = bracket_change_problems(change)
        return Failure(Invalid(problems)) if problems else Success(change)

    def _send_change(
        self, session: Session, entry: Order, change: BracketChange, deadline: Deadline
    ) -> Result[str, BrokerError]:
        """Send new terms once; a change of the stop alone cannot be seen, since no book shows where the stop is."""

        def has_terms(order: Order) -> bool:
            return (order.quantity, order.price) == (change.quantity, change.price)

        outcome = self.sender.dispatch(
            session,
            partial(self.orders.modify_bracket, session, change),
            deadline,
            dry_run_answer=dry_run_id(change.order_id),
        )
        if lost_reply(outcome) is None or has_terms(entry):
            return outcome
        seen = self.watch.until(session, change.order_id, deadline, has_terms)
        return outcome if seen is None else Success(change.order_id)

    def _working_parts(self, session: Session, entry_id: str, deadline: Deadline) -> frozenset[str]:
        """Return the order ids of what works now, to watch after a lost reply; none when the book cannot be read."""
        half = Deadline((self.clock.monotonic() + deadline.at) / 2)
        parts = parts_of(entry_id, self.books.orders(session, half).value_or(()))
        return frozenset(order.order_id for order in parts if order.is_working)


def _complete(ticket: BracketTicket, instrument: Instrument | None) -> BracketRequest:
    entry, distances = ticket.entry, ticket.distances
    return BracketRequest(
        present(instrument),
        present(entry.side),
        present(entry.quantity),
        present(entry.price),
        present(distances.target),
        present(distances.stop_loss),
        present(distances.trailing_stop),
        present(entry.disclosed_quantity),
    )
