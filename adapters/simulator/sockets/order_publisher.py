"""Publishes orders, trades, positions and conversions to the interactive sockets of their account."""

from collections.abc import Callable
from functools import partial
from itertools import count

from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.orders import Execution, OrderUpdate, SimOrder
from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE
from jainam_prop.adapters.simulator.rows.events import Conversion, EventWriter
from jainam_prop.adapters.simulator.sockets import engineio as eio
from jainam_prop.adapters.simulator.sockets.connections import Connection, ConnectionRegistry, SocketFaults


class OrderEventPublisher:
    """Listens to the exchange; a dealer's sockets get the events of all clients of the dealer."""

    def __init__(self, exchange: SimulatedExchange, registry: ConnectionRegistry, faults: SocketFaults) -> None:
        self._exchange = exchange
        self._registry = registry
        self._faults = faults
        self._writer = EventWriter(exchange.config.pro_row_client)
        self._conversions = count(1)

    def order(self, order: SimOrder, state: OrderUpdate) -> None:
        """Publish an order's new state."""
        self._publish(order.intake.account, "order", lambda _login: self._writer.order(order, state))

    def trade(self, done: Execution) -> None:
        """Publish a fill."""
        self._publish(done.order.intake.account, "trade", lambda _login: self._writer.trade(done))

    def position(self, slot: Slot) -> None:
        """Publish a position in both of its views."""
        for view in ("DAYWISE", "NETWISE"):
            line = self._exchange.position(slot, day=view == "DAYWISE")
            if line is not None:
                last = self._exchange.market(slot.key).last_price
                self._publish(slot.account, "position", partial(self._writer.position, line, last, view))

    def conversion(self, slot: Slot, product: str, units: int) -> None:
        """Publish a conversion."""
        done = Conversion(slot, product, units, self._exchange.clock.now(), next(self._conversions))
        self._publish(slot.account, "tradeConversion", lambda login: self._writer.conversion(login, done))

    def market_status(self, body: dict[str, str]) -> None:
        """Publish the state of a market to every interactive socket."""
        for connection in self._registry.connections(INTERACTIVE):
            connection.send(eio.json_event("marketStatusUpdate", body))

    def _publish(self, account: str, name: str, body_for: Callable[[str], dict[str, object]]) -> None:
        for connection in self._registry.connections(INTERACTIVE):
            if account in connection.session.login.clients:
                self._send(connection, name, body_for(connection.session.login.user_id))

    def _send(self, connection: Connection, name: str, body: dict[str, object]) -> None:
        if self._faults.allows(connection, ("event", name), {"clientID": body.get("ClientID")}):
            connection.send(eio.json_event(name, body))
