"""Cover and bracket orders over HTTP, each command sent exactly once."""

from typing import Final, final

from returns.result import Failure, Result

from jainam_prop.adapters.xts.http.call import Call
from jainam_prop.adapters.xts.http.client import XtsClient
from jainam_prop.adapters.xts.http.endpoints import BRACKET, COVER, client_of
from jainam_prop.adapters.xts.http.linked_bodies import bracket_body, cover_body, exit_cover_body, modify_bracket_body
from jainam_prop.adapters.xts.http.optional_calls import optional_command
from jainam_prop.adapters.xts.http.order_outcome import marked, no_order_id, placed
from jainam_prop.adapters.xts.http.server import XtsServer
from jainam_prop.adapters.xts.wire.replies.acceptance import accepted_id, is_order_id
from jainam_prop.adapters.xts.wire.replies.envelope import Envelope
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.orders.linked_order import BracketChange, BracketRequest, CoverIds, CoverRequest
from jainam_prop.domain.sessions.session import Session

_COVERS: Final = "cover orders"
_BRACKETS: Final = "bracket orders"


@final
class XtsLinkedOrders:
    """The `LinkedOrders` port on XTS's interactive application."""

    def __init__(self, client: XtsClient, server: XtsServer) -> None:
        """Send through a client to a server."""
        self._client = client
        self._server = server

    def place_cover(
        self, session: Session, order: CoverRequest, timeout_seconds: float
    ) -> Result[CoverIds, BrokerError]:
        """Send a cover order; see the port. An acceptance without the entry's id is no proof."""
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))
        call = self._call("POST", COVER, session, cover_body(order, session.account, self._server.api_order_source))
        outcome = optional_command(self._client, call, timeout_seconds, _COVERS).bind(_cover_ids)
        return outcome.alt(lambda error: marked(error, order.identifier))

    def exit_cover(self, session: Session, exit_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        """Ask for a cover order's stop to be turned into a market order; see the port."""
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))
        if not is_order_id(exit_id):
            return Failure(no_order_id(exit_id))
        call = self._call("PUT", COVER, session, exit_cover_body(int(exit_id), session.account))
        return optional_command(self._client, call, timeout_seconds, _COVERS).map(lambda _: exit_id)

    def place_bracket(
        self, session: Session, order: BracketRequest, timeout_seconds: float
    ) -> Result[str, BrokerError]:
        """Send a bracket order; see the port. An acceptance without the entry's id is no proof."""
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))
        call = self._call("POST", BRACKET, session, bracket_body(order, session.account, self._server.api_order_source))
        outcome = optional_command(self._client, call, timeout_seconds, _BRACKETS).bind(placed)
        return outcome.alt(lambda error: marked(error, order.identifier))

    def modify_bracket(
        self, session: Session, change: BracketChange, timeout_seconds: float
    ) -> Result[str, BrokerError]:
        """Send new terms for a bracket; see the port."""
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))
        if not is_order_id(change.order_id):
            return Failure(no_order_id(change.order_id))
        body = modify_bracket_body(change, int(change.order_id), session.account)
        call = self._call("PUT", BRACKET, session, body)
        return optional_command(self._client, call, timeout_seconds, _BRACKETS).map(lambda _: change.order_id)

    def cancel_bracket(self, session: Session, entry_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        """Ask for the end of a bracket; see the port. Also where new orders are barred."""
        if not is_order_id(entry_id):
            return Failure(no_order_id(entry_id))
        query = {"boEntryOrderId": entry_id, **client_of(session)}
        call = Call("DELETE", self._url(session, BRACKET), session.interactive_token, query)
        return optional_command(self._client, call, timeout_seconds, _BRACKETS).map(lambda _: entry_id)

    def _call(self, method: str, path: str, session: Session, body: bytes) -> Call:
        return Call(method, self._url(session, path), session.interactive_token, body=body)

    def _url(self, session: Session, path: str) -> str:
        return self._server.interactive(session) + path


def _cover_ids(envelope: Envelope) -> Result[CoverIds, BrokerError]:
    exit_id = accepted_id(envelope.result, "ExitAppOrderID") or ""
    return placed(envelope, "EntryAppOrderID").map(lambda entry_id: CoverIds(entry_id, exit_id))
