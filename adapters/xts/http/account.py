"""Funds and holdings over HTTP."""

from typing import Final, final

from returns.result import Result

from jainam_prop.adapters.xts.http.client import XtsClient
from jainam_prop.adapters.xts.http.endpoints import BALANCE, HOLDINGS, interactive_question
from jainam_prop.adapters.xts.http.reading import reading
from jainam_prop.adapters.xts.http.server import XtsServer
from jainam_prop.adapters.xts.wire.replies.funds import read_funds
from jainam_prop.adapters.xts.wire.replies.holdings import read_holdings
from jainam_prop.adapters.xts.wire.replies.refusals import is_empty_book
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.positions.account_books import Funds, Holding
from jainam_prop.domain.sessions.session import Session

_FUNDS: Final = reading("the balance", read_funds)
_HOLDINGS: Final = reading("the holdings", read_holdings)


@final
class XtsAccount:
    """The `Account` port on XTS's interactive application."""

    def __init__(self, client: XtsClient, server: XtsServer) -> None:
        """Ask a server through a client."""
        self._client = client
        self._server = server

    def funds(self, session: Session, timeout_seconds: float) -> Result[Funds, BrokerError]:
        """Return the account's limits; see the port."""
        call = interactive_question(self._server, session, BALANCE)
        return self._client.ask(call, timeout_seconds, is_empty_book).bind(_FUNDS)

    def holdings(self, session: Session, timeout_seconds: float) -> Result[tuple[Holding, ...], BrokerError]:
        """Return the shares in the depository; see the port."""
        call = interactive_question(self._server, session, HOLDINGS)
        return self._client.ask(call, timeout_seconds, is_empty_book).bind(_HOLDINGS)
