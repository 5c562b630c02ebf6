"""Engine.IO and Socket.IO protocol of one connection, without a socket and without a clock.

XTS uses generation 3 (Socket.IO 2), where the client has to ping; generation 4 turns that round (protocol reference,
section 11). Frames that make no sense are counted and skipped: a server may know more packets than this.
"""

from collections import deque
from enum import IntEnum
from typing import Any, Final, NamedTuple

import orjson

_PING_SECONDS: Final = 25.0
_PATIENCE_SECONDS: Final = 60.0
_LEAST_SECONDS: Final = 0.05
_MOST_SECONDS: Final = 600.0
_MOST_ATTACHMENTS: Final = 16
_MESSAGE_BYTE: Final = 4

_EVENT: Final = b"42["
_MESSAGE: Final = b"4"
_EMPTY_FRAMES: Final = frozenset({b"3", b"5", b"6"})
"""Pong, upgrade, and nothing at all."""
_EMPTY_PACKETS: Final = frozenset({b"3", b"6"})
"""Acknowledgements, which this client never requests."""


class Generation(IntEnum):
    """The version of Engine.IO."""

    THREE = 3
    FOUR = 4


class SocketEvent(NamedTuple):
    """One event with its first argument: a text, bytes, another JSON value, or None where there is no argument."""

    name: str
    payload: Any


class Conversation:
    """One connection from its handshake to its end; moments are monotonic seconds.

    Attributes:
        outbox: frames to be sent, oldest first.
        is_connected: whether the server accepted the client into the namespace.
        ended: why the server ended it; "" while it goes on.
        refusal: what an error packet says, with which a server's middleware refuses a client; None without one.
        unreadable: frames that made no sense.
    """

    def __init__(self, generation: Generation, now: float) -> None:
        self.outbox: deque[str] = deque()
        self.is_connected = False
        self.ended = ""
        self.refusal: Any = None
        self.unreadable = 0
        self._generation = generation
        self._ping_every = _PING_SECONDS
        self._patience = _PATIENCE_SECONDS
        self._pinged_at = now
        self._heard_at = now
        self._awaited = 0
        self._pending: list[Any] = []
        self._attached: list[bytes] = []
        self._control = {b"0": self._open, b"1": self._close, b"2": self._answer_ping}

    @property
    def rest_seconds(self) -> float:
        """Seconds that a silent connection may be left alone."""
        return min(1.0, self._ping_every / 4)

    def text(self, frame: bytes) -> SocketEvent | None:
        """Take a text frame; return the event that it completes."""
        if frame.startswith(_EVENT):
            return self._event(frame[2:])
        if frame.startswith(_MESSAGE):
            return self._packet(frame)
        kind, body = frame[:1], frame[1:]
        if kind in self._control:
            self._control[kind](body)
        elif kind not in _EMPTY_FRAMES:
            self.unreadable += 1
        return None

    def binary(self, frame: bytes) -> SocketEvent | None:
        """Take a binary frame; return the event whose last attachment it is."""
        if not self._awaited:
            self.unreadable += 1
            return None
        if self._generation is Generation.THREE and frame[:1] == bytes([_MESSAGE_BYTE]):
            frame = frame[1:]
        self._attached.append(frame)
        if len(self._attached) < self._awaited:
            return None
        name, *arguments = self._pending
        attached, self._awaited, self._pending, self._attached = self._attached, 0, [], []
        return SocketEvent(name, _filled(arguments[0], attached) if arguments else None)

    def heard(self, now: float) -> None:
        """Note that something came."""
        self._heard_at = now

    def look_at_clock(self, now: float) -> bool:
        """Put a ping into the outbox when one is due, and return whether the server still answers."""
        if self._generation is Generation.THREE and now - self._pinged_at >= self._ping_every:
            self._pinged_at = now
            self.outbox.append("2")
        return now - self._heard_at < self._ping_every + self._patience

    def _open(self, body: bytes) -> None:
        try:
            opened = orjson.loads(body)
            every, patience = float(opened["pingInterval"]) / 1000, float(opened["pingTimeout"]) / 1000
        except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
            self.unreadable += 1
            return
        self._ping_every = min(max(every, _LEAST_SECONDS), _MOST_SECONDS)
        self._patience = min(max(patience, _LEAST_SECONDS), _MOST_SECONDS)
        if self._generation is Generation.FOUR:
            self.outbox.append("40")

    def _close(self, _body: bytes) -> None:
        self.ended = "the server closed the connection"

    def _answer_ping(self, body: bytes) -> None:
        self.outbox.append("3" + body.decode("utf-8", "replace"))

    def _packet(self, frame: bytes) -> SocketEvent | None:
        kind = frame[1:2]
        if kind == b"2":
            return self._event(frame[frame.find(b"[") :] if b"[" in frame else b"")
        if kind == b"0":
            self.is_connected = True
        elif kind == b"5":
            self._announce(frame[2:])
        elif kind in {b"1", b"4"}:
            self._end(kind, frame[2:])
        elif kind not in _EMPTY_PACKETS:
            self.unreadable += 1
        return None

    def _end(self, kind: bytes, body: bytes) -> None:
        if kind == b"1":
            self.ended = "the server disconnected the client"
        else:
            self.ended, self.refusal = "the server refused the connection", _value(body)

    def _event(self, body: bytes) -> SocketEvent | None:
        arguments = self._arguments(body)
        if arguments is None:
            return None
        return SocketEvent(arguments[0], arguments[1] if len(arguments) > 1 else None)

    def _announce(self, body: bytes) -> None:
        """Take the text of a binary event, ``1-["name",{"_placeholder":true,"num":0}]``; attachments follow."""
        count, dash, rest = body.partition(b"-")
        arguments = self._arguments(rest[rest.find(b"[") :] if b"[" in rest else b"")
        if arguments is None:
            return
        if not (dash and count.isdigit() and len(count) <= 2 and 0 < int(count) <= _MOST_ATTACHMENTS):  # noqa: PLR2004
            self.unreadable += 1
            return
        self._awaited, self._pending, self._attached = int(count), arguments, []

    def _arguments(self, body: bytes) -> list[Any] | None:
        try:
            arguments = orjson.loads(body)
        except orjson.JSONDecodeError:
            arguments = None
        if isinstance(arguments, list) and arguments and isinstance(arguments[0], str):
            return arguments
        self.unreadable += 1
        return None


def _value(body: bytes) -> object:
    """Return what an error packet carries; a body that is no JSON is its own text."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body.decode("utf-8", "replace")


def _filled(argument: Any, attached: list[bytes]) -> Any:  # noqa: ANN401 (whatever an event carries)
    """Replace a placeholder by its attachment."""
    if not (isinstance(argument, dict) and argument.get("_placeholder") is True):
        return argument
    number = argument.get("num")
    return attached[number] if type(number) is int and 0 <= number < len(attached) else None
