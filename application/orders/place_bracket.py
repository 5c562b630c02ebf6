"""Placing a bracket order: an entry with a target and a stop."""

from dataclasses import dataclass
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.admission import Admission
from jainam_prop.application.orders.prepare import resolve
from jainam_prop.application.orders.send import OrderSender
from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.trading import LinkedOrders
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, Invalid
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.orders.linked_order import BracketRequest
from jainam_prop.domain.orders.linked_ticket import BracketTicket
from jainam_prop.domain.orders.linked_validation import bracket_problems
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class PlaceBracket:
    """Checks a bracket order and sends it once, journalled and searched for like any other order."""

    instruments: InstrumentStore
    orders: LinkedOrders
    sender: OrderSender
    admission: Admission
    clock: Clock
    timing: Timing

    def prepare(self, ticket: BracketTicket) -> Result[BracketRequest, BrokerError]:
        """Complete a ticket; every problem is named at once."""
        entry = ticket.entry
        instrument, unlisted = resolve(entry, self.instruments)
        broken = bracket_problems(entry.terms, ticket.distances, entry.side, instrument)
        problems = (*ticket.problems, *unlisted, *broken)
        return Failure(Invalid(problems)) if problems else Success(_complete(ticket, instrument))

    def __call__(self, session: Session, ticket: BracketTicket) -> Result[str, BrokerError]:
        """Place what a ticket asks for and return the entry's id."""
        prepared = self.prepare(ticket)
        if not is_successful(prepared):
            return Failure(prepared.failure())
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        held_back = self.admission(session, deadline)
        if held_back is not None:
            return Failure(held_back)
        return self.sender.deliver(
            prepared.unwrap(),
            lambda marked, seconds: self.orders.place_bracket(session, marked, seconds),
            session,
            deadline,
        )


def _complete(ticket: BracketTicket, instrument: Instrument | None) -> BracketRequest:
    entry, distances = ticket.entry, ticket.distances
    side, quantity, price, disclosed = entry.side, entry.quantity, entry.price, entry.disclosed_quantity
    target, stop_loss, trailing = distances.target, distances.stop_loss, distances.trailing_stop
    if (
        instrument is None
        or side is None
        or quantity is None
        or price is None
        or disclosed is None
        or target is None
        or stop_loss is None
        or trailing is None
    ):
        message = "a ticket that lacks a field must have named it as a problem"
        raise AssertionError(message)
    return BracketRequest(instrument, side, quantity, price, target, stop_loss, trailing, disclosed)
