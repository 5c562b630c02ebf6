"""A server of raw bytes on the loopback interface."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress


class Listener:
    """Calls a function for each client, in a thread of its own; the client is closed after it."""

    def __init__(self, meet: Callable[[socket.socket], None]) -> None:
        self._meet = meet
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Refuse new clients; without the shutdown, the thread in ``accept`` would keep the port open."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            self._meet(client)


def read_head(client: socket.socket) -> bytes:
    """Read to the end of a request's head; a client that goes before is a ``ConnectionError``."""
    head = b""
    while b"\r\n\r\n" not in head:
        piece = client.recv(4096)
        if not piece:
            raise ConnectionResetError
        head += piece
    return head
