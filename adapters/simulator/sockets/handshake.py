"""The websocket handshake: upgrade, Engine.IO open packet, token check and join; and the end of a session."""

import secrets
import socket
from typing import Final

import orjson
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection
from wsproto.utilities import RemoteProtocolError

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults.fault import FaultKind
from jainam_prop.adapters.simulator.faults.faults import Faults
from jainam_prop.adapters.simulator.http.messages import Answer, HangUp, Reply, Request, Upgrade
from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE, MARKET, LiveSession, Sessions
from jainam_prop.adapters.simulator.refusals import Refusal
from jainam_prop.adapters.simulator.sockets import engineio as eio
from jainam_prop.adapters.simulator.sockets.connections import Connection, ConnectionRegistry
from jainam_prop.adapters.simulator.sockets.receive_loop import ReceiveLoop
from jainam_prop.adapters.simulator.sockets.send_queue import SendQueue

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
        websocket = WSConnection(ConnectionType.SERVER)
        headers = [(name.encode(), value.encode("latin-1")) for name, value in request.headers.items()]
        try:
            websocket.initiate_upgrade_connection(headers, request.target)
        except RemoteProtocolError:
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
        if self._faults.is_quiet:
            return False
        return self._faults.take({kind}, ("connect", "sockets"), {}) is not None
