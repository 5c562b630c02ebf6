"""A door on the loopback interface before a server, which can be shut: then connections are refused.

It can also write answers anew, for what no rehearsal exchange would ever say.
"""

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, Self

_HEAD_END: Final = b"\r\n\r\n"
_CHUNK: Final = 65_536


class Gate:
    """Passes requests on to a port of this machine while it is open; use it as a context manager."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._address: tuple[str, int] = self._listener.getsockname()[:2]
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._connections: set[socket.socket] = set()
        self._last: bytes | None = None
        self._edits: list[tuple[bytes, Callable[[Any], Any]]] = []

    def rewrite(self, path: str, edit: Callable[[Any], Any]) -> None:
        """Let every later answer to a request whose first line holds a text have another ``result``."""
        self._edits.append((path.encode(), edit))

    @property
    def base_url(self) -> str:
        """Where it listens."""
        return f"http://{self._address[0]}:{self._address[1]}"

    def open(self) -> None:
        """Let everybody in again, at the same address."""
        self._listener = socket.create_server(self._address)
        self._start(self._accept)

    def shut(self) -> None:
        """End every connection and refuse new ones."""
        with self._lock:
            doomed, self._connections = {self._listener, *self._connections}, set()
        for each in doomed:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def shut_with_answer_to(self, path: str) -> None:
        """Shut with the next answer to a request whose first line holds a text: the last thing that comes through."""
        self._last = path.encode()

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.shut()
        for thread in self._threads:
            thread.join()

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        listener = self._listener
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                self._start(lambda client=client: self._serve(client))  # type: ignore[misc]

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client, socket.create_connection(self._target) as server:
            with self._lock:
                self._connections |= {client, server}
            while request := _message(client):
                server.sendall(request)
                answer = self._edited(request.partition(b"\r\n")[0], _message(server))
                if self._last is not None and self._last in request.partition(b"\r\n")[0]:
                    self._last = None
                    self._shut_but_for(client)
                    client.sendall(answer.replace(_HEAD_END, b"\r\nConnection: close" + _HEAD_END, 1))
                    return
                client.sendall(answer)
                if answer.startswith(b"HTTP/1.1 101 "):
                    self._start(lambda: _pass_on(server, client))
                    _pass_on(client, server)
                    return

    def _edited(self, first_line: bytes, answer: bytes) -> bytes:
        edits = [edit for path, edit in self._edits if path in first_line]
        head, _, body = answer.partition(_HEAD_END)
        if not edits or not body.startswith(b"{"):
            return answer
        said = json.loads(body)
        for edit in edits:
            said["result"] = edit(said.get("result"))
        written = json.dumps(said).encode()
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length:")]
        return b"\r\n".join([*lines, b"Content-Length: %d" % len(written)]) + _HEAD_END + written

    def _shut_but_for(self, client: socket.socket) -> None:
        with self._lock:
            self._connections.discard(client)
        self.shut()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    """Pass bytes on as they come, until either side ends."""
    with suppress(OSError):
        while part := source.recv(_CHUNK):
            target.sendall(part)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


def _message(stream: socket.socket) -> bytes:
    """Read one HTTP message, whose head tells its length; empty when the other side has closed."""
    received = b""
    while _HEAD_END not in received or len(received) < _length(received):
        part = stream.recv(_CHUNK)
        if not part:
            return b""
        received += part
    return received


def _length(message: bytes) -> int:
    """Return the length of a message of which at least the head is here."""
    head, _, _ = message.partition(_HEAD_END)
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return len(head) + len(_HEAD_END) + int(value)
    return len(head) + len(_HEAD_END)
