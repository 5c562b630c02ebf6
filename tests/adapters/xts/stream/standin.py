"""A market-data application with memory, for the feed alone: Socket.IO 2 over real sockets, and the calls of its port.

It follows the protocol reference where a log or a real server settled it: subscriptions belong to the token, a batch is
taken or refused whole, an already subscribed topic brings no image, and a middleware refuses with an error packet.
"""

import base64
import hashlib
import json
import socket
import struct
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final

from returns.result import Failure, Result, Success

from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.adapters.xts.stream.connection import MarketSocket
from jainam_prop.adapters.xts.stream.feed_socket import FeedRule
from jainam_prop.adapters.xts.stream.market_feed import MarketCalls, XtsMarketFeed
from jainam_prop.adapters.xts.wire.ticks.json import read_full
from jainam_prop.adapters.xts.wire.words import SEGMENT_NUMBER_BY_EXCHANGE
from jainam_prop.application.ports.market_data import Subscribed
from jainam_prop.application.ports.sessions import SharedSession
from jainam_prop.domain.errors import BrokerError, SessionExpired
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.backoff import BackoffRule
from jainam_prop.domain.market_data.subscriptions import Batch, Topic
from jainam_prop.domain.market_data.tick import FeedEvent, FeedMode, Tick
from jainam_prop.domain.sessions.session import Account, AccountKind, Application, Session
from tests.listener import Listener, read_head

SECONDS: Final = 10.0
QUICK: Final = FeedRule(backoff=BackoffRule(first=0.05, longest=0.5, jitter=0.0), connect_seconds=2.0)
SBIN: Final = InstrumentKey(Exchange.NSE, 3045)
KEYS: Final = tuple(InstrumentKey(Exchange.NSE, number) for number in range(1, 1_601))


class ScaledClock:
    """A clock whose monotonic seconds pass so many times as fast as the wall's."""

    def __init__(self, scale: float = 1.0) -> None:
        self._scale = scale
        self._inner = SystemClock()
        self.now = self._inner.now
        self.sleep = self._inner.sleep
        self.wait_for = self._inner.wait_for

    def monotonic(self) -> float:
        return time.monotonic() * self._scale


class HeldClock(ScaledClock):
    """A clock that stands still, counts who asks it, and keeps a thread waiting that asks it while it is held."""

    def __init__(self) -> None:
        super().__init__(0.0)
        self.asked: Counter[str] = Counter()
        self.holds = ""
        self.go_on = threading.Event()

    def monotonic(self) -> float:
        asking = threading.current_thread().name
        self.asked[asking] += 1
        if asking == self.holds:
            self.go_on.wait(SECONDS)
        return super().monotonic()


def until(condition: Callable[[], object], seconds: float = SECONDS) -> None:
    """Wait until a condition holds."""
    pause, end = threading.Event(), time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        pause.wait(0.005)


def session_of(token: str) -> Session:
    expires = ScaledClock().now().replace(year=2100)
    return Session("DEALER01", Account(AccountKind.PRO), "interactive", token, expires)


@dataclass
class Store:
    """The session store that all processes share, and the logins of others."""

    token: str | None = "t0"
    reason: str = ""
    renewals: int = 0
    looks: int = 0
    renewed: Result[str, BrokerError] = field(default_factory=lambda: Failure(SessionExpired("the keys are refused")))
    fault: Exception | None = None

    def shared(self) -> SharedSession:
        self.looks += 1
        if self.fault is not None:
            raise self.fault
        return SharedSession(None if self.token is None else session_of(self.token), self.reason)

    def newest(self, timeout_seconds: float) -> Result[Session, BrokerError]:
        raise NotImplementedError(timeout_seconds)  # a feed never logs in

    def renew(
        self, application: Application, dead: Session, timeout_seconds: float, *, exits: bool = False
    ) -> Result[Session, BrokerError]:
        assert application is Application.MARKET_DATA
        assert dead.market_token == self.token
        assert timeout_seconds > 0
        assert not exits
        self.renewals += 1
        self.token = self.renewed.value_or(self.token)
        return self.renewed.map(session_of)

    def current(self, session: Session) -> Session:
        return session

    def is_over(self, session: Session) -> bool:
        del session
        return False


@dataclass
class Peer:
    """One client of the socket."""

    connection: socket.socket
    token: str

    def send(self, text: str) -> None:
        payload = text.encode()
        size = len(payload)
        head = bytes([0x81, size]) if size < 126 else struct.pack(">BBH", 0x81, 126, size)
        with suppress(OSError):
            self.connection.sendall(head + payload)

    def emit(self, name: str, *arguments: str) -> None:
        self.send("42" + json.dumps([name, *arguments]))


