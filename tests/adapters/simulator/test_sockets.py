"""The life of a socket: handshake, pings, tokens, drops and silence."""

import json
import socket
import struct
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import httpx
import pytest
import websocket
from websocket import ABNF

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE, MARKET
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.adapters.simulator.sockets.connections import DropKind
from tests.adapters.simulator.http_client import QUICK, SECONDS, Caller
from tests.adapters.simulator.socket_client import SocketClient

IMPATIENT: Final = replace(QUICK, ping_interval=0.05, ping_timeout=0.05)
REFUSED: Final = (
    '42["error","{\\"type\\":\\"error\\",\\"code\\":\\"e-session-0007\\",\\"description\\":\\"Invalid Token\\"}"]'
)
GONE: Final = (
    '42["logout","{\\"type\\":\\"success\\",\\"code\\":\\"s-user-0001\\",\\"description\\":\\"User logged out\\"}"]'
)


@pytest.fixture
def orders(simulator: XtsSimulator, dealer: Caller) -> Iterator[SocketClient]:
    with SocketClient.orders(simulator, dealer) as client:
        yield client


@pytest.mark.parametrize("root", ["interactive", "apimarketdata", "apibinarymarketdata"])
@pytest.mark.parametrize("version", ["3", "4"])
def test_every_application_speaks_engine_io_3_whatever_it_is_asked(
    simulator: XtsSimulator, dealer: Caller, root: str, version: str
) -> None:
    token = dealer.token if root == "interactive" else dealer.market_token
    with SocketClient(simulator, root, token, EIO=version) as client:
        hello, connected = client.hello
        greeting = client.event()

    opened = json.loads(str(hello)[1:])
    assert (str(hello)[0], opened) == (
        "0", {"sid": opened["sid"], "upgrades": [], "pingInterval": 20_000, "pingTimeout": 60_000},
    )  # fmt: skip
    assert connected == "40"
    assert (greeting.name, greeting.body) == (
        "joined",
        {
            "type": "success",
            "code": "s-socket-0001",
            "description": f"Socket joined successfully! SocketId={opened['sid']}",
        },
    )


def test_a_ping_is_answered_and_foreign_events_are_ignored(orders: SocketClient) -> None:
    for sent in ('42["join","whoever"]', "2", "2probe"):
        orders.socket.send(sent)

    assert [orders.frame(), orders.frame()] == ["3", "3probe"]


def test_a_websocket_ping_is_answered(orders: SocketClient) -> None:
    orders.socket.ping("there?")

    assert orders.socket.recv_frame().data == b"there?"


def test_a_message_in_fragments_is_joined_around_a_ping(orders: SocketClient) -> None:
    for opcode, text, is_last in (
        (ABNF.OPCODE_TEXT, "2pro", 0), (ABNF.OPCODE_PING, "there?", 1), (ABNF.OPCODE_CONT, "be", 1),
    ):  # fmt: skip
        orders.socket.send_frame(ABNF.create_frame(text, opcode, is_last))

    answers = [orders.socket.recv_frame() for _ in range(2)]
    assert [(frame.opcode, frame.data) for frame in answers] == [
        (ABNF.OPCODE_PONG, b"there?"), (ABNF.OPCODE_TEXT, b"3probe"),
    ]  # fmt: skip


@pytest.mark.parametrize("status", [1000, 1001, None])
def test_a_close_is_answered_with_its_status(simulator: XtsSimulator, orders: SocketClient, status: int | None) -> None:
    payload = b"" if status is None else struct.pack("!H", status)
    orders.socket.send_frame(ABNF.create_frame(payload, ABNF.OPCODE_CLOSE, 1))

    answer = orders.socket.recv_frame()
    assert (answer.opcode, answer.data) == (ABNF.OPCODE_CLOSE, payload)
    assert simulator.sockets.wait_connected(0, SECONDS)


@pytest.mark.parametrize("farewell", ["1", "41"])
def test_a_client_that_leaves_is_let_go(simulator: XtsSimulator, orders: SocketClient, farewell: str) -> None:
    orders.socket.send(farewell)

    assert orders.rest() == []
    assert simulator.sockets.wait_connected(0, SECONDS)


