"""One connected socket: what is sent waits in a bounded queue, so that nobody waits for a slow reader."""

import socket
import struct
import threading
from collections import deque
from enum import StrEnum
from typing import Final

from jainam_prop.adapters.simulator.sockets.engineio import DISCONNECTED
from jainam_prop.adapters.simulator.sockets.websocket import GOING_AWAY, close_frame

_RESET: Final = struct.pack("ii", 1, 0)
_LAST_WORDS_SECONDS: Final = 1.0


class DropKind(StrEnum):
    """How a socket is dropped."""

    RESET = "reset"
    """TCP resets the connection."""
    END = "end"
    """TCP ends the connection without a word of websocket."""
    CLOSE = "close"
    """A websocket close frame, status 1001, then the end of TCP."""
    DISCONNECT = "disconnect"
    """Socket.IO's ``41``, then as with ``close``."""


_LAST_WORDS: Final = {
    DropKind.END: b"",
    DropKind.CLOSE: close_frame(GOING_AWAY),
    DropKind.DISCONNECT: DISCONNECTED + close_frame(GOING_AWAY),
}


class SendQueue:
    """The sending half of a websocket, with a thread of its own.

    Attributes:
        is_silent: half-open: TCP stands, but nothing is sent and nothing answered any more.
        is_ending: whether it has been told to end.
    """

    def __init__(self, connection: socket.socket, most_waiting: int) -> None:
        self._connection = connection
        self._most_waiting = most_waiting
        self._changed = threading.Condition()
        self._waiting: deque[bytes] = deque()
        self._is_gone = False
        self.is_silent = False
        self.is_ending = False
        self._writer = threading.Thread(target=self._write, name="simulator-socket", daemon=True)

    def start(self) -> None:
        """Begin to send."""
        self._writer.start()

    def send(self, frames: bytes) -> None:
        """Queue frames; a socket whose queue is full is reset instead."""
        with self._changed:
            if self.is_ending or self.is_silent:
                return
            is_full = len(self._waiting) >= self._most_waiting
            if not is_full:
                self._waiting.append(frames)
                self._changed.notify()
        if is_full:
            self.drop(DropKind.RESET)

    def finish(self, last_words: bytes) -> None:
        """Send what waits and these last frames, then end the sending half of the connection."""
        with self._changed:
            if self.is_silent:
                return
            if not self.is_ending:
                self._waiting.append(last_words)
                self.is_ending = True
            self._changed.notify()

    def drop(self, how: DropKind) -> None:
        """Let the connection end; a reset does not even send what waits."""
        if how is not DropKind.RESET:
            self.is_silent = False
            self.finish(_LAST_WORDS[how])
            return
        with self._changed:
            self._waiting.clear()
            self.is_ending = self._is_gone = True
            self._changed.notify()
        try:
            self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            # wakes the reading half, which closes the connection; nothing has been said to the client yet
            self._connection.shutdown(socket.SHUT_RD)
        except OSError:
            return  # it has gone already

    def close(self) -> None:
        """Send what waits if the end was agreed on, and wait until the sender is gone; the reading half ends so."""
        with self._changed:
            self._is_gone = self._is_gone or not self.is_ending
            self.is_ending = True
            self._changed.notify()
        self._writer.join(_LAST_WORDS_SECONDS)
        if self._writer.is_alive():  # the client reads nothing
            _shut(self._connection, socket.SHUT_RDWR)
            self._writer.join()

    def _write(self) -> None:
        while (frames := self._next()) is not None:
            try:
                self._connection.sendall(frames)
            except OSError:
                _shut(self._connection, socket.SHUT_RDWR)
                return
        if not self._is_gone:
            _shut(self._connection, socket.SHUT_WR)

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


def _shut(connection: socket.socket, half: int) -> None:
    try:
        connection.shutdown(half)
    except OSError:
        return  # it has gone already
