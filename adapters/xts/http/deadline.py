"""Sockets with a deadline: every wait ends with the request it belongs to.

httpx counts each wait for bytes anew, so that a server which sends one byte a second is waited for without end. Here
each wait, for connection, handshake, headers and body alike, is capped by the moment at which the call must be over.
"""

import socket
import ssl
import struct
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final

import httpcore

_MOST_HELD: Final = 65_536
"""Bytes of a request above which it leaves in pieces; an order has less than a thousand."""


_CUT_OFF: Final = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
"""Linger for no time: closing discards what has not left."""


class ThreadDeadline(threading.local):
    """The deadline of the request that this thread is busy with: a request is sent and read on one thread."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self.at: float | None = None

    def cap(self, timeout: float | None, late: type[Exception]) -> float | None:
        """Return how long a wait may take, in seconds.

        Raises:
            late: it may take no time at all.
        """
        if self.at is None:
            return timeout
        remaining = self.at - self._monotonic()
        if remaining <= 0:
            raise late
        return remaining if timeout is None else min(timeout, remaining)


class DeadlineBackend(httpcore.NetworkBackend):
    """httpcore's own sockets, under a deadline."""

    def __init__(self, deadline: ThreadDeadline) -> None:
        self._deadline = deadline
        self._sockets = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect. A name that is slow to resolve is the one wait that nothing here can cut short."""
        timeout = self._deadline.cap(timeout, httpcore.ConnectTimeout)
        stream = self._sockets.connect_tcp(host, port, timeout, local_address, socket_options)
        return _DeadlineStream(stream, self._deadline)


class _DeadlineStream(httpcore.NetworkStream):
    """One connection. A request leaves it in one piece: its headers wait for its body.

    httpcore writes them one after the other, so that the server is woken twice and, over TLS, opens two records. It
    ends each request by writing nothing, and reads when there is nothing left to write.
    """

    def __init__(self, stream: httpcore.NetworkStream, deadline: ThreadDeadline) -> None:
        self._stream = stream
        self._deadline = deadline
        self._held = b""
        self._is_answered = True

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._held:
            self._send_held(timeout)
        received = self._stream.read(max_bytes, self._deadline.cap(timeout, httpcore.ReadTimeout))
        self._is_answered = True
        return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._held += buffer
        if not buffer or len(self._held) > _MOST_HELD:
            self._send_held(timeout)

    def close(self) -> None:
        """Close; a request that was given up is cut off, since the system would go on to deliver it."""
        if not self._is_answered:
            with suppress(OSError, AttributeError):
                self._stream.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _CUT_OFF)
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        timeout = self._deadline.cap(timeout, httpcore.ConnectTimeout)
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, timeout), self._deadline)

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)

    def _send_held(self, timeout: float | None) -> None:
        held, self._held, self._is_answered = self._held, b"", False
        self._stream.write(held, self._deadline.cap(timeout, httpcore.WriteTimeout))
