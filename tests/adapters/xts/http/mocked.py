"""Connections that lead to a function instead of a server; everything above the sockets is the real thing."""

from collections.abc import Callable
from typing import TypeAlias

import httpcore
import httpx

from jainam_prop.adapters.xts.http.connections import Connections
from jainam_prop.adapters.xts.http.deadline import ThreadDeadline
from tests.fakes.clock import FakeClock

Handler: TypeAlias = Callable[[httpx.Request], httpx.Response]


class HandlerPool:
    """Hands each request to a function in httpx's words, which are easier to read; what it raises is what happens."""

    def __init__(self, handler: Handler, deadline: ThreadDeadline) -> None:
        self._handler = handler
        self._deadline = deadline

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        url = request.url
        netloc = url.host if url.port is None else b"%s:%d" % (url.host, url.port)
        asked = httpx.Request(
            request.method.decode(),
            f"{url.scheme.decode()}://{netloc.decode()}{url.target.decode()}",
            headers=request.headers,
            content=b"".join(request.stream),  # type: ignore[arg-type]
            extensions={**request.extensions, "deadline": self._deadline.at},
        )
        try:
            answer = self._handler(asked)
        except httpx.TransportError as error:
            raise getattr(httpcore, type(error).__name__)(str(error)) from error
        packed = b"".join(answer.stream)  # type: ignore[arg-type]
        return httpcore.Response(answer.status_code, headers=answer.headers.raw, content=packed)

    def close(self) -> None:
        pass


def connections_to(handler: Handler) -> Connections:
    """Return connections at whose other end is a function."""
    deadline = ThreadDeadline(FakeClock().monotonic)
    pool = HandlerPool(handler, deadline)
    return Connections(lambda _name, _scheme: pool, deadline)
