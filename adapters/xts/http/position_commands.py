"""Commands about positions over HTTP, each sent exactly once.

Protocol reference, section 5.5, and samples ``interactive_convert_position``, ``interactive_squareoff`` and
``interactive_squareoffall``.
"""

from collections.abc import Callable
from typing import Final, final

from returns.result import Result

from jainam_prop.adapters.xts.http.api import ApiRequest, XtsApi
from jainam_prop.adapters.xts.http.orders import json_body
from jainam_prop.adapters.xts.http.outcomes import Reply, optional_command_outcome
from jainam_prop.adapters.xts.wire.replies.envelope import Envelope
from jainam_prop.adapters.xts.wire.words import SEGMENT_BY_EXCHANGE
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.positions.conversion import Conversion
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import Account, Session

_CONVERT: Final = "/portfolio/positions/convert"
_SQUARE_OFF: Final = "/portfolio/squareoff"
_SQUARE_OFF_ALL: Final = "/portfolio/squareoffall"
_NET_WISE: Final = "NetWise"
_conversion_outcome: Final = optional_command_outcome("position conversions")
_square_off_outcome: Final = optional_command_outcome("square-off calls")


@final
class XtsPositionGateway:
    """The `PositionGateway` port on XTS's interactive application."""

    def __init__(self, api: XtsApi) -> None:
        """Send through the API of a server."""
        self._api = api

    def convert(
        self, session: Session, conversion: Conversion, timeout_seconds: float, *, of_today: bool
    ) -> Result[None, BrokerError]:
        """Ask for units to be carried under another product; see the port."""
        request = _put(_CONVERT, lambda account: _convert_body(conversion, account, of_today=of_today))
        return self._send(session, request, timeout_seconds, _conversion_outcome)

    def square_off(
        self, session: Session, key: PositionKey, quantity: int, timeout_seconds: float
    ) -> Result[None, BrokerError]:
        """Ask for units of one position to be closed; see the port."""
        request = _put(_SQUARE_OFF, lambda account: _square_off_body(key, quantity, account), exits=True)
        return self._send(session, request, timeout_seconds, _square_off_outcome)

    def square_off_all(self, session: Session, timeout_seconds: float) -> Result[None, BrokerError]:
        """Ask for every position to be closed; see the port."""
        request = _put(_SQUARE_OFF_ALL, _square_off_all_body, exits=True)
        return self._send(session, request, timeout_seconds, _square_off_outcome)

    def _send(
        self,
        session: Session,
        request: ApiRequest,
        timeout_seconds: float,
        outcome: Callable[[Reply], Result[Envelope, BrokerError]],
    ) -> Result[None, BrokerError]:
        return self._api.send(session, request, timeout_seconds, outcome).map(lambda _: None)


def _put(path: str, body: Callable[[Account], bytes], *, exits: bool = False) -> ApiRequest:
    return ApiRequest("PUT", path, body=body, trades=True, exits=exits)


def _convert_body(conversion: Conversion, account: Account, *, of_today: bool) -> bytes:
    """Write the body that carries units under another product."""
    return json_body(
        {
            "exchangeSegment": SEGMENT_BY_EXCHANGE[conversion.instrument.exchange],
            "exchangeInstrumentID": conversion.instrument.token,
            "targetQty": conversion.quantity,
            "isDayWise": of_today,
            "oldProductType": conversion.source.value,
            "newProductType": conversion.target.value,
            "clientID": account.client_id,
            # Mandatory since 2026; what position rows carry.
            "statisticsLevel": "ParentLevel",
            "isInterOpPosition": True,
        }
    )


def _square_off_body(key: PositionKey, quantity: int, account: Account) -> bytes:
    """Write the body that closes so many units of one net position and cancels its working orders."""
    return json_body(
        {
            "exchangeSegment": SEGMENT_BY_EXCHANGE[key.instrument.exchange],
            "exchangeInstrumentID": key.instrument.token,
            "productType": key.product,
            "squareoffMode": _NET_WISE,
            "positionSquareOffQuantityType": "ExactQty",
            "squareOffQtyValue": quantity,
            # False, unlike in the sample: what it blocks is not documented; a desk must be able to send its next order.
            "blockOrderSending": False,
            "cancelOrders": True,
            "clientID": account.client_id,
        }
    )


def _square_off_all_body(account: Account) -> bytes:
    """Write the body that closes every net position."""
    return json_body({"squareoffMode": _NET_WISE, "clientID": account.client_id})
