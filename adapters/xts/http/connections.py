"""HTTP requests to XTS and the connections that carry them: kept alive, verified, under a deadline for each request."""

import logging
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from types import TracebackType
from typing import Final, Protocol, Self, final

import httpcore
import httpx

from jainam_prop.adapters.xts.http.deadline import DeadlineBackend, ThreadDeadline
from jainam_prop.adapters.xts.network import NetworkPolicy
from jainam_prop.domain.deadlines import Deadline
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

LONGEST_REPLY: Final = 16 * 1024 * 1024
"""Bytes of a reply, also after unpacking: an order book of 10,000 rows has about 10 MB."""

_LOG: Final = logging.getLogger(__name__)
_FAILURES: Final = tuple(HTTPX_ERRORS)

_HEADERS: Final = (
    (b"Accept", b"application/json"),
    (b"Accept-Encoding", b"gzip"),
    (b"Content-Type", b"application/json"),
    (b"User-Agent", b"jainam-prop"),
)


class PoolName(StrEnum):
    """Connection pools: calls of one kind that hang leave the connections of the others free."""

    ORDERS = "orders"
    EXITS = "exits"
    BOOKS = "books"
    MARKET_DATA = "market data"


_POOL_SIZES: Final = {PoolName.ORDERS: 64, PoolName.EXITS: 32, PoolName.BOOKS: 64, PoolName.MARKET_DATA: 32}
"""Orders and books are paced: at their rates even calls that all hang until their timeout leave connections free."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request; what may identify an account or open a session stays out of the repr.

    Attributes:
        url: without a query.
        token: value of ``Authorization``, without ``Bearer``; "" sends none.
        pool: the connections that carry it.
        longest_reply: bytes; a reply that is longer is not read to its end.
    """

    method: str
    url: str
    token: str = field(default="", repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    pool: PoolName = PoolName.ORDERS
    longest_reply: int = LONGEST_REPLY


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A server's answer, with its body whole and unpacked."""

    status: int
    headers: Sequence[tuple[bytes, bytes]] = field(repr=False)
    content: bytes = field(repr=False)

    def header(self, name: bytes) -> str:
        """Return a header by its name in lower case; "" when there is none."""
        for written, value in self.headers:
            if written.lower() == name:
                return value.decode("latin-1")
        return ""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one request may take.

    Attributes:
        seconds: for each of its waits.
        connect_seconds: the same, for the waits before a connection is open.
        deadline: when all of it must be over.
    """

    seconds: float
    connect_seconds: float
    deadline: Deadline


class ReplyTooLongError(httpx.TransportError):
    """A reply has more bytes than its call allows."""


class Pool(Protocol):
    """What is used of httpcore's pool."""

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request; the body of the answer is still to be read, and the answer to be closed."""
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


def open_connections(
    monotonic: Callable[[], float],
    network: NetworkPolicy | None = None,
    *,
    keepalive_seconds: float = KEEPALIVE_SECONDS,
) -> "Connections":
    """Open the connections that all XTS adapters share, none of them yet; the caller closes them.

    Args:
        monotonic: what deadlines are measured by, in seconds.
        network: proxy and trust; left out, no proxy and the system's trust store.
        keepalive_seconds: how long an idle connection may be used again.
    """
    deadline = ThreadDeadline(monotonic)
    policy = network or NetworkPolicy()
    pool = partial(httpcore.HTTPProxy, policy.proxy_url) if policy.proxy_url else httpcore.ConnectionPool
    pools = {
        name: pool(
            ssl_context=policy.tls_context(),
            max_connections=size,
            max_keepalive_connections=size,
            keepalive_expiry=keepalive_seconds,
            network_backend=DeadlineBackend(deadline),
        )
        for name, size in _POOL_SIZES.items()
    }
    return Connections(pools, deadline)


@final
class Connections:
    """The pools that httpx works with, without the client of httpx around them; safe to use from many threads.

    What that client adds (redirects, cookies, credentials of a netrc file, proxies of the environment) must not happen
    to an order, and costs as much as all of ours. Nothing of the environment is consulted, see
    `NetworkPolicy`.
    """

    def __init__(self, pools: Mapping[PoolName, Pool], deadline: ThreadDeadline) -> None:
        """Send through pools with waits that end with the deadline; see `open_connections`."""
        self._pools = pools
        self._deadline = deadline
        self._addresses: Memo[str, tuple[httpcore.URL, bytes]] = Memo(lambda url: _address(httpx.URL(url)))
        self._closed = False

    def send(self, call: Call, patience: Patience) -> HttpAnswer:
        """Send a request exactly once and read its answer.

        Raises:
            httpx.RequestError: no answer came; its class separates what never left from what may have arrived.
        """
        request = self._request(call, patience)
        try:
            response = self._pool(call.pool, patience.deadline.at).handle_request(request)
            try:
                content = read_reply(response, call.longest_reply)
            finally:
                response.close()
        except _FAILURES as error:
            raise HTTPX_ERRORS[type(error)](str(error)) from error
        _LOG.info("%s %s: %s", call.method, call.url, response.status)
        return HttpAnswer(response.status, response.headers, content)

    def exchange(self, request: httpcore.Request, deadline: float | None) -> httpcore.Response:
        """Send a request of httpcore; the caller reads the body of its answer, on the same thread, and closes it."""
        return self._pool(PoolName.ORDERS, deadline).handle_request(request)

    def close(self) -> None:
        """Close every connection, for good."""
        self._closed = True
        for pool in self._pools.values():
            pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _pool(self, name: PoolName, deadline: float | None) -> Pool:
        """Return the pool for a request of this thread that ends with a deadline.

        After `close` there is no connection to be had, since nothing would close one opened then. That is a
        failure like any other: an order that lost its reply to the closing must end as unknown, not in an exception.
        """
        if self._closed:
            message = "the connections are closed"
            raise httpcore.ConnectError(message)
        self._deadline.at = deadline
        return self._pools[name]

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


def read_reply(response: httpcore.Response, longest: int = LONGEST_REPLY) -> bytes:
    """Read a body piece by piece and unpack it, so that a short reply cannot become a long one in memory.

    Raises:
        ReplyTooLongError: it has more bytes than ``longest``.
        httpx.DecodingError: it cannot be unpacked.
    """
    encoding = HttpAnswer(response.status, response.headers, b"").header(b"content-encoding").strip().lower()
    pieces, size = [], 0
    for piece in _unpacked(response.iter_stream(), encoding, longest):
        size += len(piece)
        if size > longest:
            message = f"the reply is longer than {longest} bytes"
            raise ReplyTooLongError(message)
        pieces.append(piece)
    return b"".join(pieces)


def _unpacked(packed: Iterator[bytes], encoding: str, longest: int) -> Iterator[bytes]:
    if encoding in {"", "identity"}:
        yield from packed
        return
    if encoding not in {"gzip", "deflate"}:
        message = "the reply is packed in a way that was not offered"
        raise httpx.DecodingError(message)
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)  # either, by its header
    try:
        for piece in packed:
            yield unpacker.decompress(piece, longest + 1)  # if that is not all of it, it is too long already
    except zlib.error as error:
        message = "the reply cannot be unpacked"
        raise httpx.DecodingError(message) from error
    if not unpacker.eof:
        message = "the packed reply is cut off"
        raise httpx.DecodingError(message)
