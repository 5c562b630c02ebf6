"""Events that the broker sends about orders and positions."""

from typing import NamedTuple, TypeAlias

from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.order import Order, Trade
from jainam_prop.domain.positions.position import Position


class PositionChange(NamedTuple):
    """The present state of a position; the day's view and the net view come as separate events."""

    position: Position
    is_net: bool


class PositionConverted(NamedTuple):
    """A conversion between products ended, done or refused with a reason; the quantity is in units."""

    instrument: InstrumentKey
    old_product: str
    new_product: str
    quantity: int
    is_done: bool
    reason: str


OrderFeedEvent: TypeAlias = Order | Trade | PositionChange | PositionConverted
