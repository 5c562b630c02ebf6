"""Writing down that stops are about to be cancelled for an order that follows them."""

from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.application.orders.send import OrderSender
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.orders.client_order_id import make_identifier
from jainam_prop.domain.orders.journal import Intent, IntentState
from jainam_prop.domain.positions.position import PositionKey

_HOW = "CLEARANCE"
"""Stands in the journal where an order has its price type."""


def announce(
    sender: OrderSender, instrument: Instrument, product: str, units: int, note: str
) -> Result[None, BrokerError]:
    """Put a clearance on record; where that cannot be written, no order may follow and the stops have to stay.

    Args:
        sender: by which the order will go.
        instrument: of the position, or of the first of several.
        product: likewise.
        units: what the order will change, signed.
        note: what is cleared, and for what.
    """
    now = sender.clock.now()
    mark, key = make_identifier(now, sender.entropy()), PositionKey(instrument.key, product)
    intent = Intent.to_change(key, units, symbol=instrument.symbol, how=_HOW, identifier=mark, made_at=now)
    begun = sender.journal.begin((intent,))
    if is_successful(begun):
        sender.journal.note(mark, IntentState.RESOLVED, note=note)
    return begun
