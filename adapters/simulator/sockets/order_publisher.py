"""What the interactive sockets are told: orders, trades, positions and conversions of the accounts of their login."""

from collections.abc import Callable
from itertools import count

from jainam_prop.adapters.simulator.catalogue.listing import Listing
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.orders import Execution, OrderUpdate, SimOrder
from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE
from jainam_prop.adapters.simulator.rows.events import Conversion, EventWriter
from jainam_prop.adapters.simulator.sockets import engineio as eio
from jainam_prop.adapters.simulator.sockets.connections import Connection, ConnectionRegistry, SocketFaults


class OrderEventPublisher:
    """Listens to the exchange for the interactive sockets; a dealer's hears of all of his clients."""

    def __init__(self, exchange: SimulatedExchange, roster: ConnectionRegistry, faults: SocketFaults) -> None:
        self._exchange = exchange
        self._roster = roster
        self._faults = faults
        self._writer = EventWriter(exchange.config.pro_row_client)
        self._conversions = count(1)

    def order(self, order: SimOrder, state: OrderUpdate) -> None:
        """Tell of an order's new state."""
        self._tell(order.intake.account, "order", lambda _login: self._writer.order(order, state))

    def trade(self, done: Execution) -> None:
        """Tell of a fill."""
        self._tell(done.order.intake.account, "trade", lambda _login: self._writer.trade(done))

    def position(self, slot: Slot) -> None:
        """Tell of a position, in both of its views."""
        for view in ("DAYWISE", "NETWISE"):
            self._tell(slot.account, "position", self._position_writer(slot, view))

    def conversion(self, slot: Slot, product: str, units: int) -> None:
        """Tell of a conversion."""
        done = Conversion(slot, product, units, self._exchange.clock.now(), next(self._conversions))
        self._tell(slot.account, "tradeConversion", lambda login: self._writer.conversion(login, done))

    def market(self, listing: Listing) -> None:
        """Ignore the market: these sockets are told of orders only."""

    def market_status(self, body: dict[str, str]) -> None:
        """Tell every interactive socket of the state of a market."""
        for member in self._roster.members(INTERACTIVE):
            member.send(eio.json_event("marketStatusUpdate", body))

    def _position_writer(self, slot: Slot, view: str) -> Callable[[str], dict[str, object] | None]:
        line = self._exchange.position(slot, day=view == "DAYWISE")
        if line is None:
            return lambda _login: None
        last = self._exchange.market(slot.key).last_price
        return lambda login: self._writer.position(login, line, last, view)

    def _tell(self, account: str, name: str, body_for: Callable[[str], dict[str, object] | None]) -> None:
        for member in self._roster.members(INTERACTIVE):
            if account in member.session.login.clients:
                self._send(member, name, body_for(member.session.login.user_id))

    def _send(self, member: Connection, name: str, body: dict[str, object] | None) -> None:
        if body is not None and self._faults.lets_through(member, ("event", name), {"clientID": body.get("ClientID")}):
            member.send(eio.json_event(name, body))
