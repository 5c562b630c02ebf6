"""Requests cut out of a connection's bytes, parsed by hand to have little between socket and answer."""

import socket
from typing import Final

from jainam_prop.adapters.simulator.server.http_messages import Request

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
