"""The link speaks with Socket.IO servers that others wrote, of both generations."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Queue
from typing import Final

import pytest

from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.xts.stream.conversation import SocketEvent
from jainam_prop.adapters.xts.stream.link import Door, Ears, Link, LinkRule
from jainam_prop.domain.market_data.backoff import BackoffRule
from jainam_prop.domain.market_data.feed_health import LinkState
from tests.adapters.xts.stream.foreign_servers import (
    PATIENCE_MS,
    PING_MS,
    ForeignServer,
    node_server,
    python_server,
)

QUICK: Final = LinkRule(backoff=BackoffRule(first=0.05, longest=0.2), connect_seconds=5.0)
_WAIT: Final = 10.0


@pytest.fixture(params=[node_server, python_server], ids=["Socket.IO 2 of npm", "python-socketio 5"])
def server(request: pytest.FixtureRequest) -> Iterator[ForeignServer]:
    with request.param() as running:
        yield running


class Client:
    """A link with the events that it heard."""

    def __init__(self, door: Callable[[], Door | None]) -> None:
        self.events: Queue[SocketEvent] = Queue()
        self.connections: Queue[None] = Queue()
        ears = Ears(self.events.put, lambda: self.connections.put(None))
        self.link = Link("test", door, ears, SystemClock(), QUICK)

    def next_event(self) -> SocketEvent:
        return self.events.get(timeout=_WAIT)

    def wait_until_connected(self) -> None:
        self.connections.get(timeout=_WAIT)


@contextmanager
def connected(server: ForeignServer) -> Iterator[Client]:
    address = server.base_url.replace("http://", "ws://") + "/socket.io/?token=t0&userID=DEALER01"
    client = Client(lambda: Door(address, "t0"))
    client.link.start()
    try:
        client.wait_until_connected()
        server.wait_for_client()
        yield client
    finally:
        client.link.close()


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
        beats = 3 * (PING_MS + PATIENCE_MS) // 50
        server.beat("beat", 50)
        for _ in range(beats):
            client.next_event()

        assert client.link.connections == 1
        assert client.link.state is LinkState.CONNECTED


def test_a_dropped_connection_is_made_again_and_again(server: ForeignServer) -> None:
    with connected(server) as client:
        for _ in range(3):
            server.drop()
            client.wait_until_connected()
            server.wait_for_client()
        server.emit("after", "{}")

        assert client.next_event() == SocketEvent("after", "{}")
        assert client.link.connections == 4


def test_after_a_refusal_it_waits_for_another_token(server: ForeignServer) -> None:
    address = server.base_url.replace("http://", "ws://") + "/socket.io/?userID=DEALER01"
    tokens = ["dead"]
    asked: Queue[str] = Queue()

    def door() -> Door:
        asked.put(tokens[-1])
        return Door(address, tokens[-1])

    client = Client(door)
    client.link.start()
    try:
        client.wait_until_connected()
        server.wait_for_client()
        server.emit("error", '{"type":"error","code":"e-session-0007","description":"Invalid Token"}')
        for _ in range(4):  # it asks again and again, and does not connect with the same one
            assert asked.get(timeout=_WAIT) == "dead"
        assert client.link.connections == 1
        assert client.link.state is LinkState.REFUSED

        tokens.append("new")
        client.wait_until_connected()

        assert client.link.connections == 2
    finally:
        client.link.close()


def test_closing_ends_it_for_good(server: ForeignServer) -> None:
    with connected(server) as client:
        client.link.close()
        client.link.close()

        assert client.link.state is LinkState.CLOSED
