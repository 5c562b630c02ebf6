"""A broker that is not to be trusted: an HTTP proxy before the simulator that answers some calls with anything."""

import http.client
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import urlsplit

_HOP: Final = frozenset({"connection", "content-length", "transfer-encoding", "host"})

Rewrite = Callable[[bytes], Iterable[bytes]]
"""From a true body to the bytes of a whole reply, head included."""


class HostileBroker:
    """Answers as the broker behind it does, but for calls whose method and end of path are in ``replies``."""

    def __init__(self, broker: str) -> None:
        self.replies: dict[tuple[str, str], Rewrite] = {}
        self.texts: Callable[[bytes], bytes] = lambda body: body
        self._broker = urlsplit(broker)
        self.closing = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def handle_one_request(self) -> None:
                self.raw_requestline = self.rfile.readline(65_537)
                if self.raw_requestline and self.parse_request():
                    outer.answer(self)
                self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
                """Keep quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.base_url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def answer(self, asked: BaseHTTPRequestHandler) -> None:
        """Ask the broker, and send what is to be sent."""
        size = int(asked.headers.get("Content-Length", 0))
        body = asked.rfile.read(size)
        headers = {name: value for name, value in asked.headers.items() if name.lower() not in _HOP}
        headers["Accept-Encoding"] = "identity"
        broker = http.client.HTTPConnection(self._broker.hostname or "", self._broker.port or 80, timeout=30)
        try:
            broker.request(asked.command, asked.path, body, headers)
            reply = broker.getresponse()
            content = reply.read()
        finally:
            broker.close()
        path = urlsplit(asked.path).path
        rewrite = next(
            (made for (method, end), made in self.replies.items() if self._is(asked, path, method, end)), None
        )
        pieces = whole(self.texts(content), reply.status) if rewrite is None else rewrite(content)
        with suppress(OSError):  # the client has had enough
            for piece in pieces:
                if self.closing.is_set():
                    return
                asked.wfile.write(piece)

    @staticmethod
    def _is(asked: BaseHTTPRequestHandler, path: str, method: str, end: str) -> bool:
        return asked.command == method and path.endswith(end)

    def close(self) -> None:
        """End every reply that goes on."""
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def hostile_broker(broker: str) -> Iterator[HostileBroker]:
    """Put a hostile broker before a true one."""
    made = HostileBroker(broker)
    try:
        yield made
    finally:
        made.close()


def whole(body: bytes, status: int = 200, *headers: str) -> list[bytes]:
    """Return a reply of known length."""
    lines = [f"HTTP/1.1 {status} X", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return ["\r\n".join([*lines, "Connection: close", "", ""]).encode(), body]


def chunked(pieces: Iterable[bytes], *headers: str) -> Iterator[bytes]:
    """Return a reply in chunks, which may never end."""
    lines = ["HTTP/1.1 200 X", "Content-Type: application/json", "Transfer-Encoding: chunked", *headers, "", ""]
    yield "\r\n".join(lines).encode()
    for piece in pieces:
        yield b"%x\r\n%b\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"
