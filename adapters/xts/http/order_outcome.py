"""What the answers of all order commands have in common: the id that an acceptance must name, and the mark."""

from dataclasses import replace

from returns.result import Failure, Result, Success

from jainam_prop.adapters.xts.wire.replies.acceptance import accepted_id
from jainam_prop.adapters.xts.wire.replies.envelope import Envelope
from jainam_prop.domain.errors import BrokerError, Invalid, OutcomeUnknown


def placed(envelope: Envelope, field: str = "AppOrderID") -> Result[str, BrokerError]:
    """Return the order id of an acceptance; one that names none is no proof."""
    order_id = accepted_id(envelope.result, field)
    if order_id is None:
        return Failure(OutcomeUnknown("The broker accepted it without naming an order id."))
    return Success(order_id)


def marked(error: BrokerError, identifier: str) -> BrokerError:
    """Let an unknown outcome say by which identifier the order can be found."""
    return replace(error, identifier=identifier) if isinstance(error, OutcomeUnknown) else error


def no_order_id(text: str) -> Invalid:
    """Refuse a text that no order could have as its id."""
    return Invalid((f"orderid {text[:40]!r} is not a number",))
