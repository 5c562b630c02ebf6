"""The wire of the laboratory: replies of two connections reach their clients in another order than they were sent."""

import socket
from contextlib import closing

import pytest

from tests.e2e.troubles import eventually
from tests.e2e.wire import Damage, Wire, faulty_proxy


def test_a_reply_is_overtaken_by_one_of_another_connection() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server, faulty_proxy(server.getsockname()) as wire:
        clients = [socket.create_connection(("127.0.0.1", wire.port)) for _ in range(2)]
        accepted = []
        for number, client in enumerate(clients):
            client.sendall(bytes([number]))
        for _ in clients:
            taken, _ = server.accept()
            accepted.append((taken.recv(1)[0], taken))
        accepted.sort(key=lambda pair: pair[0])
        wire.wire = Wire(Damage.REORDER)

        accepted[0][1].sendall(b"a")
        assert eventually(lambda: wire.holds_one)
        clients[0].settimeout(0.0)
        with pytest.raises(BlockingIOError):
            clients[0].recv(1)
        accepted[1][1].sendall(b"b")
        for client in clients:
            client.settimeout(30.0)
        heard = (clients[1].recv(1), clients[0].recv(1))
        for each in (*clients, *(taken for _, taken in accepted)):
            each.close()

    assert heard == (b"b", b"a")
