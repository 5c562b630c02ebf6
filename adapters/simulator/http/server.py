"""Requests cut out of a connection's bytes, parsed by hand to have little between socket and answer."""

import ipaddress
import socket
import struct
import threading
from collections.abc import Callable
from typing import Final

from jainam_prop.adapters.simulator.http.messages import Answer, HangUp, Reply, Request, Upgrade

_CHUNK: Final = 65_536
_LONGEST_HEAD: Final = 65_536


class RequestStream:
    """Cuts requests out of a connection's bytes."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = b""

    @property
    def rest(self) -> bytes:
        """What has come in after the last request."""
        return self._buffer

    def next(self) -> Request | None:
        """Return the next request, None once the client has closed or talks something else."""
        end = self._fill_until(b"\r\n\r\n")
        if end < 0:
            return None
        head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
        lines = head.decode("latin-1").split("\r\n")
        parts = lines[0].split(" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        if headers.get("expect", "").lower() == "100-continue":
            self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        length = headers.get("content-length", "0")
        if len(parts) != len(("method", "target", "version")) or not length.isdecimal():
            return None
        body = self._take(int(length))
        return None if body is None else Request(parts[0], parts[1], headers, body)

    def _fill_until(self, mark: bytes) -> int:
        while (end := self._buffer.find(mark)) < 0:
            received = self._connection.recv(_CHUNK)
            if not received or len(self._buffer) > _LONGEST_HEAD:
                return -1
            self._buffer += received
        return end

    def _take(self, count: int) -> bytes | None:
        while len(self._buffer) < count:
            received = self._connection.recv(_CHUNK)
            if not received:
                return None
            self._buffer += received
        body, self._buffer = self._buffer[:count], self._buffer[count:]
        return body


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
