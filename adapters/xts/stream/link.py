"""One connection that stays: the thread that connects, reads, pings, and connects again. It alone decides on that."""

import logging
import random
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import websocket

from jainam_prop.adapters.xts.stream.conversation import Conversation, Generation, SocketEvent
from jainam_prop.adapters.xts.stream.reading_ahead import ReadingAhead
from jainam_prop.adapters.xts.stream.refused import is_refusal
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.market_data.backoff import Backoff, BackoffRule
from jainam_prop.domain.market_data.feed_health import LinkState

_LOG: Final = logging.getLogger(__name__)
_BAD_REQUEST: Final = 400
_NOT_AUTHORISED: Final = frozenset({401, 403})


@dataclass(frozen=True, slots=True)
class Door:
    """Where to connect, without the generation, and with which token; neither shows in a repr or a log."""

    url: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LinkRule:
    """How a link connects.

    Attributes:
        connect_seconds: until the handshake must be done.
        verify: whether the server's certificate is checked.
        generation: what is tried first; a server that refuses it is asked in the other one.
    """

    backoff: BackoffRule = field(default_factory=BackoffRule)
    connect_seconds: float = 10.0
    verify: bool = True
    generation: Generation = Generation.THREE


@dataclass(frozen=True, slots=True)
class Ears:
    """Who is told; all three are called by the thread that reads."""

    event: Callable[[SocketEvent], None]
    connected: Callable[[], None]
    idle: Callable[[], None] = lambda: None


class Link:
    """Connects to the door that it is shown each time anew, until it is closed.

    After a refusal it waits until it is shown another token; `state` says so.
    """

    def __init__(self, name: str, door: Callable[[], Door | None], ears: Ears, clock: Clock, rule: LinkRule) -> None:
        self.state = LinkState.IDLE
        self.connections = 0
        self.unreadable = 0
        self._name = name
        self._door = door
        self._ears = ears
        self._clock = clock
        self._rule = rule
        self._generation = rule.generation
        self._refused: str | None = None
        self._again = threading.Event()
        self._closed = False
        self._socket: websocket.WebSocket | None = None
        self._thread = threading.Thread(target=self._run, name=f"jainam-{name}", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def reconnect(self) -> None:
        """Drop the connection, and connect again."""
        link = self._socket
        if link is not None and link.sock is not None:
            with suppress(OSError):  # it is gone already
                link.sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """End it, and wait for the thread unless it is the one that asks."""
        self._closed = True
        self._again.set()
        self.reconnect()
        if self._thread.is_alive() and not self.is_reading_here():
            self._thread.join()
        self.state = LinkState.CLOSED

    def is_reading_here(self) -> bool:
        """Whether the caller runs on the thread that reads, which cannot wait for itself."""
        return threading.current_thread() is self._thread

    def _run(self) -> None:
        backoff = Backoff(self._rule.backoff)
        while not self._closed:
            began = self._clock.monotonic()
            lived = 0.0
            try:
                if self._once():
                    lived = self._clock.monotonic() - began
            except (OSError, websocket.WebSocketException) as error:
                # Only the kind: the texts of these hold addresses, and those hold tokens.
                _LOG.info("The %s connection ended: %s", self._name, type(error).__name__)
            except Exception:
                _LOG.exception("The %s connection ended by a fault of ours", self._name)
            if not self._closed:
                backoff = backoff.after(lived)
                self.state = LinkState.REFUSED if self._refused is not None else LinkState.WAITING
                self._again.wait(backoff.wait(random.random()))  # noqa: S311 (it only spreads clients)

    def _once(self) -> bool:
        """Connect and read until it ends; say whether a connection stood."""
        door = self._door()
        if door is None or door.token == self._refused:
            return False
        self.state = LinkState.CONNECTING
        try:
            link = self._open(door)
        except websocket.WebSocketBadStatusException as error:
            self._judge(error.status_code, door)
            raise
        self._refused = None
        talk = Conversation(self._generation, self._clock.monotonic())
        self._socket = link
        try:
            self._read(link, talk, door)
        finally:
            self._socket = None
            self.unreadable += talk.unreadable
            _shut(link)
        return talk.is_connected

    def _judge(self, status: int, door: Door) -> None:
        if status in _NOT_AUTHORISED:
            self._refused = door.token
        elif status == _BAD_REQUEST:
            other = Generation.FOUR if self._generation is Generation.THREE else Generation.THREE
            _LOG.info("The %s server refused Engine.IO %s; %s is next", self._name, self._generation, other)
            self._generation = other

    def _open(self, door: Door) -> websocket.WebSocket:
        """Connect directly: a proxy of the environment would see the token; JSON is checked where it is parsed."""
        link: websocket.WebSocket = websocket.create_connection(
            f"{door.url}&transport=websocket&EIO={self._generation.value}",
            timeout=self._rule.connect_seconds,
            class_=ReadingAhead,
            skip_utf8_validation=True,
            suppress_origin=True,
            http_no_proxy=["*"],
            sslopt={} if self._rule.verify else {"cert_reqs": ssl.CERT_NONE, "check_hostname": False},
        )
        return link

    def _read(self, link: websocket.WebSocket, talk: Conversation, door: Door) -> None:
        looked = self._clock.monotonic()
        link.settimeout(talk.rest_seconds)
        while not (self._closed or talk.ended or self._refused):
            opcode, data = _received(link)
            now = self._clock.monotonic()
            if opcode == websocket.ABNF.OPCODE_CLOSE:
                return
            if opcode:
                talk.heard(now)
                self._hear(talk, opcode, data, door)
            if not opcode or talk.outbox or now - looked >= talk.rest_seconds:
                looked = now
                if not self._keep(link, talk, now):
                    return

    def _hear(self, talk: Conversation, opcode: int, data: bytes, door: Door) -> None:
        was_connected = talk.is_connected
        event = talk.text(data) if opcode == websocket.ABNF.OPCODE_TEXT else talk.binary(data)
        if event is not None:
            self._told(event, door)
        elif talk.is_connected and not was_connected:
            self.connections += 1
            self.state = LinkState.CONNECTED
            self._ears.connected()

    def _keep(self, link: websocket.WebSocket, talk: Conversation, now: float) -> bool:
        """Do what is not reading, about once a second."""
        alive = talk.look_at_clock(now)
        while talk.outbox:
            link.send(talk.outbox.popleft())
        link.settimeout(talk.rest_seconds)
        self._ears.idle()
        return alive

    def _told(self, event: SocketEvent, door: Door) -> None:
        if event.name == "logout" or (event.name == "error" and is_refusal(event.payload)):
            _LOG.warning("The %s server ended the session; waiting for a new token", self._name)
            self._refused = door.token
            return
        self._ears.event(event)


def _received(link: websocket.WebSocket) -> tuple[int, bytes]:
    """Return the next frame's kind and content; kind zero when none came in time. What came of one is kept."""
    try:
        opcode, data = link.recv_data()
    except websocket.WebSocketTimeoutException:
        return 0, b""
    return opcode, data


def _shut(link: websocket.WebSocket) -> None:
    if link.sock is not None:
        link.sock.close()
        link.sock = None
