"""HTTP requests to XTS and the connections that carry them: kept alive, verified, under a deadline for each request."""

import logging
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from types import MappingProxyType, TracebackType
from typing import Final, Protocol, Self, final
from urllib.parse import quote, urlencode, urlsplit

import httpcore

from jainam_prop.adapters.xts.http.deadline import DeadlineBackend, ThreadDeadline
from jainam_prop.adapters.xts.network import NetworkPolicy, Tap, WireCall
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.memo import Memo
from jainam_prop.domain.rate_limit import CallFamily

KEEPALIVE_SECONDS: Final = 4.0
"""Below the five seconds after which a Node server, as XTS is, drops an idle connection; nginx in front waits longer.

A connection that the server drops while an order is on its way loses the reply of that order, and whether it arrived
is then unknown. A new connection costs some milliseconds after a pause; an unknown outcome costs a search of the books.
"""

LONGEST_REPLY: Final = 16 * 1024 * 1024
"""Bytes of a reply, also after unpacking: an order book of 10,000 rows has about 10 MB."""

_LOG: Final = logging.getLogger(__name__)
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
        family: of the rate chart; a repetition takes a turn of its own. None is not paced.
    """

    method: str
    url: str
    token: str = field(default="", repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    pool: PoolName = PoolName.ORDERS
    longest_reply: int = LONGEST_REPLY
    family: CallFamily | None = None


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


class ReplyTooLongError(Exception):
    """A reply has more bytes than its call allows."""


class PackedReplyError(Exception):
    """A reply cannot be unpacked."""


EXCHANGE_ERRORS: Final = (
    httpcore.UnsupportedProtocol,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    ReplyTooLongError,
    PackedReplyError,
)
"""No answer came, or none that can be read."""


class Pool(Protocol):
    """What is used of httpcore's pool."""

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request; the body of the answer is still to be read, and the answer to be closed."""

    def close(self) -> None:
        """Close every connection."""


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

    def open_pool(name: PoolName, scheme: bytes) -> Pool:
        return pool(
            ssl_context=None if scheme == b"http" else policy.tls_context(),
            max_connections=_POOL_SIZES[name],
            max_keepalive_connections=_POOL_SIZES[name],
            keepalive_expiry=keepalive_seconds,
            network_backend=DeadlineBackend(deadline),
        )

    if policy.tap is None:
        return Connections(open_pool, deadline)
    return _TappedConnections(open_pool, deadline, policy.tap)


class Connections:
    """The pools of httpcore, without the client of httpx around them; safe to use from many threads.

    What that client adds (redirects, cookies, credentials of a netrc file, proxies of the environment) must not happen
    to an order, and costs as much as all of ours. Nothing of the environment is consulted, see
    `NetworkPolicy`.
    """

    def __init__(self, open_pool: Callable[[PoolName, bytes], Pool], deadline: ThreadDeadline) -> None:
        """Send through pools with waits that end with the deadline; see `open_connections`.

        Args:
            open_pool: opens the pool of a name and a scheme when it is first used.
            deadline: of the request that a thread is busy with.
        """
        self._opening = threading.Lock()
        self._open_pool = open_pool
        self._pools: dict[tuple[PoolName, bytes], Pool] = {}
        self._deadline = deadline
        self._addresses: Memo[str, tuple[httpcore.URL, bytes]] = Memo(_address)
        self._closed = False

    def send(self, call: Call, patience: Patience) -> HttpAnswer:
        """Send a request exactly once and read its answer.

        Raises:
            EXCHANGE_ERRORS: no answer came; the class separates what never left from what may have arrived.
        """
        request = self._request(call, patience)
        response = self._pool(call.pool, request.url.scheme, patience.deadline.at).handle_request(request)
        try:
            content = read_reply(response, call.longest_reply)
        finally:
            response.close()
            if self._closed:  # its connection may have been opened meanwhile, when its pool had forgotten it
                response.extensions["network_stream"].close()
        _LOG.info("%s %s: %s", call.method, call.url, response.status)
        return HttpAnswer(response.status, response.headers, content)

    def exchange(self, request: httpcore.Request, deadline: float | None) -> httpcore.Response:
        """Send a request of httpcore; the caller reads the body of its answer, on the same thread, and closes it."""
        return self._pool(PoolName.ORDERS, request.url.scheme, deadline).handle_request(request)

    def close(self) -> None:
        """Close every connection, for good."""
        self._closed = True
        with self._opening:
            for pool in self._pools.values():
                pool.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _pool(self, name: PoolName, scheme: bytes, deadline: float | None) -> Pool:
        """Return the pool for a request of this thread that ends with a deadline.

        After `close` there is no connection to be had, since nothing would close one opened then. That is a
        failure like any other: an order that lost its reply to the closing must end as unknown, not in an exception.
        """
        if self._closed:
            message = "the connections are closed"
            raise httpcore.ConnectError(message)
        self._deadline.at = deadline
        place = name, scheme
        if place not in self._pools:
            with self._opening:
                self._pools.setdefault(place, self._open_pool(*place))
        return self._pools[place]

    def _request(self, call: Call, patience: Patience) -> httpcore.Request:
        address, host = _address(call.url, call.query) if call.query else self._addresses[call.url]
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


@final
class _TappedConnections(Connections):
    """Connections that hand each request with its answer to a tap."""

    def __init__(self, open_pool: Callable[[PoolName, bytes], Pool], deadline: ThreadDeadline, tap: Tap) -> None:
        super().__init__(open_pool, deadline)
        self._tap = tap

    def send(self, call: Call, patience: Patience) -> HttpAnswer:
        """Send a request; see `Connections.send`."""
        sent = WireCall(call.method, call.url, call.query, call.token, call.body or b"", 0, b"")
        try:
            answer = super().send(call, patience)
        except EXCHANGE_ERRORS as error:
            self._tap(sent._replace(error=type(error).__name__))
            raise
        self._tap(sent._replace(status=answer.status, content=answer.content))
        return answer


def _address(url: str, query: Mapping[str, str] = MappingProxyType({})) -> tuple[httpcore.URL, bytes]:
    """Return where a request goes, and its ``Host``."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~") + (f"?{urlencode(query)}" if query else "")
    netloc = parts.netloc.rpartition("@")[2].lower()
    if not host.isascii():
        host = host.encode("idna").decode()
        netloc = host if parts.port is None else f"{host}:{parts.port}"
    return httpcore.URL(scheme=parts.scheme, host=host, port=parts.port, target=target), netloc.encode()


def read_reply(response: httpcore.Response, longest: int = LONGEST_REPLY) -> bytes:
    """Read a body piece by piece and unpack it, so that a short reply cannot become a long one in memory.

    Raises:
        ReplyTooLongError: it has more bytes than ``longest``.
        PackedReplyError: it cannot be unpacked.
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
        raise PackedReplyError(message)
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)  # either, by its header
    try:
        for piece in packed:
            yield unpacker.decompress(piece, longest + 1)  # if that is not all of it, it is too long already
    except zlib.error as error:
        message = "the reply cannot be unpacked"
        raise PackedReplyError(message) from error
    if not unpacker.eof:
        message = "the packed reply is cut off"
        raise PackedReplyError(message)
