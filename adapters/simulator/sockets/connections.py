"""Joined connections with their bounded send queues, their registry, and the faults that strike an event on its way."""

import socket
import struct
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from wsproto.frame_protocol import CloseReason

from jainam_prop.adapters.simulator.faults import FaultKind, Faults
from jainam_prop.adapters.simulator.http.sessions import LiveSession
from jainam_prop.adapters.simulator.sockets.engineio import DISCONNECTED, close_frame

_NO_LINGER: Final = struct.pack("ii", 1, 0)
"""With this SO_LINGER, closing a socket sends a TCP reset."""

_FLUSH_SECONDS: Final = 1.0


class DropKind(StrEnum):
    """How the server drops a socket."""

    RESET = "reset"
    """TCP reset."""
    END = "end"
    """End of TCP without a websocket close frame."""
    CLOSE = "close"
    """Websocket close frame with status 1001, then the end of TCP."""
    DISCONNECT = "disconnect"
    """Socket.IO's ``41``, then as with ``close``."""


_LAST_FRAMES: Final = {
    DropKind.END: b"",
    DropKind.CLOSE: close_frame(CloseReason.GOING_AWAY),
    DropKind.DISCONNECT: DISCONNECTED + close_frame(CloseReason.GOING_AWAY),
}


class SendQueue:
    """Sends queued frames from a thread of its own.

    Attributes:
        is_silent: whether the connection is half-open: TCP stays, nothing is sent.
        is_ending: whether the last frame is queued or sent.
    """

    def __init__(self, connection: socket.socket, limit: int) -> None:
        self._connection = connection
        self._limit = limit
        self._changed = threading.Condition()
        self._waiting: deque[bytes] = deque()
        self._is_gone = False
        self.is_silent = False
        self.is_ending = False
        self._writer = threading.Thread(target=self._write, name="simulator-socket", daemon=True)

    def start(self) -> None:
        """Start to send."""
        self._writer.start()

    def send(self, frames: bytes) -> None:
        """Queue frames; reset the connection if the queue is full."""
        with self._changed:
            if self.is_ending or self.is_silent:
                return
            is_full = len(self._waiting) >= self._limit
            if not is_full:
                self._waiting.append(frames)
                self._changed.notify()
        if is_full:
            self.drop(DropKind.RESET)

    def finish(self, last_frames: bytes) -> None:
        """Send the queue and these last frames, then shut the sending half of the connection."""
        with self._changed:
            if self.is_silent:
                return
            if not self.is_ending:
                self._waiting.append(last_frames)
                self.is_ending = True
            self._changed.notify()

    def drop(self, how: DropKind) -> None:
        """End the connection; a reset discards the queue."""
        if how is not DropKind.RESET:
            self.is_silent = False
            self.finish(_LAST_FRAMES[how])
            return
        with self._changed:
            self._waiting.clear()
            self.is_ending = self._is_gone = True
            self._changed.notify()
        with suppress(OSError):  # raised if the client has closed
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            # returns recv() in the receive loop, which closes the socket; nothing has been sent to the client yet
            self._connection.shutdown(socket.SHUT_RD)

    def close(self) -> None:
        """Send the queue if an end was agreed on, and join the sender; called when the receive loop has ended."""
        with self._changed:
            self._is_gone = self._is_gone or not self.is_ending
            self.is_ending = True
            self._changed.notify()
        self._writer.join(_FLUSH_SECONDS)
        if self._writer.is_alive():  # the client does not read
            self._shut(socket.SHUT_RDWR)
            self._writer.join()

    def _write(self) -> None:
        while (frames := self._next()) is not None:
            try:
                self._connection.sendall(frames)
            except OSError:
                self._shut(socket.SHUT_RDWR)
                return
        if not self._is_gone:
            self._shut(socket.SHUT_WR)

    def _next(self) -> bytes | None:
        """Wait for frames and return all of them in one piece; None at the end."""
        with self._changed:
            while not self._waiting and not self.is_ending:
                self._changed.wait()
            if self._is_gone or not self._waiting:
                return None
            frames = b"".join(self._waiting)
            self._waiting.clear()
            return frames

    def _shut(self, half: int) -> None:
        with suppress(OSError):  # raised if the connection is gone
            self._connection.shutdown(half)


_BREAKS: Final = frozenset({FaultKind.SOCKET_DROPPED, FaultKind.SOCKET_SILENT})


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    """One joined socket.

    Attributes:
        is_binary, is_partial: publish format and broadcast mode of the handshake.
        last_sent: last values of partial text by (segment, instrument, message code).
        held_back: frames to send after their successor, by the same key.
    """

    queue: SendQueue
    session: LiveSession
    is_binary: bool = False
    is_partial: bool = False
    last_sent: dict[tuple[int, int, int], dict[str, str]] = field(default_factory=dict)
    held_back: dict[tuple[int, int, int], bytes] = field(default_factory=dict)

    def send(self, frames: bytes) -> None:
        """Queue frames for this socket."""
        self.queue.send(frames)


class ConnectionRegistry:
    """Every joined socket; safe across threads.

    Attributes:
        joins: the number of sockets that have joined so far.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._connections: tuple[Connection, ...] = ()
        self.joins = 0

    def add(self, connection: Connection) -> None:
        """Register a socket that has joined."""
        with self._changed:
            self._connections = (*self._connections, connection)
            self.joins += 1
            self._changed.notify_all()

    def remove(self, *leaving: Connection) -> None:
        """Unregister sockets, where they are registered."""
        with self._changed:
            self._connections = tuple(connection for connection in self._connections if connection not in leaving)
            self._changed.notify_all()

    def connections(self, application: str | None = None) -> tuple[Connection, ...]:
        """Return the sockets of one application, of both for None."""
        present = self._connections
        if application is None:
            return present
        return tuple(connection for connection in present if connection.session.application == application)

    def connected(self, application: str | None = None) -> int:
        """Return the number of registered sockets."""
        return len(self.connections(application))

    def wait_connected(self, count: int, timeout: float, application: str | None = None) -> bool:
        """Wait until exactly ``count`` sockets are registered; False on timeout."""
        with self._changed:
            return self._changed.wait_for(lambda: self.connected(application) == count, timeout)

    def wait_joins(self, count: int, timeout: float) -> bool:
        """Wait until at least ``count`` sockets have joined since the start, reconnects included; False on timeout."""
        with self._changed:
            return self._changed.wait_for(lambda: self.joins >= count, timeout)


class SocketFaults:
    """Applies faults to single events; ``places`` and ``fields`` are what a fault may select an event by."""

    def __init__(self, faults: Faults, registry: ConnectionRegistry) -> None:
        self._faults = faults
        self._registry = registry

    def allows(self, connection: Connection, places: tuple[str, ...], fields: Mapping[str, object]) -> bool:
        """Return whether an event may be sent; if not, its socket has been dropped or silenced."""
        fault = self._faults.take(_BREAKS, (*places, "sockets"), fields)
        if fault is None:
            return True
        if fault.kind is FaultKind.SOCKET_SILENT:
            connection.queue.is_silent = True
        else:
            self._registry.remove(connection)
            connection.queue.drop(DropKind.RESET)
        return False

    def strikes(self, kind: FaultKind, places: tuple[str, ...], fields: Mapping[str, object]) -> bool:
        """Return whether a fault of this kind strikes an event."""
        return self._faults.take({kind}, (*places, "sockets"), fields) is not None
