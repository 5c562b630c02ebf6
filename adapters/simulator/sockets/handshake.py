"""The way in for sockets: the websocket handshake, the token at the door, and the end of a session."""

import secrets
import socket
from typing import Final

import orjson

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults.fault import FaultKind
from jainam_prop.adapters.simulator.faults.faults import Faults
from jainam_prop.adapters.simulator.http.messages import Answer, HangUp, Reply, Request, Upgrade
from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE, LiveSession, Sessions
from jainam_prop.adapters.simulator.refusals import Refusal
from jainam_prop.adapters.simulator.sockets import engineio as eio
from jainam_prop.adapters.simulator.sockets.connections import Connection, ConnectionRegistry
from jainam_prop.adapters.simulator.sockets.receive_loop import ReceiveLoop
from jainam_prop.adapters.simulator.sockets.send_queue import DropKind, SendQueue
from jainam_prop.adapters.simulator.sockets.websocket import NORMAL, accept_key, close_frame

_PATH: Final = "socket.io"
_FAREWELL: Final = eio.DISCONNECTED + close_frame(NORMAL)
_BINARY_ROOT: Final = "apibinarymarketdata"


def socket_root(path: str, config: SimulatorConfig) -> str | None:
    """Return the application prefix of a socket's path; None for every other path."""
    root, _, rest = path.strip("/").partition("/")
    return root if rest == _PATH and root in {config.interactive_root, *config.market_roots} else None


class Handshake:
    """Lets sockets in and out.

    A bad token hears ``error``; when a session ends by logout or by a new login, its sockets hear ``logout``.
    """

    def __init__(self, roster: ConnectionRegistry, sessions: Sessions, faults: Faults, config: SimulatorConfig) -> None:
        self._roster = roster
        self._sessions = sessions
        self._faults = faults
        self._config = config
        sessions.when_ended(self._end)

    def answer(self, root: str, request: Request) -> Answer:
        """Answer a request for a socket: websocket only, long polling is told so as engine.io does."""
        key = request.headers.get("sec-websocket-key", "")
        if request.headers.get("upgrade", "").lower() != "websocket" or not key:
            return Reply(400, orjson.dumps({"code": 0, "message": "Transport unknown"}))
        if self._is_struck(FaultKind.SOCKET_DROPPED):
            return HangUp(abruptly=True)
        head = (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n"
        )

        def serve(connection: socket.socket, received: bytes) -> None:
            self._serve(root, request.fields(), connection, received)

        return Upgrade(head.encode(), serve)

    def _serve(self, root: str, asked: dict[str, object], connection: socket.socket, received: bytes) -> None:
        config = self._config
        line = SendQueue(connection, config.socket_queue)
        line.is_silent = self._is_struck(FaultKind.SOCKET_SILENT)
        line.start()
        sid = secrets.token_urlsafe(15)
        line.send(eio.opened(sid, config.ping_interval, config.ping_timeout) + eio.CONNECTED)
        member = self._admitted(root, asked, line, sid)
        try:
            ReceiveLoop(connection, line, config.ping_interval + config.ping_timeout).run(received)
        finally:
            if member is not None:
                self._roster.remove(member)
            line.close()

    def _admitted(self, root: str, asked: dict[str, object], line: SendQueue, sid: str) -> Connection | None:
        application = INTERACTIVE if root == self._config.interactive_root else "market"
        try:
            session = self._sessions.check(application, str(asked.get("token", "")))
        except Refusal:
            line.finish(eio.refused() + _FAREWELL)
            return None
        is_binary = str(asked.get("publishFormat", "")).lower() == "binary"
        is_binary = is_binary or (root == _BINARY_ROOT and self._config.binary_root_is_binary)
        is_partial = str(asked.get("broadcastMode", "")).lower() == "partial"
        member = Connection(line, session, is_binary=is_binary, is_partial=is_partial)
        line.send(eio.joined(sid))
        self._roster.add(member)
        if self._sessions.find(session.token) is None:  # it has ended while the socket came in
            self._end(session)
        return member

    def _end(self, session: LiveSession) -> None:
        here = self._roster.members()
        leaving = [member for member in here if member.session is session and not member.line.is_silent]
        self._roster.remove(*leaving)
        for member in leaving:
            member.line.finish(eio.logged_out() + _FAREWELL)

    def drop(self, members: tuple[Connection, ...], how: DropKind) -> None:
        """Drop sockets; they count as gone at once."""
        self._roster.remove(*members)
        for member in members:
            member.line.drop(how)

    def _is_struck(self, kind: FaultKind) -> bool:
        if self._faults.is_quiet:
            return False
        return self._faults.take({kind}, ("connect", "sockets"), {}) is not None
