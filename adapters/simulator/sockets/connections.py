"""The connection registry, and the faults of single connections."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from jainam_prop.adapters.simulator.faults.fault import FaultKind
from jainam_prop.adapters.simulator.faults.faults import Faults
from jainam_prop.adapters.simulator.http.sessions import LiveSession
from jainam_prop.adapters.simulator.sockets.send_queue import DropKind, SendQueue


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    """One socket that has joined.

    Attributes:
        is_binary, is_partial: the publish format and broadcast mode that it asked for.
        last_sent: what partial texts of one instrument and message code have said so far.
        held_back: ticks that wait to be sent after their successor, likewise.
    """

    line: SendQueue
    session: LiveSession
    is_binary: bool = False
    is_partial: bool = False
    last_sent: dict[tuple[int, int, int], dict[str, str]] = field(default_factory=dict)
    held_back: dict[tuple[int, int, int], bytes] = field(default_factory=dict)

    def send(self, frames: bytes) -> None:
        """Queue frames for this socket."""
        self.line.send(frames)


class ConnectionRegistry:
    """Every joined socket; safe across threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._members: tuple[Connection, ...] = ()
        self._joins = 0

    @property
    def joins(self) -> int:
        """How many sockets have joined so far."""
        return self._joins

    def add(self, member: Connection) -> None:
        """Let a socket join."""
        with self._changed:
            self._members = (*self._members, member)
            self._joins += 1
            self._changed.notify_all()

    def remove(self, *leaving: Connection) -> None:
        """Let sockets leave, if they are here."""
        with self._changed:
            self._members = tuple(member for member in self._members if member not in leaving)
            self._changed.notify_all()

    def members(self, application: str | None = None) -> tuple[Connection, ...]:
        """Return the sockets of one application, or of both."""
        present = self._members
        if application is None:
            return present
        return tuple(member for member in present if member.session.application == application)

    def wait(self, count: int, seconds: float, application: str | None) -> bool:
        """Wait until exactly so many sockets are here; False when they were not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: len(self.members(application)) == count, seconds)

    def wait_joins(self, count: int, seconds: float) -> bool:
        """Wait until so many sockets have joined since the start; False when they had not in time."""
        with self._changed:
            return self._changed.wait_for(lambda: self._joins >= count, seconds)


_BREAKS: Final = frozenset({FaultKind.SOCKET_DROPPED, FaultKind.SOCKET_SILENT})


class SocketFaults:
    """Decides about each event before it is sent."""

    def __init__(self, faults: Faults, roster: ConnectionRegistry) -> None:
        self._faults = faults
        self._roster = roster

    def lets_through(self, member: Connection, places: tuple[str, ...], fields: Mapping[str, object]) -> bool:
        """Return whether an event may be sent; if not, its socket is dropped or falls silent instead.

        Args:
            member: who is to be sent it.
            places: what kind of event it is.
            fields: what a fault may choose its event by.
        """
        if self._faults.is_quiet:
            return True
        fault = self._faults.take(_BREAKS, (*places, "sockets"), fields)
        if fault is None:
            return True
        if fault.kind is FaultKind.SOCKET_SILENT:
            member.line.is_silent = True
        else:
            self._roster.remove(member)
            member.line.drop(DropKind.RESET)
        return False

    def text_of(self, kind: FaultKind, places: tuple[str, ...], fields: Mapping[str, object]) -> str | None:
        """Return the text of a fault of this kind that strikes here, None if none does."""
        if self._faults.is_quiet:
            return None
        fault = self._faults.take({kind}, (*places, "sockets"), fields)
        return None if fault is None else fault.text

    def strikes(self, kind: FaultKind, places: tuple[str, ...], fields: Mapping[str, object]) -> bool:
        """Return whether a fault of this kind strikes here."""
        return self.text_of(kind, places, fields) is not None
