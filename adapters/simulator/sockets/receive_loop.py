"""The receive loop of one websocket: replies to pings and closes, and drops a client that stopped pinging."""

import selectors
import socket
import time
from typing import Final

from wsproto import WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import CloseConnection, Event, Ping, TextMessage
from wsproto.frame_protocol import CloseReason

from jainam_prop.adapters.simulator.sockets import engineio as eio
from jainam_prop.adapters.simulator.sockets.send_queue import DropKind, SendQueue

_CHUNK: Final = 65_536


class ReceiveLoop:
    """Reads one client until its connection ends; events that a client emits are ignored, as on the live server."""

    def __init__(
        self, connection: socket.socket, websocket: WSConnection, queue: SendQueue, timeout_seconds: float
    ) -> None:
        """Read from a connection and reply on its queue.

        Args:
            connection: the client's connection; its sender shares it, so it stays blocking.
            websocket: the protocol state after the handshake.
            queue: where replies are sent.
            timeout_seconds: how long a client may send nothing, ping interval and timeout together.
        """
        self._connection = connection
        self._websocket = websocket
        self._queue = queue
        self._timeout = timeout_seconds
        self._deadline = time.monotonic() + timeout_seconds
        self._text = ""

    def run(self, received: bytes) -> None:
        """Read until the connection ends; ``received`` came together with the handshake."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._connection, selectors.EVENT_READ)
            while not self._take(received):
                received = b""
                if selector.select(self._seconds_left()):
                    received = self._connection.recv(_CHUNK)
                    if not received:
                        return
                elif not self._queue.is_silent:
                    self._queue.drop(DropKind.END)
                    return

    def _seconds_left(self) -> float | None:
        return None if self._queue.is_silent else max(0.0, self._deadline - time.monotonic())

    def _take(self, received: bytes) -> bool:
        """Process received bytes; return whether both sides have closed."""
        self._websocket.receive_data(received)
        for event in self._websocket.events():
            self._on_event(event)
        return self._websocket.state is ConnectionState.REMOTE_CLOSING and not self._queue.is_silent

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Ping):
            self._queue.send(eio.pong_frame(bytes(event.payload)))
        elif isinstance(event, CloseConnection):  # the client's own, or wsproto's verdict on invalid frames
            self._queue.finish(eio.close_frame(event.code))
        elif isinstance(event, TextMessage):
            self._text += event.data
            if event.message_finished:
                text, self._text = self._text, ""
                self._on_packet(text)

    def _on_packet(self, text: str) -> None:
        self._deadline = time.monotonic() + self._timeout  # any packet counts as alive, as in Engine.IO 3
        if text.startswith(eio.PING):
            self._queue.send(eio.text_frame(f"{eio.PONG}{text[1:]}"))
        elif text in {eio.CLOSE, eio.DISCONNECT}:
            self._queue.finish(eio.close_frame(CloseReason.NORMAL_CLOSURE))