def test_a_client_that_speaks_no_websocket_is_closed_with_1002(orders: SocketClient) -> None:
    orders.socket.sock.sendall(b"\x01\x02 nonsense")

    closing = orders.socket.recv_frame()
    assert (closing.opcode, closing.data) == (8, b"\x03\xea")


def test_who_does_not_ping_is_dropped() -> None:
    with (
        XtsSimulator(IMPATIENT) as simulator,
        Caller(simulator) as dealer,
        SocketClient.orders(simulator, dealer) as client,
    ):
        assert client.rest() == []
        assert simulator.sockets.wait_connected(0, SECONDS)


def test_who_pings_stays_for_longer_than_the_timeout() -> None:
    with (
        XtsSimulator(replace(QUICK, ping_interval=0.5, ping_timeout=1.0)) as simulator,
        Caller(simulator) as dealer,
        SocketClient.orders(simulator, dealer) as client,
    ):
        answers = []
        for _ in range(4):
            client.socket.settimeout(0.4)
            with pytest.raises(websocket.WebSocketTimeoutException):
                client.frame()
            client.socket.send("2")
            client.socket.settimeout(SECONDS)
            answers.append(client.frame())

        assert (answers, simulator.sockets.connected()) == (["3"] * 4, 1)


@pytest.mark.parametrize("token", ["", "not-a-token"])
def test_a_bad_token_hears_an_error_and_is_disconnected(simulator: XtsSimulator, token: str) -> None:
    with SocketClient(simulator, "interactive", token) as client:
        assert client.rest() == [REFUSED, "41"]
    assert simulator.sockets.joins == 0


