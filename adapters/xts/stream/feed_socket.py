"""Connection of one feed that stays: connect, read, ping, and connect again, as its state machine decides.

What happens is decided by `FeedMachine`; this thread only carries it out. All state of a feed, this one's and its
owner's, changes under one lock.
"""

import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol, final

import orjson
import websocket
from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.adapters.xts.network import Dial, NetworkPolicy
from jainam_prop.adapters.xts.stream.connection import Connection, Endpoint, HandshakeRefusedError, NoEndpoint
from jainam_prop.adapters.xts.stream.conversation import Conversation, Generation, SocketEvent
from jainam_prop.adapters.xts.stream.health_log import HealthLog
from jainam_prop.adapters.xts.wire.replies.envelope import read_envelope, refusal, said, scrubbed
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.sessions import SharedSession
from jainam_prop.domain.errors import BrokerError, SessionExpired
from jainam_prop.domain.market_data.backoff import BackoffRule
from jainam_prop.domain.market_data.feed_state import FeedHealth, FeedMachine, FeedState, Step
from jainam_prop.domain.sessions.session import Session

_LOG: Final = logging.getLogger(__name__)

_OK: Final = 200
_BAD_REQUEST: Final = 400
_NOT_AUTHORISED: Final = frozenset({401, 403})
_RENEWAL_SECONDS: Final = 20.0

CLOSE_SECONDS: Final = 0.9
"""The longest that closing waits for the threads of a feed."""


@dataclass(frozen=True, slots=True)
class FeedRule:
    """How a feed connects.

    Attributes:
        connect_seconds: name look-up, connection, TLS and handshake together, and then until the server accepts.
        network: proxy and trust, as for REST.
        generation: of Engine.IO, tried first; a server that refuses it is asked in the other one.
    """

    backoff: BackoffRule = field(default_factory=BackoffRule)
    connect_seconds: float = 10.0
    network: NetworkPolicy = field(default_factory=NetworkPolicy)
    generation: Generation = Generation.THREE


@dataclass(frozen=True, slots=True)
class TokenSource:
    """Sessions of a feed: the stored one, its endpoint, and one renewal.

    Attributes:
        shared: see `SessionSource`.
        endpoint: of a session, or why there is none.
        renew: replaces a dead token; see `SessionSource`.
    """

    shared: Callable[[], SharedSession]
    endpoint: Callable[[Session], Endpoint | NoEndpoint]
    renew: Callable[[Session, float], Result[Session, BrokerError]]


class Listener(Protocol):
    """Owner of the socket; called by the thread that reads, with the lock of the feed held unless said otherwise."""

    def joined(self, session: Session, now: float, *, same_token: bool) -> None:
        """Take an accepted connection."""

    def left(self, now: float) -> None:
        """Take the end of an accepted connection."""

    def heard(self, event: SocketEvent, now: float) -> None:
        """Take an event."""

    def flush(self) -> None:
        """Hand on what was heard: the thread is about to wait. Without the lock."""


class _End(NamedTuple):
    """How a connection ended, and the server's words if it refused the token."""

    reason: str
    refused: str = ""


@dataclass(slots=True)
class _Attempt:
    """One connection; moments are monotonic seconds."""

    session: Session
    endpoint: Endpoint
    connection: Connection
    talk: Conversation
    opened: float
    looked: float
    is_joined: bool = False


