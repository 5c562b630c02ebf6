"""Cover orders: an entry with the stop that protects it, and the exit from both."""

from dataclasses import dataclass
from functools import partial
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books.books import Books
from jainam_prop.application.books.order_watch import OrderWatch
from jainam_prop.application.orders.market_protection import MarketProtection
from jainam_prop.application.orders.pre_trade import PreTradeChecks, on_ticks
from jainam_prop.application.orders.send import OrderSender, lost_reply
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.trading import LinkedOrders
from jainam_prop.application.risk import RiskGate
from jainam_prop.domain.deadlines import Deadline, Timing
from jainam_prop.domain.errors import BrokerError, Invalid
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.money import ZERO
from jainam_prop.domain.orders.client_order_id import dry_run_id
from jainam_prop.domain.orders.linked_order import CoverIds, CoverRequest, LinkedProduct, parts_of
from jainam_prop.domain.orders.linked_validation import cover_problems
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.orders.ticket import Ticket, present
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class CoverOrders:
    """Places cover orders, each journalled and sent at most once, and exits them."""

    checks: PreTradeChecks
    orders: LinkedOrders
    sender: OrderSender
    gate: RiskGate
    protection: MarketProtection
    books: Books
    watch: OrderWatch
    clock: Clock
    timing: Timing

    def prepare(self, ticket: Ticket) -> Result[CoverRequest, BrokerError]:
        """Complete a ticket, in which the trigger price is that of the stop; every problem is named at once."""
        instrument, unlisted = self.checks.instrument(ticket)
        ticket = on_ticks(ticket, instrument)
        broken = cover_problems(ticket.terms, ticket.side, instrument)
        absent = self.checks.products.linked_problems(LinkedProduct.COVER)
        problems = (*absent, *ticket.problems, *unlisted, *broken)
        return Failure(Invalid(problems)) if problems else Success(_complete(ticket, instrument))

    def place(self, session: Session, ticket: Ticket) -> Result[CoverIds, BrokerError]:
        """Place the cover order of a ticket and return the order ids of both parts.

        A MARKET entry gets a limit where the rule of market protection says so.
        """
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        prepared = self.prepare(ticket)
        if not is_successful(prepared):
            return Failure(prepared.failure())
        order = prepared.unwrap()
        held_back = self.gate.probe_and_admit(session, deadline)
        if held_back is not None:
            return Failure(held_back)
        first = self.protection.first_attempt(session, order, deadline)
        if not is_successful(first):
            return Failure(first.failure())
        outcome = self._send(session, first.unwrap(), deadline)
        second = self.protection.second_attempt(session, order, outcome, deadline)
        return outcome if second is None else self._send(session, second, deadline)

    def exit(self, session: Session, exit_id: str) -> Result[str, BrokerError]:
        """Turn the stop of a cover order into a market order and return its order id.

        The order book shows what became of it.
        """
        exit_id = exit_id.strip()
        if not exit_id:
            return Failure(Invalid(("orderid is missing: the one of the cover order's stop",)))
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        held_back = self.gate.admit(reduces=True)
        if held_back is not None:
            return Failure(held_back)
        outcome = self.sender.dispatch(
            session,
            partial(self.orders.exit_cover, session, exit_id),
            deadline,
            dry_run_answer=dry_run_id(exit_id),
            reduces=True,
        )
        if lost_reply(outcome) is None:
            return outcome
        seen = self.watch.until(session, exit_id, deadline, _is_no_stop_any_more)
        return outcome if seen is None else Success(exit_id)

    def _send(self, session: Session, order: CoverRequest, deadline: Deadline) -> Result[CoverIds, BrokerError]:
        begun = self.sender.begin(order)
        if not is_successful(begun):
            return Failure(begun.failure())
        marked = begun.unwrap()
        entry_id = dry_run_id(marked.identifier)
        answer = self.sender.dispatch(
            session,
            partial(self.orders.place_cover, session, marked),
            deadline,
            dry_run_answer=CoverIds(entry_id, f"{entry_id}-exit"),
        )
        settled = self.sender.settle(session, marked, answer.map(lambda ids: ids.entry), deadline)
        if is_successful(answer) or not is_successful(settled):
            return settled.bind(lambda _: answer)
        return settled.map(lambda entry: CoverIds(entry, self._exit_of(session, entry, deadline)))

    def _exit_of(self, session: Session, entry_id: str, deadline: Deadline) -> str:
        """Return the order id of an entry's exit when the reply was lost; "" while the order book does not show it."""
        exits = parts_of(entry_id, self.books.orders(session, deadline).value_or(()))[1:]
        return exits[0].order_id if exits else ""


def _complete(ticket: Ticket, instrument: Instrument | None) -> CoverRequest:
    price_type, price = present(ticket.price_type), present(ticket.price)
    return CoverRequest(
        present(instrument),
        present(ticket.side),
        price_type,
        present(ticket.quantity),
        present(ticket.trigger_price),
        price if price_type.has_limit else ZERO,
        present(ticket.disclosed_quantity),
    )


def _is_no_stop_any_more(order: Order) -> bool:
    """Whether an order has ended, or waits for no trigger: a stop that became a market order does not."""
    return order.state.is_terminal or not order.is_conditional
