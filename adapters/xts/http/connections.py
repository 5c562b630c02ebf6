"""The connections to XTS: kept alive, verified, and under the deadline of each request."""

import logging
import ssl
from collections.abc import Callable
from functools import lru_cache
from types import TracebackType
from typing import Final, Protocol, Self, final

import httpcore
import httpx

from jainam_prop.adapters.xts.http.call import Call, HttpAnswer, Patience
from jainam_prop.adapters.xts.http.deadline import DeadlineBackend, ThreadDeadline
from jainam_prop.domain.memo import Memo

KEEPALIVE_SECONDS: Final = 4.0
"""Below the five seconds after which a Node server, as XTS is, drops an idle connection; nginx in front waits longer.

A connection that the server drops while an order is on its way loses the reply of that order, and whether it arrived
is then unknown. A new connection costs some milliseconds after a pause; an unknown outcome costs a search of the books.
"""

HTTPX_ERRORS: Final[dict[type[Exception], type[httpx.TransportError]]] = {
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
"""httpx's word for each failure of httpcore, on which httpx is built."""

_LOG: Final = logging.getLogger(__name__)
_CONNECTIONS: Final = 32
_FAILURES: Final = tuple(HTTPX_ERRORS)

_HEADERS: Final = (
    (b"Accept", b"application/json"),
    (b"Accept-Encoding", b"gzip, deflate"),
    (b"Content-Type", b"application/json"),
    (b"User-Agent", b"jainam-prop"),
)


class Pool(Protocol):
    """What is used of httpcore's pool."""

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request; the body of the answer is still to be read, and the answer to be closed."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


def open_connections(
    monotonic: Callable[[], float], *, verify: bool = True, keepalive_seconds: float = KEEPALIVE_SECONDS
) -> "Connections":
    """Open the connections that all XTS adapters share, none of them yet; the caller closes them.

    Args:
        monotonic: what deadlines are measured by, in seconds.
        verify: whether certificates are checked.
        keepalive_seconds: how long an idle connection may be used again.
    """
    deadline = ThreadDeadline(monotonic)
    pool = httpcore.ConnectionPool(
        ssl_context=trusted(verify=verify),
        max_connections=_CONNECTIONS,
        max_keepalive_connections=_CONNECTIONS,
        keepalive_expiry=keepalive_seconds,
        network_backend=DeadlineBackend(deadline),
    )
    return Connections(pool, deadline)


@lru_cache(maxsize=2)
def trusted(*, verify: bool) -> ssl.SSLContext:
    """Return what connections trust, the same for all of a process: reading the certificates takes 40 ms."""
    return httpx.create_ssl_context(verify=verify, trust_env=False)


@final
class Connections:
    """The pool that httpx works with, without the client of httpx around it.

    What that client adds (redirects, cookies, credentials of a netrc file, proxies of the environment) must not happen
    to an order, and costs as much as all of ours. Nothing of the environment is consulted: a proxy from there would
    see the tokens and change the address that the static-IP rule knows.
    """

    def __init__(self, pool: Pool, deadline: ThreadDeadline) -> None:
        """Send through a pool whose waits end with the deadline; see `open_connections`."""
        self._pool = pool
        self._deadline = deadline
        self._addresses: Memo[str, tuple[httpcore.URL, bytes]] = Memo(lambda url: _address(httpx.URL(url)))
        self._closed = False

    def send(self, call: Call, patience: Patience) -> HttpAnswer:
        """Send a request exactly once and read its answer; see `Carrier`."""
        request = self._request(call, patience)
        try:
            response = self.exchange(request, patience.deadline.at)
            try:
                content = response.read()
            finally:
                response.close()
        except _FAILURES as error:
            raise HTTPX_ERRORS[type(error)](str(error)) from error
        answer = HttpAnswer(response.status, response.headers, content)
        _LOG.info("%s %s: %s", call.method, call.url, answer.status)
        return _unpacked(answer) if answer.header(b"content-encoding") else answer

    def exchange(self, request: httpcore.Request, deadline: float | None) -> httpcore.Response:
        """Send a request of httpcore; the body of its answer is still to be read, on the same thread, and to be closed.

        After `close` there is no connection to be had, since one opened then would be nobody's to close. That is a
        failure like any other: an order whose reply was lost to the closing must end as unknown, not in an exception.
        """
        if self._closed:
            message = "the connections are closed"
            raise httpcore.ConnectError(message)
        self._deadline.at = deadline
        return self._pool.handle_request(request)

    def close(self) -> None:
        """Close every connection, for good."""
        self._closed = True
        self._pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _request(self, call: Call, patience: Patience) -> httpcore.Request:
        address, host = _address(httpx.URL(call.url, params=call.query)) if call.query else self._addresses[call.url]
        headers = [(b"Host", host), *_HEADERS]
        if call.token:
            headers.append((b"Authorization", call.token.encode("ascii", "replace")))
        if call.body is not None or call.method in {"POST", "PUT"}:
            headers.append((b"Content-Length", b"%d" % len(call.body or b"")))
        seconds, connect = patience.seconds, patience.connect_seconds
        timeout = {"connect": connect, "pool": connect, "read": seconds, "write": seconds}
        return httpcore.Request(
            call.method, address, headers=headers, content=call.body, extensions={"timeout": timeout}
        )


def _address(url: httpx.URL) -> tuple[httpcore.URL, bytes]:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path), url.netloc


def _unpacked(answer: HttpAnswer) -> HttpAnswer:
    """Undo gzip and deflate as httpx does; raises its `DecodingError` where that cannot be done."""
    whole = httpx.Response(answer.status, headers=list(answer.headers), content=answer.content)
    return HttpAnswer(answer.status, answer.headers, whole.content)
