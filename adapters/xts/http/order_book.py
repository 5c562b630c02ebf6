"""The books of orders and trades over HTTP."""

from typing import Final, final

from returns.result import Failure, Result

from jainam_prop.adapters.xts.http.client import XtsClient
from jainam_prop.adapters.xts.http.endpoints import (
    DEALER_ORDERS,
    DEALER_TRADES,
    ORDERS,
    empties_of,
    interactive_question,
)
from jainam_prop.adapters.xts.http.reading import reading
from jainam_prop.adapters.xts.http.server import XtsServer
from jainam_prop.adapters.xts.wire.replies.acceptance import is_order_id
from jainam_prop.adapters.xts.wire.replies.order_rows import read_orders, read_trades
from jainam_prop.adapters.xts.wire.replies.refusals import is_unseen_order
from jainam_prop.adapters.xts.wire.rows import own_rows
from jainam_prop.domain.errors import BrokerError, Invalid
from jainam_prop.domain.orders.order import Order, Trade
from jainam_prop.domain.sessions.session import Session, clients_of_others

_ORDERS: Final = reading("the order book", read_orders)
_TRADES: Final = reading("the trade book", read_trades)
_HISTORY: Final = reading("the order history", read_orders)


@final
class XtsOrderBook:
    """The `OrderBook` port on XTS's interactive application.

    A dealer reads the dealer books: on the normal ones XTS answers "Data Not Available" to a dealer who has orders.
    """

    def __init__(self, client: XtsClient, server: XtsServer) -> None:
        """Ask a server through a client."""
        self._client = client
        self._server = server

    def orders(self, session: Session, timeout_seconds: float) -> Result[tuple[Order, ...], BrokerError]:
        """Return every order of the day; see the port."""
        path = DEALER_ORDERS if session.account.kind.is_dealer else ORDERS
        return self._rows(session, path, timeout_seconds).bind(_ORDERS)

    def trades(self, session: Session, timeout_seconds: float) -> Result[tuple[Trade, ...], BrokerError]:
        """Return every execution of the day; see the port."""
        path = DEALER_TRADES if session.account.kind.is_dealer else self._server.layout.trades_path
        return self._rows(session, path, timeout_seconds).bind(_TRADES)

    def history(
        self, session: Session, order_id: str, timeout_seconds: float
    ) -> Result[tuple[Order, ...], BrokerError]:
        """Return the states of one order, oldest first; see the port."""
        if not is_order_id(order_id):
            return Failure(Invalid((f"orderid {order_id[:40]!r} is not a number",)))
        call = interactive_question(self._server, session, ORDERS, {"appOrderID": order_id})
        return self._client.ask(call, timeout_seconds, is_unseen_order).bind(_HISTORY)

    def _rows(self, session: Session, path: str, timeout_seconds: float) -> Result[object, BrokerError]:
        call, others = interactive_question(self._server, session, path), clients_of_others(session)
        answer = self._client.ask(call, timeout_seconds, empties_of(session))
        return answer.map(lambda rows: own_rows(rows, "ClientID", others))