class StandIn:
    """The application; its fields are what a test changes while it runs."""

    def __init__(self) -> None:
        self.tokens = {"t0"}
        self.refusal: str | None = '44"Invalid Token"'  # None answers HTTP 400 with an envelope
        self.accepts = True
        self.pongs = True
        self.cap = 10_000
        self.illegal: set[Topic] = set()
        self.has_images = True
        self.deaf = False
        self.handshakes: list[float] = []
        self.calls: list[tuple[str, Batch]] = []
        self.held: dict[str, set[Topic]] = defaultdict(set)
        self.prices: dict[InstrumentKey, float] = {}
        self.fault: Exception | None = None
        self._moment = 1_480_000_000
        self._moments: dict[InstrumentKey, int] = {}
        self._lock = threading.RLock()
        self._peers: list[Peer] = []
        self._listener = Listener(self._talk)
        self.base_url = f"http://127.0.0.1:{self._listener.port}"

    # The socket.

    def joined(self) -> int:
        """How many clients are connected."""
        with self._lock:
            return len(self._peers)

    def tick(self, key: InstrumentKey, price: float) -> None:
        """Let a price change, and send it to every client whose token is subscribed."""
        with self._lock:
            self._moment += 1
            self.prices[key], self._moments[key] = price, self._moment
            for peer in self._peers if not self.deaf else ():
                for topic in sorted(self.held[peer.token]):
                    if topic.instrument == key:
                        peer.emit(f"{topic.code}-json-full", self.image(topic))

    def emit(self, name: str, *arguments: str) -> None:
        """Send an event to every client."""
        with self._lock:
            for peer in self._peers:
                peer.emit(name, *arguments)

    def send(self, text: str) -> None:
        """Send a text to every client."""
        with self._lock:
            for peer in self._peers:
                peer.send(text)

    def drop(self) -> None:
        """End every connection abruptly."""
        with self._lock:
            for peer in self._peers:
                with suppress(OSError):
                    peer.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    peer.connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self._listener.close()
        self.drop()

    def image(self, topic: Topic) -> str:
        """The present state of a contract as a message of the topic."""
        price = self.prices.setdefault(topic.instrument, 100.0)
        moment = self._moments.setdefault(topic.instrument, 1_480_000_000)
        segment = SEGMENT_NUMBER_BY_EXCHANGE[topic.instrument.exchange]
        head = {
            "MessageCode": topic.code, "ExchangeSegment": segment, "ExchangeInstrumentID": topic.instrument.token,
        }  # fmt: skip
        row = {"Size": 5, "Price": price, "TotalOrders": 1}
        line: dict[str, Any] = {
            "LastTradedPrice": price, "LastTradedQunatity": 5, "LastUpdateTime": moment,
            "PercentChange": 0.5, "Close": 99.0,
        }  # fmt: skip
        if topic.code == 1512:
            return json.dumps(head | line, separators=(",", ":"))
        line |= {
            "LastTradedTime": moment, "TotalBuyQuantity": 7, "TotalSellQuantity": 8, "TotalTradedQuantity": 9,
            "AverageTradedPrice": 100.0, "Open": 1.0, "High": 200.0, "Low": 1.0, "BidInfo": row, "AskInfo": row,
        }  # fmt: skip
        sides = {"Bids": [row] * 5, "Asks": [row] * 5} if topic.code == 1502 else {}
        return json.dumps(head | sides | {"Touchline": line}, separators=(",", ":"))

    # The calls.

    def subscribe(self, session: Session, batch: Batch, timeout_seconds: float) -> Result[Subscribed, BrokerError]:
        del timeout_seconds
        with self._lock:
            failure = self._called("subscribe", session, batch)
            if failure is not None:
                return failure
            held, topics = self.held[str(session.market_token)], set(batch.topics)
            remaining = self.cap - len(held)
            if held & topics:
                return Success(Subscribed(already=True, remaining=remaining))
            if self.illegal & topics:
                return Success(Subscribed(refused="Invalid instrument"))
            if len(topics) > remaining:
                return Success(Subscribed(refused="limit exceeded", remaining=remaining))
            held |= topics
            images = self._images(batch) if self.has_images else ()
            return Success(Subscribed(remaining=self.cap - len(held), snapshots=images))

    def unsubscribe(self, session: Session, batch: Batch, timeout_seconds: float) -> Result[Subscribed, BrokerError]:
        del timeout_seconds
        with self._lock:
            failure = self._called("unsubscribe", session, batch)
            if failure is not None:
                return failure
            self.held[str(session.market_token)].difference_update(batch.topics)
            return Success(Subscribed())

    def images(
        self, session: Session, batch: Batch, timeout_seconds: float
    ) -> Result[tuple[FeedEvent, ...], BrokerError]:
        del timeout_seconds
        with self._lock:
            failure = self._called("quotes", session, batch)
            return Success(self._images(batch)) if failure is None else Failure(failure.failure())

    def _called(self, name: str, session: Session, batch: Batch) -> Result[Subscribed, BrokerError] | None:
        self.calls.append((name, batch))
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault
        if session.market_token not in self.tokens:
            return Failure(SessionExpired("Invalid Token"))
        return None

    def _images(self, batch: Batch) -> tuple[FeedEvent, ...]:
        known = {(SEGMENT_NUMBER_BY_EXCHANGE[key.exchange], key.token): key for key in batch.instruments}
        events = [read_full(self.image(topic), known) for topic in batch.topics if topic.code != 1510]
        return tuple(event for event in events if event is not None)

    # Socket.IO.

    def _talk(self, connection: socket.socket) -> None:
        request = read_head(connection)
        self.handshakes.append(time.monotonic())
        token = request.split(b"token=")[1].split(b"&")[0].decode()
        if token not in self.tokens and self.refusal is None:
            body = b'{"type":"error","code":"e-session-0007","description":"Invalid Token"}'
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            return
        self._upgrade(connection, request)
        peer = Peer(connection, token)
        peer.send('0{"sid":"s","upgrades":[],"pingInterval":100000,"pingTimeout":300000}')
        if token not in self.tokens:
            peer.send(str(self.refusal))
            return
        self._stay(peer)

    def _upgrade(self, connection: socket.socket, request: bytes) -> None:
        key = next(line for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")).split()[1]
        digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()  # noqa: S324 (the protocol's)
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
        )

    def _stay(self, peer: Peer) -> None:
        if self.accepts:
            with self._lock:
                self._peers.append(peer)
            peer.send("40")
        try:
            while True:
                head = peer.connection.recv(2)
                if len(head) < 2:
                    return
                mask = peer.connection.recv(4)
                body = peer.connection.recv(head[1] & 0x7F) if head[1] & 0x7F else b""
                if bytes(byte ^ mask[at % 4] for at, byte in enumerate(body)) == b"2" and self.pongs:
                    peer.send("3")
        finally:
            with self._lock:
                if peer in self._peers:
                    self._peers.remove(peer)


