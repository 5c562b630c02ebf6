"""Commands about positions over HTTP, each sent exactly once."""

from typing import Final, final

from returns.result import Failure, Result

from jainam_prop.adapters.xts.http.call import Call
from jainam_prop.adapters.xts.http.client import XtsClient
from jainam_prop.adapters.xts.http.endpoints import CONVERT, SQUARE_OFF, SQUARE_OFF_ALL
from jainam_prop.adapters.xts.http.optional_calls import optional_command
from jainam_prop.adapters.xts.http.position_bodies import convert_body, square_off_all_body, square_off_body
from jainam_prop.adapters.xts.http.server import XtsServer
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.positions.conversion import Conversion
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import Session

_CONVERSIONS: Final = "position conversions"
_SQUARE_OFFS: Final = "square-off calls"


@final
class XtsPositionGateway:
    """The `PositionGateway` port on XTS's interactive application."""

    def __init__(self, client: XtsClient, server: XtsServer) -> None:
        """Send through a client to a server."""
        self._client = client
        self._server = server

    def convert(
        self, session: Session, conversion: Conversion, timeout_seconds: float, *, of_today: bool
    ) -> Result[None, BrokerError]:
        """Ask for units to be carried under another product; see the port."""
        body = convert_body(conversion, session.account, of_today=of_today)
        return self._ask(session, CONVERT, body, timeout_seconds, _CONVERSIONS)

    def square_off(
        self, session: Session, key: PositionKey, quantity: int, timeout_seconds: float
    ) -> Result[None, BrokerError]:
        """Ask for units of one position to be closed; see the port."""
        body = square_off_body(key, quantity, session.account)
        return self._ask(session, SQUARE_OFF, body, timeout_seconds, _SQUARE_OFFS)

    def square_off_all(self, session: Session, timeout_seconds: float) -> Result[None, BrokerError]:
        """Ask for every position to be closed; see the port."""
        return self._ask(session, SQUARE_OFF_ALL, square_off_all_body(session.account), timeout_seconds, _SQUARE_OFFS)

    def _ask(
        self, session: Session, path: str, body: bytes, timeout_seconds: float, what: str
    ) -> Result[None, BrokerError]:
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))
        call = Call("PUT", self._server.interactive(session) + path, session.interactive_token, body=body)
        return optional_command(self._client, call, timeout_seconds, what).map(lambda _: None)
