"""From a request as read to an order ready to be sent, or to every reason why it cannot be."""

from dataclasses import replace

from returns.result import Failure, Result, Success

from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.domain.errors import BrokerError, Invalid
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.money import ZERO
from jainam_prop.domain.orders.order import OrderRequest
from jainam_prop.domain.orders.ticket import Ticket
from jainam_prop.domain.orders.validation import terms_problems


def resolve(ticket: Ticket, instruments: InstrumentStore) -> tuple[Instrument | None, tuple[str, ...]]:
    """Find the instrument a ticket names; without one, say which symbols of the exchange come near."""
    if ticket.symbol is None or ticket.exchange is None:
        return None, ()
    instrument = instruments.find(ticket.symbol, ticket.exchange)
    if instrument is not None:
        return instrument, ()
    problem = f"symbol {ticket.symbol!r} is not listed on {ticket.exchange}"
    near = instruments.nearest(ticket.symbol, ticket.exchange)
    return None, (f"{problem}: did you mean {', '.join(near)}?" if near else problem,)


def prepare(ticket: Ticket, instruments: InstrumentStore) -> Result[OrderRequest, BrokerError]:
    """Complete a ticket into an order without identifier; on failure every problem is named at once."""
    instrument, unlisted = resolve(ticket, instruments)
    problems = (*ticket.problems, *unlisted, *terms_problems(ticket.terms, instrument))
    if problems:
        return Failure(Invalid(problems))
    return Success(complete(ticket, instrument))


def prepare_smart(ticket: Ticket, instruments: InstrumentStore) -> Result[OrderRequest, BrokerError]:
    """Check all of a smart order but its quantity, which is only known once the position is."""
    instrument, unlisted = resolve(ticket, instruments)
    terms = replace(ticket.terms, quantity=None)
    problems = (*ticket.problems, *unlisted, *terms_problems(terms, instrument))
    if problems:
        return Failure(Invalid(problems))
    return Success(complete(ticket, instrument))


def complete(ticket: Ticket, instrument: Instrument | None) -> OrderRequest:
    """Turn a ticket without problems into an order; prices that its type has no use for are dropped."""
    fields = (ticket.side, ticket.product, ticket.price_type, ticket.quantity, ticket.price, ticket.trigger_price)
    side, product, price_type, quantity, price, trigger_price = fields
    disclosed = ticket.disclosed_quantity
    if (
        instrument is None
        or side is None
        or product is None
        or price_type is None
        or quantity is None
        or price is None
        or trigger_price is None
        or disclosed is None
    ):
        message = "a ticket that lacks a field must have named it as a problem"
        raise AssertionError(message)
    return OrderRequest(
        instrument=instrument,
        side=side,
        product=product,
        price_type=price_type,
        quantity=quantity,
        price=price if price_type.has_limit else ZERO,
        trigger_price=trigger_price if price_type.has_trigger else ZERO,
        disclosed_quantity=disclosed,
    )
