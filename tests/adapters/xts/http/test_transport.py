"""Real sockets: what may have arrived is told from what cannot have, and no server holds a caller past its deadline."""

import gzip
import json
import logging
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from queue import Queue
from typing import Any, Final

import httpcore
import httpx
import pytest
from returns.pipeline import is_successful
from returns.result import Failure, Success

from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.xts.http.api import XtsApi
from jainam_prop.adapters.xts.http.books import XtsOrderBook
from jainam_prop.adapters.xts.http.client import XtsClient, XtsServer
from jainam_prop.adapters.xts.http.connections import Call, Connections, Patience, open_connections
from jainam_prop.adapters.xts.http.deadline import DeadlineBackend, ThreadDeadline
from jainam_prop.adapters.xts.http.httpx_client import open_client
from jainam_prop.adapters.xts.http.market_data import XtsMarketData
from jainam_prop.adapters.xts.http.orders import XtsOrderGateway
from jainam_prop.adapters.xts.http.outcomes import Lost
from jainam_prop.adapters.xts.network import NetworkPolicy
from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import NotSent, OutcomeUnknown, Unreadable
from jainam_prop.domain.orders.order import Product
from tests.adapters.xts.forward_proxy import ForwardProxy
from tests.adapters.xts.http.certificate import self_signed
from tests.adapters.xts.http.loopback import ACCEPTED, Connection, LoopbackServer, reply_head, unused_port
from tests.adapters.xts.http.sessions import PRO
from tests.domain.samples import SBIN, a_request

ORDER: Final = a_request(SBIN, product=Product.MIS, quantity=10, identifier="jp1")
BLINK: Final = 0.4
"""A deadline, in seconds, that is soon over."""
SLACK: Final = 1.5
"""How much later a caller may be back on a machine that is busy."""


@pytest.fixture
def connections() -> Iterator[Connections]:
    with open_connections(time.monotonic) as opened:
        yield opened


def gateway(connections: Connections, base_url: str) -> XtsOrderGateway:
    return XtsOrderGateway(XtsApi(XtsClient(connections, SystemClock()), XtsServer(base_url, JAINAM.layout)))


def order_book(connections: Connections, base_url: str) -> XtsOrderBook:
    client = XtsClient(connections, SystemClock(), retry_delays=())
    return XtsOrderBook(XtsApi(client, XtsServer(base_url, JAINAM.layout)))


def unknown(reason: str) -> Failure[OutcomeUnknown]:
    return Failure(OutcomeUnknown(reason, "jp1"))


def answer_all(peer: Connection) -> None:
    while peer.read_request():
        peer.answer()


def stay_silent(peer: Connection) -> None:
    peer.read_request()
    peer.stopped.wait()


def test_a_refused_connection_is_not_sent(connections: Connections) -> None:
    outcome = gateway(connections, f"http://127.0.0.1:{unused_port()}").place(PRO, ORDER, 2.0)

    assert outcome == Failure(NotSent("no connection"))


def test_a_name_that_nobody_knows_is_not_sent(connections: Connections) -> None:
    outcome = gateway(connections, "http://nowhere.invalid").place(PRO, ORDER, 2.0)

    assert outcome == Failure(NotSent("no connection"))


def test_a_call_without_time_left_is_not_sent(connections: Connections) -> None:
    with LoopbackServer(answer_all) as server:
        outcome = gateway(connections, server.base_url).place(PRO, ORDER, 0.0)

        assert outcome == Failure(NotSent("no time was left for the call"))
        assert server.connections == 0


def test_a_certificate_that_nobody_vouches_for_is_sent_nothing(connections: Connections, tmp_path: Path) -> None:
    with LoopbackServer(answer_all, self_signed(tmp_path)) as server:
        outcome = gateway(connections, server.base_url).place(PRO, ORDER, 2.0)

        assert outcome == Failure(NotSent("the server's certificate is not trusted"))
        assert server.requests == []


def test_certificates_go_unchecked_only_on_demand(tmp_path: Path) -> None:
    with (
        open_connections(time.monotonic, NetworkPolicy(verify=False)) as connections,
        LoopbackServer(answer_all, self_signed(tmp_path)) as server,
    ):
        assert gateway(connections, server.base_url).place(PRO, ORDER, 2.0) == Success("7")


def test_calls_go_through_the_proxy_of_the_policy_and_trust_its_certificates(tmp_path: Path) -> None:
    with closing(ForwardProxy()) as proxy, LoopbackServer(answer_all, self_signed(tmp_path)) as server:
        policy = NetworkPolicy(proxy_url=proxy.url, ca_file=tmp_path / "server.pem")
        with open_connections(time.monotonic, policy) as connections:
            assert gateway(connections, server.base_url).place(PRO, ORDER, 2.0) == Success("7")

        assert proxy.tunnels == [f"CONNECT {server.base_url.removeprefix('https://')}"]


