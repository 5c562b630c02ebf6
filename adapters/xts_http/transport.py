"""The connections to XTS: kept alive, verified, and under the deadline of each request."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import httpcore
import httpx

from jainam_prop.adapters.xts_http.deadline import DeadlineBackend, ThreadDeadline
from jainam_prop.application.ports.clock import Clock

DEADLINE: Final = "deadline"
"""Request extension: the moment on the clock's monotonic scale at which the caller stops waiting."""

KEEPALIVE_SECONDS: Final = 4.0
"""Below the five seconds after which a Node server, as XTS is, drops an idle connection; nginx in front waits longer.

A connection that the server drops while an order is on its way loses the reply of that order, and whether it arrived
is then unknown. A new connection costs some milliseconds after a pause; an unknown outcome costs a search of the books.
"""

_CONNECTIONS: Final = 32
_HTTPX_LOG: Final = logging.getLogger("httpx")

_HTTPX_ERRORS: Final[dict[type[Exception], type[httpx.TransportError]]] = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.PoolTimeout: httpx.PoolTimeout,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteTimeout: httpx.WriteTimeout,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
}


def open_client(clock: Clock, *, verify: bool = True, keepalive_seconds: float = KEEPALIVE_SECONDS) -> httpx.Client:
    """Open the client that all XTS adapters share; the caller closes it.

    The environment is not consulted: a proxy from there would see the tokens and change the address that the static-IP
    rule knows.

    Args:
        clock: what deadlines are measured by.
        verify: whether certificates are checked.
        keepalive_seconds: how long an idle connection may be used again.
    """
    transport = DeadlineTransport(clock.monotonic, verify=verify, keepalive_seconds=keepalive_seconds)
    return httpx.Client(transport=transport, trust_env=False)


class DeadlineTransport(httpx.BaseTransport):
    """httpx's own transport over httpcore, but for the deadline of each request."""

    def __init__(self, monotonic: Callable[[], float], *, verify: bool, keepalive_seconds: float) -> None:
        """Open no connection yet."""
        self._deadline = ThreadDeadline(monotonic)
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(verify=verify, trust_env=False),
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_CONNECTIONS,
            keepalive_expiry=keepalive_seconds,
            network_backend=DeadlineBackend(self._deadline),
        )
        self._queries = _OwnQueries()
        _HTTPX_LOG.addFilter(self._queries)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and return its answer, of which the body is still to be read."""
        self._deadline.at = request.extensions.get(DEADLINE)
        self._queries.own = url = request.url
        outgoing = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _in_httpx_words():
            incoming = self._pool.handle_request(outgoing)
        return httpx.Response(
            incoming.status, headers=incoming.headers, stream=_Body(incoming), extensions=incoming.extensions
        )

    def close(self) -> None:
        """Close every connection."""
        self._pool.close()
        _HTTPX_LOG.removeFilter(self._queries)


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with _in_httpx_words():
            yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


@contextmanager
def _in_httpx_words() -> Iterator[None]:
    try:
        yield
    except tuple(_HTTPX_ERRORS) as error:
        raise _HTTPX_ERRORS[type(error)](str(error)) from error


class _OwnQueries(threading.local, logging.Filter):
    """Cuts the query off the addresses that httpx logs at INFO: XTS wants client codes in it.

    Only off those of this transport's own requests, one a thread at a time; what else the process does with httpx is
    logged as ever.
    """

    own: httpx.URL | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        own = self.own
        if own is not None and isinstance(record.args, tuple):
            record.args = tuple(own.copy_with(query=None) if part is own else part for part in record.args)
        return True
