"""Reading bracket orders, and new terms for them, from named fields; strictly, as in `ticket`.

A cover order needs no reader of its own: the trigger price of its ticket is where its stop fires.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from jainam_prop.domain.orders.linked_validation import Distances
from jainam_prop.domain.orders.order import PriceType
from jainam_prop.domain.orders.ticket import Ticket, TicketReader, read_ticket


@dataclass(frozen=True, slots=True)
class BracketTicket:
    """A bracket order as far as it could be read; ``problems`` are those of all fields."""

    entry: Ticket
    distances: Distances
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BracketChangeTicket:
    """New terms for a bracket as far as they could be read; a quantity or price that is None stays as it is."""

    quantity: int | None
    price: Decimal | None
    stop_loss: Decimal | None
    problems: tuple[str, ...]


def read_bracket(fields: Mapping[str, object]) -> BracketTicket:
    """Read a bracket order: a ticket, LIMIT unless it says otherwise, with the distances of its exits."""
    entry = read_ticket({"pricetype": PriceType.LIMIT.value} | dict(fields))
    reader = TicketReader(fields)
    distances = Distances(reader.rupees("target"), reader.rupees("stop_loss"), reader.rupees("trailing_stop"))
    return BracketTicket(entry, distances, (*entry.problems, *reader.problems))


def read_bracket_change(fields: Mapping[str, object]) -> BracketChangeTicket:
    """Read new terms; the stop's distance is required, because no book shows the present one."""
    reader = TicketReader(fields)
    quantity = reader.units("quantity") if "quantity" in fields else None
    price = reader.rupees("price") if "price" in fields else None
    stop_loss = reader.rupees("stop_loss")
    if "stop_loss" not in fields:
        reader.refuse("stop_loss is missing: no book shows the present one")
    return BracketChangeTicket(quantity, price, stop_loss, reader.problems)
