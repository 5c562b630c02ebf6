"""Pre-trade checks: from a ticket to an order that is ready to be sent, or to every reason why it cannot be."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import final

from returns.result import Failure, Result, Success

from jainam_prop.application.ports.instruments import InstrumentStore, InstrumentsUnreadableError
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.errors import BrokerError, Invalid, Unreadable
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.instruments.symbol import expiry_column
from jainam_prop.domain.market_data.calendar import has_expired
from jainam_prop.domain.money import ZERO, snapped_to_tick
from jainam_prop.domain.orders.capability import ProductTable
from jainam_prop.domain.orders.order import OrderChange, OrderRequest
from jainam_prop.domain.orders.ticket import Ticket, present
from jainam_prop.domain.orders.validation import order_problems, terms_problems, units_problem
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class PreTradeChecks:
    """Checks tickets and orders against the instrument master, the rules of the exchange and the broker's products."""

    instruments: InstrumentStore
    products: ProductTable
    clock: Clock

    def order(self, ticket: Ticket, session: Session | None = None) -> Result[OrderRequest, BrokerError]:
        """Return the order of a ticket, without a client order id; ``session`` is of the account that shall trade.

        Errors: Invalid names every problem at once.
        """
        return self._checked(ticket, session, is_sized=True)

    def smart_order(self, ticket: Ticket, session: Session | None = None) -> Result[OrderRequest, BrokerError]:
        """Check all of a smart order but its quantity, which is known only once the position is."""
        return self._checked(ticket, session, is_sized=False)

    @staticmethod
    def client_problems(ticket: Ticket, session: Session | None) -> tuple[str, ...]:
        """Say that a ticket names another client than the one that a session trades for."""
        if ticket.client is None or session is None:
            return ()
        own = {session.account.client_id or session.user_id, session.user_id}
        if ticket.client.casefold() in {code.casefold() for code in own}:
            return ()
        return (f"clientID {ticket.client!r} is not the client that this session trades for",)

    def problems(self, order: OrderRequest | OrderChange) -> tuple[str, ...]:
        """Name every rule that an order, or new terms for one, would break."""
        return order_problems(order, self.products)

    def units_problem(self, quantity: int, instrument: Instrument) -> Invalid | None:
        """Return why a quantity that adds risk must not be sent: as lots it is implausible, as units it is not."""
        problem = units_problem(quantity, instrument)
        return None if problem is None else Invalid((problem,))

    def instrument(self, ticket: Ticket) -> tuple[Instrument | None, tuple[str, ...]]:
        """Find the instrument of a ticket; without one, name the symbols of the exchange that come near."""
        if ticket.symbol is None or ticket.exchange is None:
            return None, ()
        instrument = self.instruments.find(ticket.symbol, ticket.exchange)
        if instrument is not None:
            return instrument, tuple(self._expiry_problem(instrument))
        problem = f"symbol {ticket.symbol!r} is not listed on {ticket.exchange}"
        near = self.instruments.nearest(ticket.symbol, ticket.exchange)
        return None, (f"{problem}: did you mean {', '.join(near)}?" if near else problem,)

    def _expiry_problem(self, instrument: Instrument) -> Iterator[str]:
        if instrument.expiry is not None and has_expired(instrument, self.clock.now()):
            yield f"{instrument.symbol} expired on {expiry_column(instrument.expiry)}: choose a later contract"

    def _checked(self, ticket: Ticket, session: Session | None, *, is_sized: bool) -> Result[OrderRequest, BrokerError]:
        try:
            instrument, unlisted = self.instrument(ticket)
        except InstrumentsUnreadableError as error:
            return Failure(Unreadable(f"the instruments: {error}"))
        ticket = on_ticks(ticket, instrument)
        terms = ticket.terms if is_sized else replace(ticket.terms, quantity=None)
        client = self.client_problems(ticket, session)
        problems = (*ticket.problems, *client, *unlisted, *terms_problems(terms, instrument, self.products))
        if problems:
            return Failure(Invalid(problems))
        return Success(_complete(ticket, instrument))


def on_ticks(ticket: Ticket, instrument: Instrument | None) -> Ticket:
    """Return a ticket with the ticks that its prices mean, where they miss them only by the noise of floats."""
    if instrument is None:
        return ticket
    price, trigger = (
        None if price is None else snapped_to_tick(price, instrument.tick_size)
        for price in (ticket.price, ticket.trigger_price)
    )
    if (price, trigger) == (ticket.price, ticket.trigger_price):
        return ticket
    return replace(ticket, price=price, trigger_price=trigger)


def _complete(ticket: Ticket, instrument: Instrument | None) -> OrderRequest:
    """Turn a ticket without problems into an order; prices that its type has no use for are dropped."""
    price_type, price, trigger = present(ticket.price_type), present(ticket.price), present(ticket.trigger_price)
    return OrderRequest(
        instrument=present(instrument),
        side=present(ticket.side),
        product=present(ticket.product),
        price_type=price_type,
        quantity=present(ticket.quantity),
        price=price if price_type.has_limit else ZERO,
        trigger_price=trigger if price_type.has_trigger else ZERO,
        disclosed_quantity=present(ticket.disclosed_quantity),
    )
