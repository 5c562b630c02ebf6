"""Which sockets are connected, and whose they are."""

import threading
from dataclasses import dataclass, field

from jainam_prop.adapters.simulator.server.sessions import LiveSession
from jainam_prop.adapters.simulator.sockets.socket_line import SocketLine


@dataclass(frozen=True, slots=True, eq=False)
class Member:
    """One socket that has joined.

    Attributes:
        is_binary, is_partial: the publish format and broadcast mode that it asked for.
        last_sent: what partial texts of one instrument and message code have said so far.
        held_back: ticks that wait to be sent after their successor, likewise.
    """

    line: SocketLine
    session: LiveSession
    is_binary: bool = False
    is_partial: bool = False
    last_sent: dict[tuple[int, int, int], dict[str, str]] = field(default_factory=dict)
    held_back: dict[tuple[int, int, int], bytes] = field(default_factory=dict)

    def send(self, frames: bytes) -> None:
        """Queue frames for this socket."""
        self.line.send(frames)


class Roster:
    """Every joined socket; safe across threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._members: tuple[Member, ...] = ()
        self._joins = 0

    @property
    def joins(self) -> int:
        """How many sockets have joined so far."""
        return self._joins

    def add(self, member: Member) -> None:
        """Let a socket join."""
        with self._changed:
            self._members = (*self._members, member)
            self._joins += 1
            self._changed.notify_all()

    def remove(self, *leaving: Member) -> None:
        """Let sockets leave, if they are here."""
        with self._changed:
            self._members = tuple(member for member in self._members if member not in leaving)
            self._changed.notify_all()

    def members(self, application: str | None = None) -> tuple[Member, ...]:
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
