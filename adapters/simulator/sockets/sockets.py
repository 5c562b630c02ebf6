"""The sockets of a simulated server, and the controls that tests have over them."""

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Final

from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.orders import Execution, OrderUpdate, SimOrder
from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.http.messages import Answer, Request
from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE, Sessions
from jainam_prop.adapters.simulator.rows import Conversion, EventWriter
from jainam_prop.adapters.simulator.sockets import engineio as eio
from jainam_prop.adapters.simulator.sockets.connections import ConnectionRegistry, DropKind, SocketFaults
from jainam_prop.adapters.simulator.sockets.engineio import binary_frame, text_frame
from jainam_prop.adapters.simulator.sockets.handshake import Handshake, socket_root
from jainam_prop.adapters.simulator.sockets.tick_publisher import TickPublisher
from jainam_prop.adapters.simulator.vocabulary import NSE_EPOCH, SEGMENT_NUMBERS, SEGMENTS, indian_wall_clock
from jainam_prop.domain.instruments.instrument import InstrumentKey


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
                body = body_for(connection.session.login.user_id)
                if self._faults.allows(connection, ("event", name), {"clientID": body.get("ClientID")}):
                    connection.send(eio.json_event(name, body))


_SESSION_NAMES: Final = {0: "None", 1: "PreOpen", 2: "NormalStart", 4: "NormalEnd", 8: "PostStart", 16: "PostEnd"}
"""Only NormalStart has been recorded; the other words are assumed."""


class Sockets(ConnectionRegistry):
    """Every socket of both applications, with the controls over them.

    The argument ``application`` is ``interactive`` or ``market``, or None for both. ``timeout`` is in seconds.
    """

    def __init__(self, exchange: SimulatedExchange, sessions: Sessions) -> None:
        self._exchange = exchange
        super().__init__()
        faults = SocketFaults(exchange.faults, self)
        self._handshake = Handshake(self, sessions, exchange.faults, exchange.config)
        self._orders = OrderEventPublisher(exchange, self, faults)
        self.ticks = TickPublisher(exchange, self, faults)
        exchange.listen(self._orders)
        exchange.on_market(lambda listing: self.ticks.publish(listing.segment, listing.key.token))

    def answer(self, request: Request) -> Answer | None:
        """Answer a request for a socket; None for a request of another kind."""
        root = socket_root(request.path, self._exchange.config)
        return None if root is None else self._handshake.answer(root, request)

    def drop(self, how: DropKind = DropKind.RESET, application: str | None = None) -> int:
        """Drop sockets and return their number; they no longer count as connected."""
        dropped = self.connections(application)
        self.remove(*dropped)
        for connection in dropped:
            connection.queue.drop(how)
        return len(dropped)

    def go_silent(self, application: str | None = None) -> int:
        """Make sockets half-open until `drop`: TCP stays, nothing is sent or answered; return their number."""
        silenced = self.connections(application)
        for connection in silenced:
            connection.queue.is_silent = True
        return len(silenced)

    def publish(self, key: InstrumentKey) -> None:
        """Publish the state of an instrument or index to its subscribers.

        Raises:
            LookupError: there is no such instrument or index.
        """
        self.ticks.publish(SEGMENTS[key.exchange], key.token)

    def market_status(self, segment: str, session: int) -> None:
        """Publish a market's session (0, 1, 2, 4, 8 or 16) as 1507 and as marketStatusUpdate."""
        wall = indian_wall_clock(self._exchange.clock.now())
        self.ticks.market_status(SEGMENT_NUMBERS[segment], session, int((wall - NSE_EPOCH).total_seconds()))
        stamp = f"{wall.month}-{wall.day}-{wall.year} {wall.hour % 12 or 12}:{wall:%M:%S %p}"
        body = {"timeStamp": stamp, "exchangeSegment": segment, "marketSession": _SESSION_NAMES[session]}
        self._orders.market_status(body)

    def send_raw(self, content: str | bytes, application: str | None = None) -> int:
        """Send one websocket message as it is, text or binary; return the number of sockets."""
        frames = text_frame(content) if isinstance(content, str) else binary_frame(content)
        connections = self.connections(application)
        for connection in connections:
            connection.send(frames)
        return len(connections)
