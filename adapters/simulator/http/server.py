"""A loopback HTTP/1.1 server on h11: one thread per connection, every reply sent in one piece."""

import ipaddress
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from email.utils import formatdate
from http.client import responses
from typing import Final

import h11

from jainam_prop.adapters.simulator.http.messages import Answer, HangUp, Reply, Request, Upgrade

_CHUNK: Final = 65_536
_NO_LINGER: Final = struct.pack("ii", 1, 0)
"""With this SO_LINGER, closing a socket sends a TCP reset."""


class LoopbackServer:
    """Accepts connections on a loopback address and answers their requests."""

    def __init__(self, host: str, port: int, answer: Callable[[Request], Answer]) -> None:
        """Bind and listen; connections are accepted from `start` on.

        Raises:
            ValueError: the host is not a loopback address; the simulator's logins protect nothing.
        """
        if not ipaddress.ip_address(host).is_loopback:
            message = f"the simulator binds to loopback addresses only, not to {host}"
            raise ValueError(message)
        self._answer = answer
        self._listener = socket.create_server((host, port), backlog=128)
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._closing = False
        self._acceptor = threading.Thread(target=self._accept, name="simulator-accept", daemon=True)

    def start(self) -> None:
        """Start to accept connections."""
        self._acceptor.start()

    def close(self) -> None:
        """Stop accepting, shut every connection down and join all threads."""
        self._closing = True
        if self._acceptor.is_alive():
            with socket.socket(self._listener.family) as waker:  # returns accept() on every platform
                waker.connect_ex(self.address)
            self._acceptor.join()
        self._listener.close()
        with self._lock:
            open_now = list(self._open.items())
        for connection, _ in open_now:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for _, thread in open_now:
            thread.join()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._closing:
                connection.close()
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            thread = threading.Thread(target=self._serve, args=(connection,), name="simulator", daemon=True)
            with self._lock:
                self._open[connection] = thread
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            self._exchange(connection, _HttpConnection(connection))
        except (OSError, h11.RemoteProtocolError):
            return  # the client closed, or sent no HTTP
        finally:
            with self._lock:
                self._open.pop(connection, None)
            connection.close()

    def _exchange(self, connection: socket.socket, http: "_HttpConnection") -> None:
        """Answer request after request until one side ends the connection."""
        while (request := http.receive()) is not None:
            answer = self._answer(request)
            if isinstance(answer, HangUp):
                if answer.abruptly:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
                return
            if isinstance(answer, Upgrade):
                connection.sendall(answer.head)
                answer.serve(connection, http.trailing_data)
                return
            if not http.send(answer):
                return


class _HttpConnection:
    """The server side of one HTTP connection."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._http = h11.Connection(h11.SERVER)
        self._wants_body = True

    @property
    def trailing_data(self) -> bytes:
        """Bytes received after an upgrade request."""
        return self._http.trailing_data[0]

    def receive(self) -> Request | None:
        """Return the next request; None once the client has closed.

        Raises:
            h11.RemoteProtocolError: the client sent no valid HTTP.
        """
        head = self._next_event()
        if not isinstance(head, h11.Request):
            return None
        self._wants_body = head.method != b"HEAD"
        body = b""
        while isinstance(event := self._next_event(), h11.Data):
            body += event.data
        headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
        return Request(head.method.decode(), head.target.decode("latin-1"), headers, body)

    def _next_event(self) -> object:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            if self._http.they_are_waiting_for_100_continue:
                self._socket.sendall(self._http.send(h11.InformationalResponse(status_code=100, headers=[])) or b"")
            self._http.receive_data(self._socket.recv(_CHUNK))
        return event

    def send(self, reply: Reply) -> bool:
        """Send a reply; return whether the connection can carry another request."""
        headers = [
            ("Content-Type", reply.content_type),
            ("Content-Length", str(len(reply.body))),
            ("Date", formatdate(usegmt=True)),
        ]
        head = h11.Response(status_code=reply.status, headers=headers, reason=responses.get(reply.status, "Error"))
        body = reply.body if self._wants_body else b""
        events = (head, h11.Data(data=body), h11.EndOfMessage())
        self._socket.sendall(b"".join(self._http.send(event) or b"" for event in events))
        if self._http.our_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True