def test_a_token_of_the_other_application_is_a_bad_one(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient(simulator, "apimarketdata", dealer.token) as client:
        assert client.rest() == [REFUSED, "41"]


def test_logout_ends_the_sockets_of_the_session(simulator: XtsSimulator, dealer: Caller, orders: SocketClient) -> None:
    with SocketClient.market(simulator, dealer) as market:
        dealer.delete("/user/session")

        assert orders.rest() == [GONE, "41"]
        assert simulator.sockets.wait_connected(1, SECONDS)
        assert simulator.sockets.connected("market") == 1
        simulator.sockets.send_raw("42still here", "market")
        assert market.frame() == "42still here"


def test_a_new_login_with_the_same_key_ends_the_sockets_of_the_old_one(dealer: Caller, orders: SocketClient) -> None:
    keys = dealer.login.interactive
    dealer.log_in("/interactive/user/session", keys.key, keys.secret)

    assert orders.rest() == [GONE, "41"]


def test_long_polling_is_refused_as_engine_io_does(simulator: XtsSimulator) -> None:
    reply = httpx.get(f"{simulator.base_url}/interactive/socket.io/?EIO=3&transport=polling&token=t", timeout=SECONDS)

    assert (reply.status_code, reply.json()) == (400, {"code": 0, "message": "Transport unknown"})


def test_an_application_that_is_not_there_has_no_socket() -> None:
    only = replace(QUICK, market_roots=("apimarketdata",))
    refused = pytest.raises(websocket.WebSocketBadStatusException, match="404")
    with XtsSimulator(only) as simulator, Caller(simulator) as dealer, refused:
        SocketClient(simulator, "apibinarymarketdata", dealer.market_token)


@pytest.mark.parametrize(
    ("how", "last"), [(DropKind.RESET, []), (DropKind.END, []), (DropKind.CLOSE, []), (DropKind.DISCONNECT, ["41"])]
)
def test_a_socket_is_dropped_in_four_ways(
    simulator: XtsSimulator, orders: SocketClient, how: DropKind, last: list[str]
) -> None:
    dropped = simulator.sockets.drop(how)

    assert (dropped, simulator.sockets.connected()) == (1, 0)
    assert orders.rest() == last


def test_a_reset_is_one(simulator: XtsSimulator, orders: SocketClient) -> None:
    simulator.sockets.drop(DropKind.RESET)

    with pytest.raises(ConnectionResetError):
        orders.socket.sock.recv(1)


def test_reconnecting_counts_as_another_join(simulator: XtsSimulator, dealer: Caller, orders: SocketClient) -> None:
    simulator.sockets.drop()
    orders.rest()
    with SocketClient.orders(simulator, dealer):
        assert simulator.sockets.wait_joins(2, SECONDS)
        assert simulator.sockets.wait_connected(1, SECONDS)


def test_waiting_for_what_does_not_come_ends(simulator: XtsSimulator) -> None:
    assert not simulator.sockets.wait_connected(1, 0)
    assert not simulator.sockets.wait_joins(1, 0)


def test_a_silent_socket_stands_but_answers_nothing_until_it_is_dropped() -> None:
    with (
        XtsSimulator(IMPATIENT) as simulator,
        Caller(simulator) as dealer,
        SocketClient.orders(simulator, dealer) as client,
    ):
        assert simulator.sockets.go_silent("market") == 0
        assert simulator.sockets.go_silent("interactive") == 1
        client.socket.send("2")
        dealer.place()
        dealer.delete("/user/session")
        client.socket.settimeout(0.3)  # longer than the server's patience with those who do not ping
        with pytest.raises(websocket.WebSocketTimeoutException):
            client.frame()

        simulator.sockets.drop()
        client.socket.settimeout(SECONDS)
        assert client.rest() == []


def test_what_is_sent_raw_arrives_as_it_is(simulator: XtsSimulator, orders: SocketClient) -> None:
    assert simulator.sockets.send_raw("42[not json") == 1
    assert simulator.sockets.send_raw(b"\x04\x00") == 1

    assert [orders.frame(), orders.frame()] == ["42[not json", b"\x04\x00"]


def test_a_slow_reader_is_dropped_and_nobody_waits_for_him() -> None:
    short = replace(QUICK, socket_queue=5)
    with XtsSimulator(short) as simulator, Caller(simulator) as dealer, SocketClient.orders(simulator, dealer):
        while simulator.sockets.send_raw(b"x" * 1_000_000):
            pass
        assert simulator.sockets.wait_connected(0, SECONDS)
        assert dealer.place().json()["type"] == "success"


def test_faults_strike_at_the_door(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.faults.add(Fault(FaultKind.SOCKET_DROPPED, on="connect"))
    with pytest.raises(ConnectionResetError):
        SocketClient.orders(simulator, dealer)
    with SocketClient.orders(simulator, dealer):
        assert simulator.sockets.joins == 1


def test_a_fault_silences_a_socket_from_an_event_on(
    simulator: XtsSimulator, dealer: Caller, orders: SocketClient
) -> None:
    simulator.faults.add(Fault(FaultKind.SOCKET_SILENT, on="trade"))
    dealer.place()
    simulator.sockets.drop(DropKind.DISCONNECT)

    names = [json.loads(str(frame)[2:])[0] for frame in orders.rest() if str(frame).startswith("42")]
    assert names == ["order", "order", "order"]


def test_sockets_of_one_application_are_dropped_and_silenced(
    simulator: XtsSimulator, dealer: Caller, orders: SocketClient
) -> None:
    assert [simulator.sockets.connected(application) for application in (INTERACTIVE, MARKET)] == [1, 0]
    assert simulator.sockets.go_silent(MARKET) == 0
    assert simulator.sockets.drop(DropKind.DISCONNECT) == 1
    assert orders.rest() == ["41"]
    assert dealer.place().status_code == 200


def test_closing_the_server_ends_every_thread_whatever_its_sockets_do() -> None:
    before = set(threading.enumerate())
    simulator = XtsSimulator(QUICK).start()
    with Caller(simulator) as dealer, SocketClient.orders(simulator, dealer), SocketClient.orders(simulator, dealer):
        raw = socket.create_connection(("127.0.0.1", simulator.port), timeout=SECONDS)
        raw.sendall(b"GET /interactive/socket.io/ HTTP/1.1\r\nUpgrade: websocket\r\n")
        simulator.sockets.go_silent()
        simulator.close()
        raw.close()

    assert set(threading.enumerate()) <= before
