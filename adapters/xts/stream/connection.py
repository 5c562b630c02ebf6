"""The endpoints of the two sockets, and one WebSocket: opened under one deadline, read ahead, bounded in memory.

Endpoints: protocol reference, section 11.1.
"""

import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, TypeAlias, final
from urllib.parse import urlencode, urlsplit

import websocket

from jainam_prop.adapters.xts.network import Dial, Tap, WireFrame
from jainam_prop.domain.sessions.session import Session
from jainam_prop.domain.sessions.session_life import read_claims

RootOf: TypeAlias = Callable[[Session], str]
"""Address of an application of a session, up to its path."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Address of a socket, without the generation of Engine.IO, and its token; neither shows in a repr or a log."""

    url: str = field(repr=False)
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NoEndpoint:
    """Why a session cannot be connected with."""

    reason: str


@dataclass(frozen=True, slots=True)
class MarketSocket:
    """How the server publishes, and how silence is judged.

    Attributes:
        publish: ``JSON`` or ``Binary``.
        broadcast: ``Full`` or ``Partial``.
        silence_seconds: without any wanted price in market hours the feed is silent.
        quote_seconds: at least between two quotes calls.
        store_seconds: between two looks into the session store while connected.
    """

    publish: str = "JSON"
    broadcast: str = "Full"
    silence_seconds: float = 60.0
    quote_seconds: float = 0.5
    store_seconds: float = 5.0


def market_endpoint(session: Session, root: RootOf, manner: MarketSocket) -> Endpoint | NoEndpoint:
    """Return the market-data socket of a session."""
    token = session.market_token
    if token is None:
        return NoEndpoint(f"there is no market-data session: {session.market_problem or 'the login gave none'}")
    query = {
        "token": token,
        "userID": session.market_user_id or session.user_id,
        "publishFormat": manner.publish,
        "broadcastMode": manner.broadcast,
    }
    return _endpoint(root(session), query, token)


def order_endpoint(session: Session, root: RootOf) -> Endpoint | NoEndpoint:
    """Return the interactive socket of a session."""
    query = {"token": session.interactive_token, "userID": session.user_id, "apiType": "INTERACTIVE"}
    return _endpoint(root(session), query, session.interactive_token)


def _endpoint(root: str, query: dict[str, str], token: str) -> Endpoint | NoEndpoint:
    """Refuse a token that names another user, which would bring that user's prices or orders.

    Claims are a hint, since they are not verified here: one that names no user, or cannot be read, is for the server to
    judge.
    """
    claims = read_claims(token)
    if claims is not None and claims.contradicts(query["userID"]):
        return NoEndpoint("the token names another user than the login did")
    scheme, _, rest = root.partition("://")
    url = f"{'wss' if scheme == 'https' else 'ws'}://{rest.rstrip('/')}/socket.io/?{urlencode(query)}"
    return Endpoint(url, token)


_AT_ONCE: Final = 65_536
_SWITCHING: Final = 101

LONGEST: Final = 16 * 1024 * 1024
"""Bytes of the longest message that is taken; the longest that XTS sends is a small part of it."""


class HandshakeRefusedError(Exception):
    """The server answered the handshake with another status than 101."""

    def __init__(self, status: int, body: str) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


@final
class Connection:
    """A WebSocket over a connection that this class opened itself, so that proxy, trust and deadline are its own."""

    def __init__(self, url: str, dial: Dial, name: str = "", tap: Tap | None = None) -> None:
        """Connect and make the handshake.

        Args:
            url: of the socket, with its query.
            dial: opens the connection.
            name: of the socket, for the tap.
            tap: see `NetworkPolicy`.

        Raises:
            HandshakeRefusedError: the server answered with another status.
            OSError, websocket.WebSocketException: the connection could not be made.
        """
        self._websocket = websocket.WebSocket(skip_utf8_validation=True)  # JSON is checked where it is parsed
        self._name, self._tap = name, tap
        self._record("opened", url.encode())
        address = urlsplit(url)
        is_tls = address.scheme == "wss"
        port = address.port or (443 if is_tls else 80)
        dial.open(address.hostname or "", port, tls=is_tls, then=lambda opened: self._shake_hands(url, opened))

    def receive(self) -> tuple[int, bytes]:
        """Return the next frame's kind and content; kind zero when none came in time. What came of one is kept.

        Raises:
            OSError, websocket.WebSocketException: the connection ended.
        """
        try:
            kind, content = self._websocket.recv_data()
        except websocket.WebSocketTimeoutException:
            return 0, b""
        self._ahead.allowance = LONGEST
        if kind != websocket.ABNF.OPCODE_CLOSE:
            self._record("server", content, is_text=kind == websocket.ABNF.OPCODE_TEXT)
        return kind, content

    def before_wait(self, act: Callable[[], None]) -> None:
        """Let something be done whenever `receive` is about to wait for the network."""
        self._ahead.before_wait = act

    def send(self, text: str) -> None:
        """Send a text frame."""
        self._record("client", text.encode())
        self._websocket.send(text)

    def settimeout(self, seconds: float) -> None:
        """Let `receive` wait at most this long."""
        self._ahead.settimeout(seconds)

    def abort(self) -> None:
        """End the connection; a thread that waits in `receive` is woken."""
        self._ahead.abort()

    def close(self) -> None:
        """Free the socket; for the thread that reads."""
        self._ahead.close()

    def _record(self, sender: str, content: bytes, *, is_text: bool = True) -> None:
        if self._tap is not None:
            self._tap(WireFrame(self._name, sender, is_text, content))

    def _shake_hands(self, url: str, opened: socket.socket) -> None:
        self._ahead = _ReadAhead(opened)
        try:
            # Redirects are not followed: they would go through a proxy of the environment.
            self._websocket.connect(  # type: ignore[no-untyped-call]
                url, socket=self._ahead, suppress_origin=True, redirect_limit=0
            )
        except websocket.WebSocketBadStatusException as error:
            body = error.resp_body if isinstance(error.resp_body, bytes) else b""
            raise HandshakeRefusedError(error.status_code, body.decode("utf-8", "replace")) from None
        status = self._websocket.getstatus()  # type: ignore[no-untyped-call]
        if status != _SWITCHING:
            raise HandshakeRefusedError(status or 0, "")


class _ReadAhead:
    """A socket that takes from the connection as much as there is, since websocket-client reads a frame in pieces.

    Attributes:
        allowance: bytes that the message that is being read may still take.
    """

    def __init__(self, inner: socket.socket) -> None:
        self.allowance = LONGEST
        self._inner = inner
        self.before_wait: Callable[[], None] = lambda: None
        self._ahead = b""
        self._at = 0
        self.send = inner.send
        self.fileno = inner.fileno
        self.settimeout = inner.settimeout
        self.gettimeout = inner.gettimeout
        self.shutdown = inner.shutdown
        self.close = inner.close

    def recv(self, size: int) -> bytes:
        """Return at most so many bytes.

        Raises:
            ConnectionError: a message is longer than any that is expected.
        """
        start = self._at
        if start >= len(self._ahead):
            self.allowance -= len(self._ahead)
            if self.allowance < 0:
                message = "a message is longer than any that is expected"
                raise ConnectionError(message)
            self.before_wait()
            self._ahead, start = self._inner.recv(_AT_ONCE), 0
        self._at = end = min(start + size, len(self._ahead))
        return self._ahead[start:end]

    def abort(self) -> None:
        with suppress(OSError):  # it is gone already
            self._inner.shutdown(socket.SHUT_RDWR)