def test_what_a_proxy_refuses_is_not_sent() -> None:
    def refuse(peer: Connection) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    with (
        LoopbackServer(refuse) as proxy,
        open_connections(time.monotonic, NetworkPolicy(proxy_url=proxy.base_url)) as connections,
    ):
        outcome = gateway(connections, "https://broker.example").place(PRO, ORDER, 2.0)

    assert outcome == Failure(NotSent("the proxy refused the connection"))


@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_not_used(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(ForwardProxy()) as proxy, LoopbackServer(answer_all, self_signed(tmp_path)) as server:
        monkeypatch.setenv(name, proxy.url)
        with open_connections(time.monotonic, NetworkPolicy(ca_file=tmp_path / "server.pem")) as connections:
            assert gateway(connections, server.base_url).place(PRO, ORDER, 2.0) == Success("7")

        assert proxy.tunnels == []


def test_a_silent_handshake_ends_with_the_deadline(connections: Connections) -> None:
    with LoopbackServer(stay_silent) as server:
        address = server.base_url.replace("http://", "https://")

        assert gateway(connections, address).place(PRO, ORDER, BLINK) == Failure(NotSent("no connection in time"))


def test_a_reset_after_the_order_was_read_is_of_unknown_outcome(connections: Connections) -> None:
    def take_and_reset(peer: Connection) -> None:
        peer.read_request()
        peer.reset()

    with LoopbackServer(take_and_reset) as server:
        assert gateway(connections, server.base_url).place(PRO, ORDER, 2.0) == unknown("the connection broke")
        assert len(server.requests) == 1


def take_and_close(peer: Connection) -> None:
    peer.read_request()


def test_a_connection_closed_without_a_reply_is_of_unknown_outcome(connections: Connections) -> None:
    with LoopbackServer(take_and_close) as server:
        assert gateway(connections, server.base_url).place(PRO, ORDER, 2.0) == unknown("the connection broke")


def test_a_reply_cut_off_in_its_body_is_of_unknown_outcome(connections: Connections) -> None:
    def cut_off(peer: Connection) -> None:
        peer.read_request()
        peer.send(reply_head(len(ACCEPTED)) + ACCEPTED[:20])

    with LoopbackServer(cut_off) as server:
        assert gateway(connections, server.base_url).place(PRO, ORDER, 2.0) == unknown("the connection broke")


def drip_the_headers(peer: Connection) -> None:
    peer.read_request()
    peer.drip(reply_head(len(ACCEPTED)) + ACCEPTED, every_seconds=0.05)


def drip_the_body(peer: Connection) -> None:
    peer.read_request()
    peer.send(reply_head(len(ACCEPTED)))
    peer.drip(ACCEPTED, every_seconds=0.05)


@pytest.mark.parametrize("script", [stay_silent, drip_the_headers, drip_the_body])
def test_no_server_holds_a_caller_past_the_deadline(connections: Connections, script: object) -> None:
    with LoopbackServer(script) as server:  # type: ignore[arg-type]
        started = time.monotonic()
        placed = gateway(connections, server.base_url).place(PRO, ORDER, BLINK)
        read = order_book(connections, server.base_url).orders(PRO, BLINK)

        assert time.monotonic() - started < 2 * BLINK + SLACK
        assert placed == unknown("no answer in time")
        assert read == Failure(Unreadable("no answer in time"))


def test_a_drip_that_ends_in_time_is_an_answer(connections: Connections) -> None:
    def drip_fast(peer: Connection) -> None:
        peer.read_request()
        peer.drip(reply_head(len(ACCEPTED)) + ACCEPTED, every_seconds=0.0)

    with LoopbackServer(drip_fast) as server:
        assert gateway(connections, server.base_url).place(PRO, ORDER, 5.0) == Success("7")


def test_the_connection_of_a_call_that_was_given_up_is_cut_so_that_nothing_leaves_later() -> None:
    ended: Queue[tuple[str, bool]] = Queue()

    def silent_once(peer: Connection) -> None:
        if peer.read_request() and len(server.requests) == 1:
            ended.put(("given up", peer.is_reset()))
        else:
            peer.answer()
            ended.put(("answered", peer.is_reset()))

    with LoopbackServer(silent_once) as server, open_connections(time.monotonic) as connections:
        outcomes = [gateway(connections, server.base_url).place(PRO, ORDER, BLINK) for _ in range(2)]
        connections.close()
        was_cut = dict(ended.get(timeout=10) for _ in outcomes)

    assert [is_successful(outcome) for outcome in outcomes] == [False, True]
    assert was_cut == {"given up": True, "answered": False}


class ClosedMeanwhile(DeadlineBackend):
    """Sockets whose owner is closed while one is being opened."""

    owner: Connections

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect, and close the owner before the connection is known to its pool."""
        stream = super().connect_tcp(host, port, timeout, local_address, socket_options)
        self.owner.close()
        return stream


def test_a_connection_that_was_being_opened_at_the_close_is_closed_after_its_reply() -> None:
    deadline = ThreadDeadline(time.monotonic)
    sockets = ClosedMeanwhile(deadline)
    sockets.owner = Connections(lambda _name, _scheme: httpcore.ConnectionPool(network_backend=sockets), deadline)

    with LoopbackServer(answer_all) as server:
        patience = Patience(1.0, 1.0, Deadline(time.monotonic() + 5.0))
        answer = sockets.owner.send(Call("GET", server.base_url), patience)

        assert (answer.status, server.closed.acquire(timeout=5)) == (200, True)


def test_connections_are_kept_alive(connections: Connections) -> None:
    with LoopbackServer(answer_all) as server:
        desk = gateway(connections, server.base_url)

        assert [desk.place(PRO, ORDER, 5.0) for _ in range(5)] == [Success("7")] * 5
        assert (server.connections, len(server.requests)) == (1, 5)


def test_a_connection_the_server_dropped_while_idle_is_not_used_again(connections: Connections) -> None:
    def answer_once(peer: Connection) -> None:
        peer.read_request()
        peer.answer()

    with LoopbackServer(answer_once) as server:
        desk = gateway(connections, server.base_url)

        assert desk.place(PRO, ORDER, 5.0) == Success("7")
        assert server.closed.acquire(timeout=5)
        assert desk.place(PRO, ORDER, 5.0) == Success("7")
        assert server.connections == 2


def test_a_connection_is_idle_for_less_than_the_server_waits() -> None:
    with open_connections(time.monotonic, keepalive_seconds=0.0) as connections, LoopbackServer(answer_all) as server:
        desk = gateway(connections, server.base_url)

        assert [desk.place(PRO, ORDER, 5.0) for _ in range(2)] == [Success("7")] * 2
        assert server.connections == 2


def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused_port()}")

    with open_connections(time.monotonic) as connections, LoopbackServer(answer_all) as server:
        assert gateway(connections, server.base_url).place(PRO, ORDER, 5.0) == Success("7")


def test_logs_name_neither_clients_nor_tokens(connections: Connections, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    with LoopbackServer(answer_all) as server:
        gateway(connections, server.base_url).cancel(PRO, "1110045781", 5.0)
        order_book(connections, server.base_url).orders(PRO, 5.0)

        assert f"DELETE {server.base_url}/interactive/orders: 200" in caplog.messages
    for hidden in (PRO.interactive_token, "clientID", "1110045781", "%2A%2A", "*****"):
        assert hidden not in caplog.text


def test_a_client_of_httpx_over_the_connections_logs_no_query_and_leaves_the_logs_of_others_as_they_are(
    connections: Connections, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    with (
        LoopbackServer(answer_all) as server,
        open_client(connections) as http,
        httpx.Client(trust_env=False) as other,
    ):
        http.get(server.base_url, params={"clientID": "*****"})
        other.get(server.base_url, params={"page": "2"})

        assert [record.getMessage().split('"')[0] for record in caplog.records] == [
            f"HTTP Request: GET {server.base_url} ",
            f"HTTP Request: GET {server.base_url}?page=2 ",
        ]


def test_a_closed_client_leaves_nothing_behind_in_the_logs(connections: Connections) -> None:
    before = list(logging.getLogger("httpx").filters)

    open_client(connections).close()

    assert logging.getLogger("httpx").filters == before


def test_a_request_leaves_in_one_piece(connections: Connections) -> None:
    pieces: list[bytes] = []

    def note_the_first_piece(peer: Connection) -> None:
        pieces.append(peer.receive())
        peer.answer()

    with LoopbackServer(note_the_first_piece) as server:
        assert gateway(connections, server.base_url).place(PRO, ORDER, 5.0) == Success("7")

    head, _, body = pieces[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /interactive/orders HTTP/1.1\r\nHost: 127.0.0.1:")
    assert json.loads(body)["orderUniqueIdentifier"] == "jp1"


def test_a_server_that_closes_while_a_long_request_is_written_may_have_taken_it(connections: Connections) -> None:
    def take_the_head_and_refuse(peer: Connection) -> None:
        peer.receive()
        peer.send(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        peer.reset()

    with LoopbackServer(take_the_head_and_refuse) as server:
        client = XtsClient(connections, SystemClock())
        call = Call("POST", f"{server.base_url}/orders", body=b" " * 30_000_000)

        assert isinstance(client.exchange(call, client.deadline(5.0)), Lost)


def test_packed_answers_are_unpacked(connections: Connections) -> None:
    def answer_packed(peer: Connection) -> None:
        peer.read_request()
        packed = gzip.compress(ACCEPTED)
        peer.send(reply_head(len(packed)).replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n") + packed)

    with LoopbackServer(answer_packed) as server:
        assert gateway(connections, server.base_url).place(PRO, ORDER, 5.0) == Success("7")


def test_an_answer_that_cannot_be_unpacked_is_of_unknown_outcome(connections: Connections) -> None:
    def answer_garbage(peer: Connection) -> None:
        peer.read_request()
        head = reply_head(len(ACCEPTED)).replace(b"\r\n\r\n", b"\r\nContent-Encoding: gzip\r\n\r\n")
        peer.send(head + ACCEPTED)

    with LoopbackServer(answer_garbage) as server:
        assert gateway(connections, server.base_url).place(PRO, ORDER, 5.0) == unknown("the answer cannot be unpacked")


def test_nothing_is_sent_once_the_connections_are_closed() -> None:
    with LoopbackServer(answer_all) as server:
        connections = open_connections(time.monotonic)
        connections.close()

        assert gateway(connections, server.base_url).place(PRO, ORDER, 5.0) == Failure(NotSent("no connection"))
        assert server.connections == 0


def test_an_order_under_way_when_the_connections_close_is_of_unknown_outcome_and_the_book_unreadable() -> None:
    connections = open_connections(time.monotonic)

    def close_meanwhile(peer: Connection) -> None:
        peer.read_request()
        connections.close()
        peer.reset()

    with LoopbackServer(close_meanwhile) as server:
        assert gateway(connections, server.base_url).place(PRO, ORDER, 5.0) == unknown("the connection broke")
        assert order_book(connections, server.base_url).orders(PRO, 5.0) == Failure(NotSent("no connection"))


def test_a_reply_without_an_end_is_cut_off(connections: Connections) -> None:
    def answer_for_ever(peer: Connection) -> None:
        peer.read_request()
        peer.send(reply_head(1 << 40))
        while peer.send(b" " * 65_536):
            pass

    with LoopbackServer(answer_for_ever) as server:
        assert gateway(connections, server.base_url).place(PRO, ORDER, 20.0) == unknown("the answer is too long")


def test_quotes_that_hang_leave_books_and_orders_their_connections(connections: Connections) -> None:
    """A hundred callers wait for quotes; an order is placed and the book read meanwhile."""
    waiting = threading.Semaphore(0)

    def hang_on_quotes(peer: Connection) -> None:
        while request := peer.read_request():
            if b"/quotes" in request:
                waiting.release()
                peer.stopped.wait()
                return
            peer.answer(ACCEPTED if request.startswith(b"POST") else b'{"type":"success","result":[]}')

    with LoopbackServer(hang_on_quotes) as server, ThreadPoolExecutor(100) as callers:
        api = XtsApi(XtsClient(connections, SystemClock(), retry_delays=()), XtsServer(server.base_url, JAINAM.layout))
        asked = [callers.submit(XtsMarketData(api).quotes, PRO, [SBIN.key], 3.0) for _ in range(100)]
        for _ in range(32):
            assert waiting.acquire(timeout=10)

        assert XtsOrderGateway(api).place(PRO, ORDER, 2.0) == Success("7")
        assert XtsOrderBook(api).orders(PRO, 2.0) == Success(())
        assert not any(each.done() for each in asked)
        assert all(isinstance(each.result().failure(), Unreadable | NotSent) for each in asked)


def test_entries_that_hang_leave_exits_and_cancels_their_connections(connections: Connections) -> None:
    waiting = threading.Semaphore(0)

    def hang_on_entries(peer: Connection) -> None:
        while request := peer.read_request():
            if b"jpentry" in request:
                waiting.release()
                peer.stopped.wait()
                return
            peer.answer(ACCEPTED)

    with LoopbackServer(hang_on_entries) as server, ThreadPoolExecutor(80) as callers:
        placing = gateway(connections, server.base_url)
        entry = replace(ORDER, identifier="jpentry")
        sent = [callers.submit(placing.place, PRO, entry, 3.0) for _ in range(80)]
        for _ in range(64):
            assert waiting.acquire(timeout=10)

        assert placing.place(PRO, ORDER, 2.0, exits=True) == Success("7")
        assert placing.cancel(PRO, "7", 2.0) == Success("7")
        assert not any(each.done() for each in sent)
        assert all(isinstance(each.result().failure(), OutcomeUnknown | NotSent) for each in sent)
