"""What all commands to the exchange in memory have in common: the fields of an order, and the mark of a lost one."""

from dataclasses import replace

from jainam_prop.adapters.simulator.vocabulary import SEGMENTS
from jainam_prop.domain.errors import BrokerError, OutcomeUnknown
from jainam_prop.domain.orders.linked_order import BracketRequest, CoverRequest
from jainam_prop.domain.orders.order import OrderRequest


def order_fields(order: OrderRequest | CoverRequest | BracketRequest) -> dict[str, object]:
    """Return the fields that HTTP would carry, for faults that pick their order."""
    return {
        "exchangeSegment": SEGMENTS[order.instrument.exchange],
        "exchangeInstrumentID": order.instrument.token,
        "orderSide": order.side,
        "productType": order.product,
        "orderUniqueIdentifier": order.identifier,
    }


def marked(error: BrokerError, identifier: str) -> BrokerError:
    """Let an unknown outcome say by which identifier the order can be found."""
    return replace(error, identifier=identifier) if isinstance(error, OutcomeUnknown) else error
