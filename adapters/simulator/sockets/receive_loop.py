"""The reading half of a websocket: answers pings, hears when the client leaves, and drops one that stopped pinging."""

import selectors
import socket
import time
from typing import Final

from jainam_prop.adapters.simulator.sockets import engineio as eio
from jainam_prop.adapters.simulator.sockets.send_queue import DropKind, SendQueue
from jainam_prop.adapters.simulator.sockets.websocket import (
    BROKEN,
    CLOSE,
    NORMAL,
    PING,
    PONG,
    TEXT,
    BrokenFrame,
    Message,
    MessageReader,
    close_frame,
    frame,
    text_frame,
)

_CHUNK: Final = 65_536
_STATUS_BYTES: Final = 2


class ReceiveLoop:
    """Listens to one client until the connection ends; whatever else it emits is tolerated and ignored."""

    def __init__(self, connection: socket.socket, line: SendQueue, patience_seconds: float) -> None:
        """Listen on a connection.

        Args:
            connection: where the client speaks.
            line: where it is answered.
            patience_seconds: how long a client may keep silence, ping interval and timeout together.
        """
        self._connection = connection
        self._line = line
        self._patience = patience_seconds
        self._reader = MessageReader()
        self._deadline = time.monotonic() + patience_seconds

    def run(self, received: bytes) -> None:
        """Listen until the connection ends.

        Args:
            received: what came together with the handshake.
        """
        with selectors.DefaultSelector() as selector:  # the socket stays blocking: its sender shares it
            selector.register(self._connection, selectors.EVENT_READ)
            while not self._hear(received):
                received = b""
                if selector.select(self._seconds_left()):
                    received = self._connection.recv(_CHUNK)
                    if not received:
                        return
                elif self._is_over():
                    return

    def _seconds_left(self) -> float | None:
        return None if self._line.is_silent else max(0.0, self._deadline - time.monotonic())

    def _is_over(self) -> bool:
        """Decide about a client that has kept silence too long; one who is being ignored may do so."""
        if self._line.is_silent:
            return False
        self._line.drop(DropKind.END)
        return True

    def _hear(self, received: bytes) -> bool:
        """Take what has come in, and return whether both sides have said goodbye."""
        try:
            messages = self._reader.feed(received)
        except BrokenFrame:
            self._line.finish(close_frame(BROKEN))
            return False
        for message in messages:
            self._take(message)
        return any(message.opcode == CLOSE for message in messages) and not self._line.is_silent

    def _take(self, message: Message) -> None:
        if message.opcode == PING:
            self._line.send(frame(PONG, message.payload))
        elif message.opcode == CLOSE:
            self._line.finish(frame(CLOSE, message.payload[:_STATUS_BYTES]))
        elif message.opcode == TEXT:
            self._packet(message.payload.decode(errors="replace"))

    def _packet(self, text: str) -> None:
        self._deadline = time.monotonic() + self._patience  # any packet will do, as in engine.io 3
        if text.startswith(eio.PING):
            self._line.send(text_frame(f"{eio.PONG}{text[1:]}"))
        elif text in {eio.CLOSE, eio.LEAVE}:
            self._line.finish(close_frame(NORMAL))
