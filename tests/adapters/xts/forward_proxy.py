"""An HTTP proxy that tunnels with CONNECT, as companies have one."""

import socket
import threading
from contextlib import suppress

from tests.listener import Listener, read_head


class ForwardProxy:
    """An HTTP proxy that tunnels with CONNECT and notes for whom."""

    def __init__(self) -> None:
        self.tunnels: list[str] = []
        self._listener = Listener(self._tunnel)
        self.url = f"http://127.0.0.1:{self._listener.port}"
        self.close = self._listener.close

    def _tunnel(self, client: socket.socket) -> None:
        method, target, *_ = read_head(client).split(b" ")
        self.tunnels.append(f"{method.decode()} {target.decode()}")
        host, _, port = target.decode().rpartition(":")
        with socket.create_connection((host, int(port))) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_copy, args=(server, client), daemon=True)
            back.start()
            _copy(client, server)
            back.join()


def _copy(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
