"""A server of one script on a loopback port: what it does with each connection is the test's."""

import socket
import ssl
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

Script = Callable[["Connection"], None]

ACCEPTED: Final = b'{"type":"success","code":"s-orders-0001","description":"Request sent","result":{"AppOrderID":7}}'


class Connection:
    """One accepted connection; `stopped` is set when the test is over."""

    def __init__(self, peer: socket.socket, stopped: threading.Event) -> None:
        self.stopped = stopped
        self._peer = peer

    def read_request(self) -> bytes:
        """Read one request whole; empty when the client has gone."""
        received = b""
        while not _is_whole(received):
            part = self.receive()
            if not part:
                return b""
            received += part
        return received

    def receive(self) -> bytes:
        """Read what has come; empty when the client has gone."""
        try:
            return self._peer.recv(65_536)
        except OSError:
            return b""

    def is_reset(self) -> bool:
        """Wait until the client has gone, and say whether it cut the connection instead of closing it."""
        try:
            return bool(self._peer.recv(65_536))
        except ConnectionResetError:
            return True

    def send(self, data: bytes) -> bool:
        """Send, and say whether the client still listens."""
        try:
            self._peer.sendall(data)
        except OSError:
            return False
        return True

    def answer(self, body: bytes = ACCEPTED) -> bool:
        """Send a reply of JSON."""
        return self.send(reply_head(len(body)) + body)

    def drip(self, data: bytes, every_seconds: float) -> None:
        """Send one byte after the other, until the client has gone or the test is over."""
        for at in range(len(data)):
            if not self.send(data[at : at + 1]) or self.stopped.wait(every_seconds):
                return

    def reset(self) -> None:
        """End the connection the hard way."""
        self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


class LoopbackServer:
    """Runs a script for each connection; use it as a context manager."""

    def __init__(self, script: Script, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.closed = threading.Semaphore(0)
        self._script = script
        self._tls = tls
        self._stopped = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept)]
        self._peers: list[socket.socket] = []

    @property
    def base_url(self) -> str:
        """Where it listens."""
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for peer in self._peers:
            with suppress(OSError):  # it has gone already
                peer.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._peers.append(peer)
            thread = threading.Thread(target=self._serve, args=(peer,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, peer: socket.socket) -> None:
        with suppress(ssl.SSLError), self._secured(peer) as secured:  # a client may refuse the handshake
            self._peers.append(secured)
            self._script(_Recording(self, secured, self._stopped))
        peer.close()
        self.closed.release()

    def _secured(self, peer: socket.socket) -> socket.socket:
        return peer if self._tls is None else self._tls.wrap_socket(peer, server_side=True)


class _Recording(Connection):
    def __init__(self, server: LoopbackServer, peer: socket.socket, stopped: threading.Event) -> None:
        super().__init__(peer, stopped)
        self._server = server

    def read_request(self) -> bytes:
        request = super().read_request()
        if request:
            self._server.requests.append(request)
        return request


def _is_whole(request: bytes) -> bool:
    head, end, body = request.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next((int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:")), 0)
    return bool(end) and len(body) >= length


def reply_head(length: int) -> bytes:
    """Write the head of a reply of JSON."""
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n" % length


def unused_port() -> int:
    """Return a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
