"""The wire of the laboratory: replies of two connections reach their clients in another order than they were sent."""

import socket
import threading
from contextlib import closing

from tests.e2e.troubles import eventually
from tests.e2e.wire import Damage, Wire, faulty_proxy


def test_a_reply_is_overtaken_by_one_of_another_connection() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as server, faulty_proxy(server.getsockname()) as wire:
        clients = [socket.create_connection(("127.0.0.1", wire.port)) for _ in range(2)]
        heard: list[int] = []
        accepted = []
        for number, client in enumerate(clients):
            client.sendall(bytes([number]))
        for _ in clients:
            taken, _ = server.accept()
            accepted.append((taken.recv(1)[0], taken))
        accepted.sort(key=lambda pair: pair[0])
        wire.wire = Wire(Damage.REORDER)

        def hear(number: int) -> None:
            clients[number].recv(1)
            heard.append(number)

        readers = [threading.Thread(target=hear, args=(number,)) for number in range(2)]
        for reader in readers:
            reader.start()
        accepted[0][1].sendall(b"a")
        assert eventually(lambda: wire.holds_one)
        accepted[1][1].sendall(b"b")
        readers[1].join(5.0)
        overtaken = list(heard)
        readers[0].join(5.0)
        for each in (*clients, *(taken for _, taken in accepted)):
            each.close()

    assert (overtaken[0], sorted(heard)) == (1, [0, 1])
