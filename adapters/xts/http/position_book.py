"""The position book over HTTP."""

from typing import Final, final

from returns.result import Result

from jainam_prop.adapters.xts.http.client import XtsClient
from jainam_prop.adapters.xts.http.endpoints import DEALER_POSITIONS, POSITIONS, empties_of, interactive_question
from jainam_prop.adapters.xts.http.reading import reading
from jainam_prop.adapters.xts.http.server import XtsServer
from jainam_prop.adapters.xts.wire.replies.position_rows import read_positions
from jainam_prop.adapters.xts.wire.rows import own_rows
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.positions.position import Position
from jainam_prop.domain.sessions.session import Session, clients_of_others

_POSITIONS: Final = reading("the position book", read_positions)
_NET: Final = {"dayOrNet": "NetWise"}


@final
class XtsPositionBook:
    """The `PositionBook` port on XTS's interactive application: net positions, carried ones included."""

    def __init__(self, client: XtsClient, server: XtsServer) -> None:
        """Ask a server through a client."""
        self._client = client
        self._server = server

    def positions(self, session: Session, timeout_seconds: float) -> Result[tuple[Position, ...], BrokerError]:
        """Return one row per contract and product; see the port."""
        path = DEALER_POSITIONS if session.account.kind.is_dealer else POSITIONS
        call = interactive_question(self._server, session, path, _NET)
        others = clients_of_others(session)
        answer = self._client.ask(call, timeout_seconds, empties_of(session))
        return answer.map(lambda rows: own_rows(rows, "AccountID", others)).bind(_POSITIONS)
