"""The server's HTTP: loopback only, connections kept alive, requests in pieces."""

import json
import socket
import threading
from typing import Final

import httpx
import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.sessions.session import AccountKind
from tests.adapters.simulator.http_client import QUICK, SECONDS, Caller

LOGIN_HEAD: Final = b"POST /interactive/user/session HTTP/1.1\r\nHost: 127.0.0.1\r\n"


def login(simulator: XtsSimulator) -> bytes:
    """Return the body of a login."""
    keys = simulator.credentials[AccountKind.PRO].interactive
    return json.dumps({"appKey": keys.key, "secretKey": keys.secret}).encode()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.7", "::"])  # noqa: S104 - what must be refused
def test_it_binds_to_loopback_only(host: str) -> None:
    with pytest.raises(ValueError, match="loopback addresses only"):
        XtsSimulator(SimulatorConfig(host=host, instruments=100))


def test_a_free_port_is_picked_and_shown(simulator: XtsSimulator) -> None:
    assert simulator.port > 0
    assert simulator.base_url == f"http://127.0.0.1:{simulator.port}"


def test_a_given_port_is_used_and_free_again_afterwards() -> None:
    with XtsSimulator(QUICK) as first:
        port = first.port
    with XtsSimulator(SimulatorConfig(port=port, instruments=300)) as second:
        assert second.port == port


def test_a_connection_serves_many_requests(simulator: XtsSimulator) -> None:
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=SECONDS) as connection:
        for _ in range(3):
            connection.sendall(b"GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
            assert connection.recv(65_536).startswith(b"HTTP/1.1 404 Not Found\r\n")


def test_a_request_may_come_in_pieces_and_two_in_one(simulator: XtsSimulator) -> None:
    body = login(simulator)
    request = LOGIN_HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=SECONDS) as connection:
        for piece in (request[:20], request[20:60], request[60:] + request):
            connection.sendall(piece)
        received = b""
        while received.count(b'"Valid User."') < 2:
            received += connection.recv(65_536)

    assert received.count(b"HTTP/1.1 200 OK") == 2


def test_a_head_request_is_answered_without_a_body(simulator: XtsSimulator) -> None:
    with httpx.Client(base_url=simulator.base_url, trust_env=False) as client:
        answers = [client.head("/nowhere"), client.get("/nowhere")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].content == b""
    assert answers[0].headers["content-length"] == str(len(answers[1].content))


def test_a_body_may_be_chunked_and_wait_for_100_continue(simulator: XtsSimulator) -> None:
    head, body = LOGIN_HEAD + b"Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n", login(simulator)
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=SECONDS) as connection:
        connection.sendall(head)
        interim = connection.recv(65_536)
        connection.sendall(b"8\r\n%s\r\n" % body[:8])
        connection.sendall(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body) - 8, body[8:]))
        final = connection.recv(65_536)

    assert interim.startswith(b"HTTP/1.1 100 ")
    assert final.startswith(b"HTTP/1.1 200 OK\r\n")
    assert [session.application for session in simulator.sessions.live()] == [INTERACTIVE]


def test_a_client_that_closes_its_connection_is_not_answered_twice(simulator: XtsSimulator) -> None:
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=SECONDS) as connection:
        connection.sendall(b"GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        received = b""
        while piece := connection.recv(65_536):
            received += piece

    assert received.count(b"HTTP/1.1 404 Not Found") == 1


def test_a_status_without_a_name_is_sent(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.faults.add(Fault(FaultKind.REFUSED, on="balance", status=599))

    assert dealer.get("/user/balance").status_code == 599


def test_what_is_no_http_ends_the_connection(simulator: XtsSimulator) -> None:
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=SECONDS) as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        assert connection.recv(100) == b""


def test_a_length_that_is_none_ends_the_connection(simulator: XtsSimulator) -> None:
    with socket.create_connection(("127.0.0.1", simulator.port), timeout=SECONDS) as connection:
        connection.sendall(LOGIN_HEAD + b"Content-Length: many\r\n\r\n")
        assert connection.recv(100) == b""


def test_many_clients_at_once_lose_no_order(simulator: XtsSimulator, dealer: Caller) -> None:
    def send(client: httpx.Client) -> None:
        for _ in range(25):
            client.post("/interactive/orders", json=body, headers={"Authorization": dealer.token})

    body = json.loads(dealer.place().request.content)
    clients = [httpx.Client(base_url=simulator.base_url, timeout=SECONDS) for _ in range(4)]
    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    for client in clients:
        client.close()

    orders = simulator.exchange.all_orders()
    assert len({order.order_id for order in orders}) == len(orders) == 101
    assert [line.net for line in simulator.exchange.positions().values()] == [1010]


def test_closing_leaves_no_thread_behind() -> None:
    before = set(threading.enumerate())
    simulator = XtsSimulator(QUICK).start()
    connection = socket.create_connection(("127.0.0.1", simulator.port), timeout=SECONDS)
    connection.sendall(b"GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    connection.recv(100)

    simulator.close()
    connection.close()

    assert set(threading.enumerate()) <= before


def test_a_simulator_that_was_never_started_can_be_closed() -> None:
    before = set(threading.enumerate())

    XtsSimulator(QUICK).close()

    assert set(threading.enumerate()) <= before
