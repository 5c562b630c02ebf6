"""One websocket of a session: upgrade, Engine.IO open packet, token check, join, and its receive loop to the end."""

import secrets
import selectors
import socket
import time
from typing import Final

import orjson
from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import AcceptConnection, CloseConnection, Event, Ping, TextMessage
from wsproto.frame_protocol import CloseReason
from wsproto.utilities import RemoteProtocolError

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import FaultKind, Faults
from jainam_prop.adapters.simulator.http.messages import Answer, HangUp, Reply, Request, Upgrade
from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE, MARKET, LiveSession, Sessions
from jainam_prop.adapters.simulator.refusals import Refusal
from jainam_prop.adapters.simulator.sockets import engineio as eio
from jainam_prop.adapters.simulator.sockets.connections import Connection, ConnectionRegistry, DropKind, SendQueue

_CHUNK: Final = 65_536


def upgraded(request: Request) -> WSConnection | None:
    """Return the websocket that a request asks for; None where it asks for none."""
    websocket = WSConnection(ConnectionType.SERVER)
    headers = [(name.encode(), value.encode("latin-1")) for name, value in request.headers.items()]
    try:
        websocket.initiate_upgrade_connection(headers, request.target)
    except RemoteProtocolError:
        return None
    return websocket


class ReceiveLoop:
    """Reads one client until its connection ends; events that a client emits are ignored, as on the live server."""

    def __init__(
        self, connection: socket.socket, websocket: WSConnection, queue: SendQueue, timeout_seconds: float
    ) -> None:
        """Read from a connection, which its sender shares, so that it stays blocking.

        A client may send nothing for ``timeout_seconds``, its ping interval and timeout together.
        """
        self._connection = connection
        self._websocket = websocket
        self._queue = queue
        self._timeout = timeout_seconds
        self._deadline = time.monotonic() + timeout_seconds
        self._text = ""

    def run(self, received: bytes) -> None:
        """Read until the connection ends; ``received`` came together with the handshake."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._connection, selectors.EVENT_READ)
            while not self._take(received):
                received = b""
                if selector.select(None if self._queue.is_silent else max(0.0, self._deadline - time.monotonic())):
                    received = self._connection.recv(_CHUNK)
                    if not received:
                        return
                elif not self._queue.is_silent:
                    self._queue.drop(DropKind.END)
                    return

    def _take(self, received: bytes) -> bool:
        """Process received bytes; return whether both sides have closed."""
        self._websocket.receive_data(received)
        for event in self._websocket.events():
            self._on_event(event)
        return self._websocket.state is ConnectionState.REMOTE_CLOSING and not self._queue.is_silent

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Ping):
            self._queue.send(eio.pong_frame(bytes(event.payload)))
        elif isinstance(event, CloseConnection):  # the client's own, or wsproto's verdict on invalid frames
            self._queue.finish(eio.close_frame(event.code))
        elif isinstance(event, TextMessage):
            self._text += event.data
            if event.message_finished:
                text, self._text = self._text, ""
                self._on_packet(text)

    def _on_packet(self, text: str) -> None:
        self._deadline = time.monotonic() + self._timeout  # any packet counts as alive, as in Engine.IO 3
        if text.startswith(eio.PING):
            self._queue.send(eio.text_frame(f"{eio.PONG}{text[1:]}"))
        elif text in {eio.CLOSE, eio.DISCONNECT}:
            self._queue.finish(eio.close_frame(CloseReason.NORMAL_CLOSURE))


_PATH: Final = "socket.io"
_BINARY_ROOT: Final = "apibinarymarketdata"


def socket_root(path: str, config: SimulatorConfig) -> str | None:
    """Return the application prefix of a socket's path; None for any other path."""
    root, _, rest = path.strip("/").partition("/")
    return root if rest == _PATH and root in {config.interactive_root, *config.market_roots} else None


class Handshake:
    """Accepts sockets, refuses bad tokens, and disconnects the sockets of ended sessions."""

    def __init__(
        self, registry: ConnectionRegistry, sessions: Sessions, faults: Faults, config: SimulatorConfig
    ) -> None:
        self._registry = registry
        self._sessions = sessions
        self._faults = faults
        self._config = config
        sessions.when_ended(self._disconnect)

    def answer(self, root: str, request: Request) -> Answer:
        """Upgrade to a websocket; long polling is refused in Engine.IO's words."""
        websocket = upgraded(request)
        if websocket is None:
            return Reply(400, orjson.dumps({"code": 0, "message": "Transport unknown"}))
        if self._is_struck(FaultKind.SOCKET_DROPPED):
            return HangUp(abruptly=True)

        def serve(connection: socket.socket, received: bytes) -> None:
            self._serve(root, request.fields(), connection, websocket, received)

        return Upgrade(websocket.send(AcceptConnection()), serve)

    def _serve(
        self, root: str, query: dict[str, object], connection: socket.socket, websocket: WSConnection, received: bytes
    ) -> None:
        config = self._config
        queue = SendQueue(connection, config.socket_queue)
        queue.is_silent = self._is_struck(FaultKind.SOCKET_SILENT)
        queue.start()
        sid = secrets.token_urlsafe(15)
        queue.send(eio.opened(sid, config.ping_interval, config.ping_timeout) + eio.CONNECTED)
        joined = self._join(root, query, queue, sid)
        try:
            ReceiveLoop(connection, websocket, queue, config.ping_interval + config.ping_timeout).run(received)
        finally:
            if joined is not None:
                self._registry.remove(joined)
            queue.close()

    def _join(self, root: str, query: dict[str, object], queue: SendQueue, sid: str) -> Connection | None:
        try:
            application = INTERACTIVE if root == self._config.interactive_root else MARKET
            session = self._sessions.check(application, str(query.get("token", "")))
        except Refusal:
            queue.finish(eio.refused() + eio.GOODBYE)
            return None
        asks_binary = str(query.get("publishFormat", "")).lower() == "binary"
        is_binary = asks_binary or (root == _BINARY_ROOT and self._config.binary_root_is_binary)
        is_partial = str(query.get("broadcastMode", "")).lower() == "partial"
        connection = Connection(queue, session, is_binary=is_binary, is_partial=is_partial)
        queue.send(eio.joined(sid))
        self._registry.add(connection)
        if self._sessions.find(session.token) is None:  # the session has ended during the handshake
            self._disconnect(session)
        return connection

    def _disconnect(self, session: LiveSession) -> None:
        """Send ``logout`` to the sockets of an ended session and end them; silent ones stay half-open."""
        present = self._registry.connections()
        leaving = [one for one in present if one.session is session and not one.queue.is_silent]
        self._registry.remove(*leaving)
        for connection in leaving:
            connection.queue.finish(eio.logged_out() + eio.GOODBYE)

    def _is_struck(self, kind: FaultKind) -> bool:
        return self._faults.take({kind}, ("connect", "sockets"), {}) is not None