@final
class FeedSocket:
    """Thread and connection of one feed."""

    def __init__(  # noqa: PLR0913 (its collaborators, given by its owner)
        self,
        name: str,
        tokens: TokenSource,
        listener: Listener,
        clock: Clock,
        *,
        rule: FeedRule,
        lock: "threading.RLock",
    ) -> None:
        self.machine = FeedMachine.by(rule.backoff)
        self.unreadable = 0
        self._name = name
        self._tokens = tokens
        self._listener = listener
        self._monotonic = clock.monotonic
        self._rule = rule
        self._lock = lock
        self._generation = rule.generation
        self._log = HealthLog(name)
        self._wake = threading.Event()
        self._condemned = ""
        self._dial: Dial | None = None
        self._connection: Connection | None = None
        self._threads: list[threading.Thread] = []

    @property
    def is_closed(self) -> bool:
        """Whether the feed was closed for good."""
        return self.machine.state is FeedState.CLOSED

    def start(self) -> None:
        """Begin to connect."""
        self.supervise(f"jainam-{self._name}", self._run)

    def supervise(self, name: str, body: Callable[[], None]) -> None:
        """Run a body on a thread until the feed is closed; a fault of it shows in health, and it is run again."""

        def run() -> None:
            while not self.is_closed:
                try:
                    body()
                except BaseException as error:
                    _LOG.exception("A thread of the %s feed ended by a fault of this program", self._name)
                    with self._lock:
                        self.machine = self.machine.faulted(self._monotonic(), type(error).__name__)
                        pause = self.machine.pause(random.random())  # noqa: S311 (it only spreads attempts)
                    self.reconnect()
                    self._wake.wait(pause)

        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def reconnect(self) -> None:
        """Drop the connection or the attempt, and connect again."""
        connection, dial = self._connection, self._dial
        if dial is not None:
            dial.abort()
        if connection is not None:
            connection.abort()

    def condemn(self, reason: str) -> None:
        """Treat the token of the present connection as refused, because REST said so; the lock is held."""
        self._condemned = reason
        self.reconnect()

    def report(self, health: Callable[[], FeedHealth]) -> None:
        """Write the problems of the feed to the log when that is due."""
        now = self._monotonic()
        if self._log.is_due(now):
            self._log.note(health(), now)

    def close(self) -> None:
        """Close for good and wait for the threads, but not for the calling one, and not longer than `CLOSE_SECONDS`."""
        with self._lock:
            was_open = not self.is_closed
            self.machine = self.machine.closed(self._monotonic())
        self._wake.set()
        self.reconnect()
        end = time.monotonic() + CLOSE_SECONDS
        for thread in self._threads if was_open else ():
            if thread is not threading.current_thread():
                thread.join(max(0.0, end - time.monotonic()))

    def _run(self) -> None:
        while True:
            stored = self._tokens.shared()
            session = stored.session
            endpoint = NoEndpoint(stored.reason) if session is None else self._tokens.endpoint(session)
            token, why = (endpoint.token, "") if isinstance(endpoint, Endpoint) else (None, endpoint.reason)
            with self._lock:
                before = self.machine.state
                self.machine, step = self.machine.choose(self._monotonic(), token, why)
            self._log_change(before)
            if step is Step.STOP:
                return
            if step is Step.RENEW and session is not None:
                self._renew(session)
            elif step is Step.CONNECT and session is not None and isinstance(endpoint, Endpoint):
                self._attempt(session, endpoint)
            with self._lock:
                pause = self.machine.pause(random.random())  # noqa: S311 (it only spreads clients)
            self._wake.wait(pause)
            if not self.is_closed:
                self._wake.clear()

    def _renew(self, dead: Session) -> None:
        renewed = self._tokens.renew(dead, _RENEWAL_SECONDS)
        if not is_successful(renewed):
            reason = f"the token is dead and was not renewed: {renewed.failure().message}"
            with self._lock:
                self.machine = self.machine.renewal_failed(self._monotonic(), reason)
            _LOG.warning("The %s feed waits for a login: %s", self._name, reason)
        self._wake.set()

    def _attempt(self, session: Session, endpoint: Endpoint) -> None:
        """Connect and read until it ends; the machine takes how it ended."""
        before = self.machine.connections
        end = _End("a fault of this program")
        try:
            end = self._converse(session, endpoint)
        except HandshakeRefusedError as error:
            end = self._judge(error)
        except (OSError, websocket.WebSocketException) as error:
            # Only the kind: the texts of these hold addresses, and those hold tokens.
            end = _End(f"the connection ended: {type(error).__name__}")
        finally:
            self._end(endpoint, end, was_joined=self.machine.connections > before)

    def _end(self, endpoint: Endpoint, end: _End, *, was_joined: bool) -> None:
        now = self._monotonic()
        with self._lock:
            refused, self._condemned = end.refused or self._condemned, ""
            before = self.machine.state
            if refused:
                self.machine = self.machine.refused(now, endpoint.token, refused)
            else:
                self.machine = self.machine.ended(now, end.reason)
            if was_joined:
                self._listener.left(now)
        self._log_change(before)

    def _judge(self, error: HandshakeRefusedError) -> _End:
        """Return how an attempt ended; another generation of Engine.IO is next after a bare 400."""
        reason = f"the server answered the handshake with HTTP {error.status}"
        words = dead_token(error.body)
        if words or error.status in _NOT_AUTHORISED:
            return _End(reason, refused=words or reason)
        if error.status == _BAD_REQUEST:
            self._generation = Generation.FOUR if self._generation is Generation.THREE else Generation.THREE
        return _End(reason)

    def _converse(self, session: Session, endpoint: Endpoint) -> _End:
        self._dial = dial = Dial(self._rule.network, self._rule.connect_seconds)
        if self.is_closed:
            return _End("closed")
        try:
            url = f"{endpoint.url}&transport=websocket&EIO={self._generation.value}"
            connection = Connection(url, dial, self._name, self._rule.network.tap)
        finally:
            self._dial = None
        self._connection = connection
        now = self._monotonic()
        attempt = _Attempt(session, endpoint, connection, Conversation(self._generation, now), now, now)
        try:
            return self._read(attempt)
        finally:
            self._connection = None
            self.unreadable += attempt.talk.unreadable
            connection.close()

    def _read(self, attempt: _Attempt) -> _End:
        attempt.connection.settimeout(attempt.talk.rest_seconds)
        attempt.connection.before_wait(self._listener.flush)
        while not self.is_closed:
            kind, content = attempt.connection.receive()
            now = self._monotonic()
            end = self._frame(attempt, kind, content, now) if kind else None
            if end is None and (not kind or attempt.talk.outbox or now - attempt.looked >= attempt.talk.rest_seconds):
                end = self._keep(attempt, now)
            if end is not None:
                return end
        return _End("closed")

    def _frame(self, attempt: _Attempt, kind: int, content: bytes, now: float) -> _End | None:
        """Take a frame; return the end of the connection if it is one."""
        if kind == websocket.ABNF.OPCODE_CLOSE:
            return _End("the server closed the connection")
        talk = attempt.talk
        talk.heard(now)
        event = talk.text(content) if kind == websocket.ABNF.OPCODE_TEXT else talk.binary(content)
        if event is not None:
            return self._event(event, now)
        attempt.connection.settimeout(talk.rest_seconds)  # the opening says how often to ping
        if talk.is_connected and not attempt.is_joined:
            attempt.is_joined = True
            self._join(attempt, now)
        return _end_of(talk) if talk.ended else None

    def _join(self, attempt: _Attempt, now: float) -> None:
        token = attempt.endpoint.token
        with self._lock:
            same = self.machine.live_token == token
            self.machine = self.machine.joined(now, token)
            if self.machine.is_connected:
                self._listener.joined(attempt.session, now, same_token=same)
        _LOG.info("The %s feed is live, connection %s", self._name, self.machine.connections)

    def _event(self, event: SocketEvent, now: float) -> _End | None:
        """Hand an event on; return the end of the connection if it is one."""
        if event.name == "error":
            words = dead_token(event.payload)
            if words:
                return _End(words, refused=words)
        if event.name == "logout":
            # The token may be valid still: the server judges it when it is offered again.
            return _End("the server ended the session (logout)")
        with self._lock:
            self._listener.heard(event, now)
        return None

    def _keep(self, attempt: _Attempt, now: float) -> _End | None:
        """Send what is due, about once a second; return why the connection is given up."""
        attempt.looked = now
        talk, connection = attempt.talk, attempt.connection
        if not talk.look_at_clock(now):
            return _End("the server does not answer pings")
        if not talk.is_connected and now - attempt.opened >= self._rule.connect_seconds:
            return _End("the server did not accept the connection in time")
        while talk.outbox:
            connection.send(talk.outbox.popleft())
        connection.settimeout(talk.rest_seconds)
        return None

    def _log_change(self, before: FeedState) -> None:
        machine = self.machine
        if machine.state is not before:
            _LOG.info("The %s feed is %s: %s", self._name, machine.state.value, machine.reason)


def _end_of(talk: Conversation) -> _End:
    if talk.refusal is None:
        return _End(talk.ended)
    words = talk.refusal if isinstance(talk.refusal, str) else orjson.dumps(talk.refusal).decode()
    return _End(f"{talk.ended}: {scrubbed(words)}", refused=dead_token(talk.refusal))


def dead_token(payload: object) -> str:
    """Return the server's words when a payload says that the token is dead; "" when it does not.

    Read as REST reads an error envelope: a JSON text, an object, or a bare sentence.
    """
    content = payload.encode() if isinstance(payload, str) else orjson.dumps(_message_of(payload))
    envelope = read_envelope(content, "")
    if envelope is None or envelope.succeeded:
        return ""
    return said(envelope) if isinstance(refusal(_OK, envelope), SessionExpired) else ""


def _message_of(payload: object) -> object:
    """Return an error object of Socket.IO 3 and later, ``{"message": …}``, as an envelope."""
    if isinstance(payload, dict) and "type" not in payload and isinstance(payload.get("message"), str):
        return {"type": "error", "description": payload["message"]}
    return payload
