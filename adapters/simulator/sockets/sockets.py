"""The sockets of a simulated server, and the strings by which a test pulls at them."""

from datetime import datetime
from typing import Final

from jainam_prop.adapters.simulator.clock import indian_wall_clock
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.http.messages import Answer, Request
from jainam_prop.adapters.simulator.http.sessions import Sessions
from jainam_prop.adapters.simulator.sockets.connections import Connection, ConnectionRegistry, SocketFaults
from jainam_prop.adapters.simulator.sockets.handshake import Handshake, socket_root
from jainam_prop.adapters.simulator.sockets.order_publisher import OrderEventPublisher
from jainam_prop.adapters.simulator.sockets.send_queue import DropKind
from jainam_prop.adapters.simulator.sockets.tick_publisher import TickPublisher, segment_and_token
from jainam_prop.adapters.simulator.sockets.websocket import BINARY, frame, text_frame
from jainam_prop.adapters.simulator.vocabulary import SEGMENT_NUMBERS
from jainam_prop.domain.instruments.instrument import InstrumentKey

_EPOCH: Final = datetime(1980, 1, 1)  # noqa: DTZ001 - a wall clock in India, without zone on the wire
_SESSION_NAMES: Final = {0: "None", 1: "PreOpen", 2: "NormalStart", 4: "NormalEnd", 8: "PostStart", 16: "PostEnd"}
"""Only NormalStart has been seen as a word; the others are guesses."""


class Sockets:
    """Every socket of both applications; `application` is ``interactive`` or ``market``, None for both."""

    def __init__(self, exchange: SimulatedExchange, sessions: Sessions) -> None:
        """Listen to an exchange; sockets come in by `answer`."""
        self._exchange = exchange
        self._roster = ConnectionRegistry()
        faults = SocketFaults(exchange.faults, self._roster)
        self._door = Handshake(self._roster, sessions, exchange.faults, exchange.config)
        self._orders = OrderEventPublisher(exchange, self._roster, faults)
        self.ticks = TickPublisher(exchange, self._roster, faults)
        exchange.listen(self._orders)
        exchange.listen(self.ticks)

    def answer(self, request: Request) -> Answer | None:
        """Answer a request for a socket; None when it asks for something else."""
        root = socket_root(request.path, self._exchange.config)
        return None if root is None else self._door.answer(root, request)

    # Who is there

    def connected(self, application: str | None = None) -> int:
        """Return how many sockets have joined and are still here."""
        return len(self._roster.members(application))

    @property
    def joins(self) -> int:
        """How many sockets have joined since the start, reconnections included."""
        return self._roster.joins

    def wait_connected(self, count: int, timeout: float, application: str | None = None) -> bool:
        """Wait until exactly so many sockets are here; False when they were not within so many seconds."""
        return self._roster.wait(count, timeout, application)

    def wait_joins(self, count: int, timeout: float) -> bool:
        """Wait until at least so many sockets have joined since the start; False when they had not in time."""
        return self._roster.wait_joins(count, timeout)

    # What goes wrong

    def drop(self, how: DropKind = DropKind.RESET, application: str | None = None) -> int:
        """Drop sockets, and return how many; they do not count as connected from then on."""
        members = self._roster.members(application)
        self._door.drop(members, how)
        return len(members)

    def go_silent(self, application: str | None = None) -> int:
        """Let sockets stand half-open: TCP stays, nothing is sent or answered any more; `drop` ends it."""
        members = self._roster.members(application)
        for member in members:
            member.line.is_silent = True
        return len(members)

    # What is sent

    def publish(self, key: InstrumentKey) -> None:
        """Send ticks of an instrument or index as it stands to whoever has subscribed it.

        Raises:
            LookupError: there is no such instrument or index.
        """
        self.ticks.publish(*segment_and_token(key))

    def market_status(self, segment: str, session: int) -> None:
        """Tell of a market's session (0, 1, 2, 4, 8 or 16): 1507 to market data, marketStatusUpdate to interactive."""
        wall = indian_wall_clock(self._exchange.clock.now())
        self.ticks.market_status(SEGMENT_NUMBERS[segment], session, int((wall - _EPOCH).total_seconds()))
        hour = f"{wall.hour % 12 or 12}:{wall.minute:02d}:{wall.second:02d} {'AM' if wall.hour < 12 else 'PM'}"  # noqa: PLR2004
        stamp = f"{wall.month}-{wall.day}-{wall.year} {hour}"
        body = {"timeStamp": stamp, "exchangeSegment": segment, "marketSession": _SESSION_NAMES[session]}
        self._orders.market_status(body)

    def send_raw(self, content: str | bytes, application: str | None = None) -> int:
        """Send one websocket message as it is, text or binary, and return to how many."""
        frames = text_frame(content) if isinstance(content, str) else frame(BINARY, content)
        members: tuple[Connection, ...] = self._roster.members(application)
        for member in members:
            member.send(frames)
        return len(members)
