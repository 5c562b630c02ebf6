"""A client of httpx over the connections to XTS, for code that is written for one, as the vendor's SDK is."""

import logging
import threading
from typing import Final

import httpcore
import httpx

from jainam_prop.adapters.xts.http.connections import EXCHANGE_ERRORS, Connections, PackedReplyError, read_reply

DEADLINE: Final = "deadline"
"""Request extension: the moment on the clock's monotonic scale at which the caller stops waiting."""

_HTTPX_LOG: Final = logging.getLogger("httpx")
_PACKING: Final = b"content-encoding"


def open_client(connections: Connections) -> httpx.Client:
    """Open a client over connections that stay their owner's to close; the caller closes the client."""
    return httpx.Client(transport=DeadlineTransport(connections), trust_env=False)


class DeadlineTransport(httpx.BaseTransport):
    """Transport of httpx that sends over `Connections`, under the deadline of each request."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        self._queries = _QueryFilter()
        _HTTPX_LOG.addFilter(self._queries)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request and read its answer whole."""
        self._queries.own = url = request.url
        outgoing = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        try:
            incoming = self._connections.exchange(outgoing, request.extensions.get(DEADLINE))
            try:
                content = read_reply(incoming)
            finally:
                incoming.close()
        except PackedReplyError as error:
            raise httpx.DecodingError(str(error)) from error
        except EXCHANGE_ERRORS as error:
            raise getattr(httpx, type(error).__name__, httpx.TransportError)(str(error)) from error
        headers = [(name, value) for name, value in incoming.headers if name.lower() != _PACKING]
        return httpx.Response(incoming.status, headers=headers, content=content, extensions=incoming.extensions)

    def close(self) -> None:
        """Remove the log filter; the connections stay open."""
        _HTTPX_LOG.removeFilter(self._queries)


class _QueryFilter(threading.local, logging.Filter):
    """Cuts the query off the addresses that httpx logs at INFO: XTS wants client codes in it.

    Only off those of this transport's own requests, one a thread at a time; other uses of httpx are logged unchanged.
    """

    own: httpx.URL | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        own = self.own
        if own is not None and isinstance(record.args, tuple):
            record.args = tuple(own.copy_with(query=None) if part is own else part for part in record.args)
        return True