class Consumer:
    """What a feed delivered; a test may let it fail or wait."""

    def __init__(self) -> None:
        self.events: list[FeedEvent] = []
        self.act: Callable[[FeedEvent], None] = lambda _event: None

    def __call__(self, event: FeedEvent) -> None:
        self.act(event)
        self.events.append(event)

    def last(self, key: InstrumentKey) -> float | None:
        """The last price of a contract."""
        prices = [event.last_price for event in self.events if isinstance(event, Tick) and event.instrument == key]
        return prices[-1] if prices else None


@dataclass
class Live:
    """A feed at a stand-in."""

    broker: StandIn
    store: Store
    feed: XtsMarketFeed
    consumer: Consumer
    calls: MarketCalls

    def start(self, *keys: InstrumentKey, mode: FeedMode = FeedMode.QUOTE) -> None:
        """Want contracts, start, and wait until all is subscribed."""
        for key in keys:
            self.feed.want(key, mode)
        self.feed.start(self.consumer)
        until(self.is_settled)

    def is_settled(self) -> bool:
        health = self.feed.health()
        return health.is_connected and health.subscribed == health.wanted


def feed_at(
    broker: StandIn,
    store: Store,
    *,
    scale: float = 1.0,
    rule: FeedRule = QUICK,
    manner: MarketSocket | None = None,
    trades: bool = True,
    clock: ScaledClock | None = None,
    calls: MarketCalls | None = None,
) -> Live:
    """Make a feed whose clock runs so many times as fast as the wall's, or a given one; it is not started."""
    calls = calls or MarketCalls(broker, JAINAM.stream.codes, lambda _exchange, _now: trades)
    root = f"{broker.base_url}/apimarketdata"
    feed = XtsMarketFeed(store, lambda _session: root, calls, clock or ScaledClock(scale), rule=rule, manner=manner)
    return Live(broker, store, feed, Consumer(), calls)


@contextmanager
def live(
    *,
    scale: float = 1.0,
    rule: FeedRule = QUICK,
    manner: MarketSocket | None = None,
    trades: bool = True,
    clock: ScaledClock | None = None,
) -> Iterator[Live]:
    """Give a feed at a stand-in, and close both."""
    broker = StandIn()
    made = feed_at(broker, Store(), scale=scale, rule=rule, manner=manner, trades=trades, clock=clock)
    try:
        yield made
    finally:
        made.feed.close()
        broker.close()
