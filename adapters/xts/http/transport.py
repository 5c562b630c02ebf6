"""The connections to XTS for code that speaks to a client of httpx, as the vendor's SDK is made to."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import httpcore
import httpx

from jainam_prop.adapters.xts.http.connections import HTTPX_ERRORS, Connections

DEADLINE: Final = "deadline"
"""Request extension: the moment on the clock's monotonic scale at which the caller stops waiting."""

_HTTPX_LOG: Final = logging.getLogger("httpx")


def open_client(connections: Connections) -> httpx.Client:
    """Open a client over connections that stay their owner's to close; the caller closes the client."""
    return httpx.Client(transport=DeadlineTransport(connections), trust_env=False)


class DeadlineTransport(httpx.BaseTransport):
    """httpx's own transport over httpcore, but for the deadline of each request."""

    def __init__(self, connections: Connections) -> None:
        """Send over these connections."""
        self._connections = connections
        self._queries = _OwnQueries()
        _HTTPX_LOG.addFilter(self._queries)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and return its answer, of which the body is still to be read."""
        self._queries.own = url = request.url
        outgoing = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _in_httpx_words():
            incoming = self._connections.exchange(outgoing, request.extensions.get(DEADLINE))
        return httpx.Response(
            incoming.status, headers=incoming.headers, stream=_Body(incoming), extensions=incoming.extensions
        )

    def close(self) -> None:
        """Leave the log as it was; the connections stay open."""
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
    except tuple(HTTPX_ERRORS) as error:
        raise HTTPX_ERRORS[type(error)](str(error)) from error


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
