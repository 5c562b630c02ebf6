"""What the calls about positions carry.

Protocol reference, section 5.5, and samples ``interactive_convert_position``, ``interactive_squareoff`` and
``interactive_squareoffall``.
"""

from pydantic import Field

from jainam_prop.adapters.xts.http.bodies import Body
from jainam_prop.adapters.xts.wire.words import SEGMENT_BY_EXCHANGE
from jainam_prop.domain.positions.conversion import Conversion
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import Account

_NET_WISE = "NetWise"


class _ConvertBody(Body):
    segment: str = Field(serialization_alias="exchangeSegment")
    instrument: int = Field(serialization_alias="exchangeInstrumentID")
    quantity: int = Field(serialization_alias="targetQty")
    of_today: bool = Field(serialization_alias="isDayWise")
    source: str = Field(serialization_alias="oldProductType")
    target: str = Field(serialization_alias="newProductType")
    client: str | None = Field(serialization_alias="clientID")
    # Mandatory since 2026; what position rows carry.
    level: str = Field("ParentLevel", serialization_alias="statisticsLevel")
    interoperable: bool = Field(default=True, serialization_alias="isInterOpPosition")


class _SquareOffBody(Body):
    segment: str = Field(serialization_alias="exchangeSegment")
    instrument: int = Field(serialization_alias="exchangeInstrumentID")
    product: str = Field(serialization_alias="productType")
    mode: str = Field(_NET_WISE, serialization_alias="squareoffMode")
    counted_in: str = Field("ExactQty", serialization_alias="positionSquareOffQuantityType")
    quantity: int = Field(serialization_alias="squareOffQtyValue")
    # False, unlike in the sample: what it blocks is not documented, and a desk must be able to send its next order.
    blocks: bool = Field(default=False, serialization_alias="blockOrderSending")
    cancels: bool = Field(default=True, serialization_alias="cancelOrders")
    client: str | None = Field(serialization_alias="clientID")


class _SquareOffAllBody(Body):
    mode: str = Field(_NET_WISE, serialization_alias="squareoffMode")
    client: str | None = Field(serialization_alias="clientID")


def convert_body(conversion: Conversion, account: Account, *, of_today: bool) -> bytes:
    """Write the body that carries units under another product."""
    return _ConvertBody(
        segment=SEGMENT_BY_EXCHANGE[conversion.instrument.exchange],
        instrument=conversion.instrument.token,
        quantity=conversion.quantity,
        of_today=of_today,
        source=conversion.source.value,
        target=conversion.target.value,
        client=account.client_id,
    ).to_json()


def square_off_body(key: PositionKey, quantity: int, account: Account) -> bytes:
    """Write the body that closes so many units of one net position and cancels its working orders."""
    return _SquareOffBody(
        segment=SEGMENT_BY_EXCHANGE[key.instrument.exchange],
        instrument=key.instrument.token,
        product=key.product,
        quantity=quantity,
        client=account.client_id,
    ).to_json()


def square_off_all_body(account: Account) -> bytes:
    """Write the body that closes every net position."""
    return _SquareOffAllBody(client=account.client_id).to_json()
