"""The margin that a basket of orders would block."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result

from jainam_prop.application.orders.prepare import prepare
from jainam_prop.application.ports.books import Margins
from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.application.timing import Timing
from jainam_prop.domain.errors import BrokerError, Invalid
from jainam_prop.domain.orders.order import OrderRequest
from jainam_prop.domain.orders.ticket import Ticket
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class ReadMargin:
    """Asks what a basket would block, once every leg of it is an order that could be placed."""

    instruments: InstrumentStore
    margins: Margins
    timing: Timing

    def __call__(self, session: Session, tickets: Sequence[Ticket]) -> Result[Decimal | None, BrokerError]:
        """Return the rupees for all legs together; None when the server cannot tell.

        Errors: Invalid names every problem of every leg, by the number of the leg.
        """
        prepared = [prepare(ticket, self.instruments) for ticket in tickets]
        problems = [
            f"position {number}: {leg.failure().message}"
            for number, leg in enumerate(prepared, 1)
            if not is_successful(leg)
        ]
        if problems or not prepared:
            return Failure(Invalid(tuple(problems) or ("there are no positions",)))
        orders: list[OrderRequest] = [leg.unwrap() for leg in prepared]
        return self.margins.required(session, orders, self.timing.call)
