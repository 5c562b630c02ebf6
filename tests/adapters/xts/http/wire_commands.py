"""What the wire cases of linked orders and of commands about positions ask of their ports."""

from decimal import Decimal
from typing import Any

from returns.result import Result

from jainam_prop.adapters.xts.http.api import XtsApi
from jainam_prop.adapters.xts.http.linked_orders import XtsLinkedOrders
from jainam_prop.adapters.xts.http.orders import XtsPositionGateway
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.orders.linked_order import BracketChange, BracketRequest, CoverRequest
from jainam_prop.domain.orders.order import PriceType, Product, Side
from jainam_prop.domain.positions.conversion import Conversion
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import Session

_SECONDS = 5.0


def linked_command(
    api: XtsApi, session: Session, call: dict[str, Any], instrument: Instrument
) -> Result[Any, BrokerError]:
    """Ask the `LinkedOrders` port what a case asks."""
    orders = XtsLinkedOrders(api)
    match call["method"]:
        case "place_cover":
            return orders.place_cover(session, _cover(call["order"], instrument), _SECONDS)
        case "place_bracket":
            return orders.place_bracket(session, _bracket(call["order"], instrument), _SECONDS)
        case "modify_bracket":
            return orders.modify_bracket(session, _change(call["change"], instrument), _SECONDS)
        case "exit_cover":
            return orders.exit_cover(session, call["order_id"], _SECONDS)
        case _:
            return orders.cancel_bracket(session, call["order_id"], _SECONDS)


def position_command(
    api: XtsApi, session: Session, call: dict[str, Any], instrument: Instrument
) -> Result[Any, BrokerError]:
    """Ask the `PositionGateway` port what a case asks."""
    positions = XtsPositionGateway(api)
    match call["method"]:
        case "convert":
            conversion = Conversion(instrument, call["quantity"], Product(call["source"]), Product(call["target"]))
            return positions.convert(session, conversion, _SECONDS, of_today=call["of_today"])
        case "square_off":
            key = PositionKey(instrument.key, call["product"])
            return positions.square_off(session, key, call["quantity"], _SECONDS)
        case _:
            return positions.square_off_all(session, _SECONDS)


def _cover(fields: dict[str, Any], instrument: Instrument) -> CoverRequest:
    return CoverRequest(
        instrument=instrument,
        side=Side(fields["side"]),
        price_type=PriceType(fields["price_type"]),
        quantity=fields["quantity"],
        trigger_price=Decimal(fields["trigger_price"]),
        price=Decimal(fields["price"]),
        identifier=fields["identifier"],
    )


def _bracket(fields: dict[str, Any], instrument: Instrument) -> BracketRequest:
    return BracketRequest(
        instrument=instrument,
        side=Side(fields["side"]),
        quantity=fields["quantity"],
        price=Decimal(fields["price"]),
        target=Decimal(fields["target"]),
        stop_loss=Decimal(fields["stop_loss"]),
        trailing_stop=Decimal(fields["trailing_stop"]),
        identifier=fields["identifier"],
    )


def _change(fields: dict[str, Any], instrument: Instrument) -> BracketChange:
    return BracketChange(
        order_id=fields["order_id"],
        instrument=instrument,
        quantity=fields["quantity"],
        price=Decimal(fields["price"]),
        stop_loss=Decimal(fields["stop_loss"]),
        identifier=fields["identifier"],
    )
