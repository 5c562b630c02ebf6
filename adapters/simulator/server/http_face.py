"""A loopback HTTP/1.1 server with as little between socket and answer as possible.

Benchmarks measure clients against it, so it parses by hand, keeps connections alive and sends each reply in one piece.
"""

import ipaddress
import socket
import struct
import threading
from collections.abc import Callable
from typing import Final

from jainam_prop.adapters.simulator.server.http_messages import Answer, HangUp, Reply, Request, Upgrade
from jainam_prop.adapters.simulator.server.request_stream import RequestStream

_REASONS: Final = {200: "OK", 400: "Bad Request", 404: "Not Found", 429: "Too Many Requests"}
_RESET: Final = struct.pack("ii", 1, 0)


class LoopbackServer:
    """Accepts connections on a loopback address and answers requests, one thread a connection."""

    def __init__(self, host: str, port: int, answer: Callable[[Request], Answer]) -> None:
        """Bind and start to listen.

        Raises:
            ValueError: the host is not a loopback address: this server knows no authentication worth the name.
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
        """Begin to accept."""
        self._acceptor.start()

    def close(self) -> None:
        """Stop accepting, end every connection and wait until their threads are gone."""
        self._closing = True
        if self._acceptor.is_alive():
            self._stop_accepting()
        self._listener.close()
        with self._lock:
            open_now = list(self._open.items())
        for connection, _ in open_now:
            _shut(connection)
        for _, thread in open_now:
            thread.join()

    def _stop_accepting(self) -> None:
        with socket.socket(self._listener.family) as knock:  # wakes accept() on every platform
            knock.connect_ex(self.address)
        self._acceptor.join()

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
            stream = RequestStream(connection)
            while (request := stream.next()) is not None:
                answer = self._answer(request)
                if isinstance(answer, HangUp):
                    if answer.abruptly:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                    return
                if isinstance(answer, Upgrade):
                    connection.sendall(answer.head)
                    answer.serve(connection, stream.rest)
                    return
                connection.sendall(_head(answer) + answer.body)
        except OSError:
            return  # the client went away; whatever it asked for has been done
        finally:
            with self._lock:
                self._open.pop(connection, None)
            connection.close()


def _head(reply: Reply) -> bytes:
    more = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
    return (
        f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, 'Error')}\r\nContent-Type: {reply.content_type}\r\n"
        f"Content-Length: {len(reply.body)}\r\n{more}\r\n"
    ).encode()


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it has gone already
