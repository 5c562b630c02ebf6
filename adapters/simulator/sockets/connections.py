"""The registry of joined connections, and the faults that strike an event on its way to one of them."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from jainam_prop.adapters.simulator.faults import FaultKind, Faults
from jainam_prop.adapters.simulator.http.sessions import LiveSession
from jainam_prop.adapters.simulator.sockets.send_queue import DropKind, SendQueue

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

    def wait(self, count: int, seconds: float, application: str | None) -> bool:
        """Wait until exactly ``count`` sockets are registered; False after ``seconds``."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.connections(application)) == count, seconds)

    def wait_joins(self, count: int, seconds: float) -> bool:
        """Wait until ``count`` sockets have joined since the start; False after ``seconds``."""
        with self._changed:
            return self._changed.wait_for(lambda: self.joins >= count, seconds)


class SocketFaults:
    """Applies faults to single events; ``places`` and ``fields`` are what a fault may select an event by."""

    def __init__(self, faults: Faults, registry: ConnectionRegistry) -> None:
        self._faults = faults
        self._registry = registry

    def allows(self, connection: Connection, places: tuple[str, ...], fields: Mapping[str, object]) -> bool:
        """Return whether an event may be sent; if not, its socket has been dropped or silenced."""
        if self._faults.is_quiet:
            return True
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
        return not self._faults.is_quiet and self._faults.take({kind}, (*places, "sockets"), fields) is not None
