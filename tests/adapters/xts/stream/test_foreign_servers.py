"""Feeds at Socket.IO servers that others wrote, of both generations, and behind a real forward proxy."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from queue import Queue
from typing import Final

import pytest
from returns.result import Success

from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.xts.network import NetworkPolicy
from jainam_prop.adapters.xts.stream.connection import Endpoint
from jainam_prop.adapters.xts.stream.conversation import SocketEvent
from jainam_prop.adapters.xts.stream.feed_socket import FeedRule, FeedSocket, TokenSource
from jainam_prop.domain.market_data.backoff import BackoffRule
from jainam_prop.domain.market_data.feed_state import FeedState
from jainam_prop.domain.sessions.session import Application, Session
from tests.adapters.xts.forward_proxy import ForwardProxy
from tests.adapters.xts.stream.foreign_servers import (
    PATIENCE_MS,
    PING_MS,
    ForeignServer,
    NodeServer,
    node_server,
    python_server,
)
from tests.adapters.xts.stream.standin import Store, until

QUICK: Final = FeedRule(backoff=BackoffRule(first=0.05, longest=0.2), connect_seconds=5.0)
_WAIT: Final = 10.0


@pytest.fixture(params=[node_server, python_server], ids=["Socket.IO 2 of npm", "python-socketio 5"])
def server(request: pytest.FixtureRequest) -> Iterator[ForeignServer]:
    with request.param() as running:
        yield running


@pytest.fixture
def node() -> Iterator[NodeServer]:
    with node_server() as running:
        yield running


class Client:
    """A socket with the events that it heard."""

    def __init__(self, base_url: str, rule: FeedRule = QUICK) -> None:
        self.events: Queue[SocketEvent] = Queue()
        self.connections: Queue[None] = Queue()
        self.store = Store()
        address = base_url.replace("http://", "ws://") + "/socket.io/?userID=DEALER01&token="
        tokens = TokenSource(
            self.store.shared,
            lambda session: Endpoint(f"{address}{session.market_token}", str(session.market_token)),
            lambda dead, seconds: self.store.renew(Application.MARKET_DATA, dead, seconds),
        )
        self.socket = FeedSocket("test", tokens, self, SystemClock(), rule=rule, lock=threading.RLock())

    def joined(self, session: Session, now: float, *, same_token: bool) -> None:
        del session, now, same_token
        self.connections.put(None)

    def left(self, now: float) -> None:
        del now

    def heard(self, event: SocketEvent, now: float) -> None:
        del now
        self.events.put(event)

    def flush(self) -> None:
        """Nothing waits here."""

    def next_event(self) -> SocketEvent:
        return self.events.get(timeout=_WAIT)

    def wait_until_connected(self) -> None:
        self.connections.get(timeout=_WAIT)


@contextmanager
def client_of(base_url: str, rule: FeedRule = QUICK) -> Iterator[Client]:
    client = Client(base_url, rule)
    try:
        yield client
    finally:
        client.socket.close()


@contextmanager
def connected(server: ForeignServer) -> Iterator[Client]:
    with client_of(server.base_url) as client:
        client.socket.start()
        client.wait_until_connected()
        server.wait_for_client()
        yield client


def test_events_arrive_whole_and_in_order(server: ForeignServer) -> None:
    payloads = [f'{{"n":{number},"text":"{"ä" * number}"}}' for number in range(50)]
    with connected(server) as client:
        for payload in payloads:
            server.emit("1501-json-full", payload)

        heard = [client.next_event() for _ in payloads]

    assert heard == [SocketEvent("1501-json-full", payload) for payload in payloads]


@pytest.mark.parametrize("content", [b"\x00\xdd\x05", b"\x04\x04\x00", bytes(range(256)) * 300])
def test_bytes_arrive_as_they_were_sent(server: ForeignServer, content: bytes) -> None:
    with connected(server) as client:
        server.emit_bytes("xts-binary-packet", content)

        assert client.next_event() == SocketEvent("xts-binary-packet", content)


def test_the_connection_outlives_the_ping_timeout(server: ForeignServer) -> None:
    with connected(server) as client:
        beats = 3 * (PING_MS + PATIENCE_MS) // 2 // 50
        server.beat("beat", 50)
        for _ in range(beats):
            client.next_event()

        assert client.socket.machine.connections == 1
        assert client.socket.machine.state is FeedState.LIVE


def test_a_dropped_connection_is_made_again_and_again(server: ForeignServer) -> None:
    with connected(server) as client:
        for _ in range(3):
            server.drop()
            client.wait_until_connected()
            server.wait_for_client()
        server.emit("after", "{}")

        assert client.next_event() == SocketEvent("after", "{}")
        assert client.socket.machine.connections == 4


def test_after_an_error_event_it_waits_for_another_token(server: ForeignServer) -> None:
    with connected(server) as client:
        server.emit("error", '{"type":"error","code":"e-session-0007","description":"Invalid Token"}')
        until(lambda: client.store.renewals == 1)
        looks = client.store.looks
        until(lambda: client.store.looks > looks + 1)
        assert client.socket.machine.connections == 1
        assert client.socket.machine.state is FeedState.REFUSED

        client.store.token = "new"
        client.wait_until_connected()

        assert client.socket.machine.connections == 2


def test_closing_ends_it_for_good(server: ForeignServer) -> None:
    with connected(server) as client:
        client.socket.close()
        client.socket.close()

        assert client.socket.machine.state is FeedState.CLOSED


def test_a_token_that_a_middleware_refuses_is_offered_once(node: NodeServer) -> None:
    node.kill("t0")
    with client_of(node.base_url) as client:
        client.socket.start()
        until(lambda: client.socket.machine.state is FeedState.REFUSED)
        looks = client.store.looks
        until(lambda: client.store.looks > looks + 1)

        assert node.asked == ["t0"]
        assert client.socket.machine.reason == "Invalid Token"


def test_a_token_that_a_middleware_refuses_after_it_was_live_is_renewed_once(node: NodeServer) -> None:
    with client_of(node.base_url) as client:
        client.store.renewed = Success("t1")
        client.socket.start()
        client.wait_until_connected()
        node.kill("t0")
        client.wait_until_connected()

        assert client.store.renewals == 1
        until(lambda: node.asked == ["t0", "t0", "t1"])


def test_a_middleware_that_never_answers_is_given_up_and_asked_again(node: NodeServer) -> None:
    node.stall(on=True)
    with client_of(node.base_url, replace(QUICK, connect_seconds=0.5)) as client:
        client.socket.start()
        until(lambda: "did not accept" in client.socket.machine.reason)
        until(lambda: len(node.asked) >= 2)
        assert client.socket.machine.connections == 0

        node.stall(on=False)
        client.wait_until_connected()


@pytest.mark.parametrize("stalled", [True, False])
def test_closing_takes_less_than_a_second(node: NodeServer, *, stalled: bool) -> None:
    node.stall(on=stalled)
    with client_of(node.base_url) as client:
        client.socket.start()
        until(lambda: node.asked)
        began = time.monotonic()
        client.socket.close()

        assert time.monotonic() - began < 1.0


@pytest.fixture
def proxy() -> Iterator[ForwardProxy]:
    made = ForwardProxy()
    yield made
    made.close()


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy"])
def test_a_proxy_of_the_environment_is_not_used(
    node: NodeServer, proxy: ForwardProxy, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, proxy.url)
    for each in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(each, raising=False)
    with client_of(node.base_url) as client:
        client.socket.start()
        client.wait_until_connected()

    assert proxy.tunnels == []


def test_a_proxy_of_the_policy_is_used(node: NodeServer, proxy: ForwardProxy) -> None:
    rule = replace(QUICK, network=NetworkPolicy(proxy_url=proxy.url))
    with client_of(node.base_url, rule) as client:
        client.socket.start()
        client.wait_until_connected()
        node.wait_for_client()
        node.emit("after", "{}")

        assert client.next_event() == SocketEvent("after", "{}")
        assert proxy.tunnels == [f"CONNECT {node.base_url.removeprefix('http://')}"]
