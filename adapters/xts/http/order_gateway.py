"""Orders over HTTP, each command sent exactly once."""

from typing import final

from returns.result import Failure, Result

from jainam_prop.adapters.xts.http.bodies import modify_body, place_body
from jainam_prop.adapters.xts.http.call import Call
from jainam_prop.adapters.xts.http.client import XtsClient
from jainam_prop.adapters.xts.http.endpoints import ORDERS, client_of
from jainam_prop.adapters.xts.http.order_outcome import marked, no_order_id, placed
from jainam_prop.adapters.xts.http.server import XtsServer
from jainam_prop.adapters.xts.wire.replies.acceptance import is_order_id
from jainam_prop.adapters.xts.wire.replies.envelope import Envelope
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.orders.order import OrderChange, OrderRequest
from jainam_prop.domain.sessions.session import Session


@final
class XtsOrderGateway:
    """The `OrderGateway` port on XTS's interactive application."""

    def __init__(self, client: XtsClient, server: XtsServer) -> None:
        """Send through a client to a server."""
        self._client = client
        self._server = server

    def place(self, session: Session, order: OrderRequest, timeout_seconds: float) -> Result[str, BrokerError]:
        """Send one order; see the port. An acceptance without an order id is no proof, so its outcome is unknown."""
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))
        body = place_body(order, session.account, self._server.api_order_source)
        outcome = self._send(Call("POST", self._url(session), session.interactive_token, body=body), timeout_seconds)
        return outcome.bind(placed).alt(lambda error: marked(error, order.identifier))

    def modify(self, session: Session, change: OrderChange, timeout_seconds: float) -> Result[str, BrokerError]:
        """Send new terms for a working order; see the port."""
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))
        if not is_order_id(change.order_id):
            return Failure(no_order_id(change.order_id))
        body = modify_body(change, int(change.order_id), session.account)
        call = Call("PUT", self._url(session), session.interactive_token, body=body)
        return self._send(call, timeout_seconds).map(lambda _: change.order_id)

    def cancel(self, session: Session, order_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        """Ask for one working order to be cancelled; see the port. Also where new orders are barred."""
        if not is_order_id(order_id):
            return Failure(no_order_id(order_id))
        query = {"appOrderID": order_id, **client_of(session)}
        call = Call("DELETE", self._url(session), session.interactive_token, query)
        return self._send(call, timeout_seconds).map(lambda _: order_id)

    def _send(self, call: Call, timeout_seconds: float) -> Result[Envelope, BrokerError]:
        return self._client.command(call, timeout_seconds)

    def _url(self, session: Session) -> str:
        return self._server.interactive(session) + ORDERS
