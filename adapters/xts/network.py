"""Way out to the broker, the same for REST and streams: proxy, trusted certificates, and connections under a deadline.

By default no proxy is used and nothing of the environment is consulted for one: a proxy sees tokens on plain
connections and changes the source address that the exchange's static-IP rule knows.
"""

import socket
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import unquote, urlsplit

import certifi

_MOST_HEADERS: Final = 16_384
_OK: Final = b"200"

_Address: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]


class WireCall(NamedTuple):
    """One request with its answer, as they were sent; ``status`` is 0 where no answer came, and ``error`` says why."""

    method: str
    url: str
    query: Mapping[str, str]
    token: str
    body: bytes
    status: int
    content: bytes
    error: str = ""


class WireFrame(NamedTuple):
    """One message of a socket; ``sender`` is ``server``, ``client``, or ``opened`` with the address as the content."""

    socket: str
    sender: str
    is_text: bool
    content: bytes


Tap: TypeAlias = Callable[[WireCall | WireFrame], None]
"""Called with everything that goes to the broker and comes from it, secrets included; from many threads."""


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """Proxy and trust of every connection to the broker.

    Attributes:
        tap: records what goes over the connections; None records nothing.
        verify: whether certificates are checked.
        proxy_url: ``http://[user:password@]host:port`` of a proxy that tunnels with CONNECT; "" is none.
        ca_file: certificates to trust instead of the system's; None is the system's trust store.
    """

    verify: bool = True
    proxy_url: str = field(default="", repr=False)
    ca_file: Path | None = None
    tap: Tap | None = field(default=None, repr=False, compare=False)

    def tls_context(self) -> ssl.SSLContext:
        """Return what connections trust, one object per policy: reading the certificates takes 40 ms."""
        return _tls_context(verify=self.verify, ca_file=self.ca_file)


@lru_cache(maxsize=4)
def _tls_context(*, verify: bool, ca_file: Path | None) -> ssl.SSLContext:
    if not verify:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    return ssl.create_default_context(cafile=str(ca_file or _fallback() or "") or None)


def _fallback() -> str | None:
    """Return certifi's certificates where the system has no trust store that OpenSSL finds, as some macOS builds."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile or (paths.capath and any(Path(paths.capath).iterdir())):
        return None
    return None if ssl.create_default_context().cert_store_stats()["x509_ca"] else certifi.where()


class Dial:
    """Opens one TCP or TLS connection; every wait together ends at the deadline, or when `abort` is called."""

    def __init__(self, policy: NetworkPolicy, seconds: float) -> None:
        self._policy = policy
        self._seconds = seconds
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._aborted = False
        self._looked_up = threading.Event()

    def open(self, host: str, port: int, *, tls: bool, then: Callable[[socket.socket], None]) -> socket.socket:
        """Connect, and let ``then`` talk on the connection under the same deadline.

        Raises:
            OSError: it could not be done in time, or at all.
        """
        timer = threading.Timer(self._seconds, self.abort)
        timer.daemon = True
        timer.start()
        try:
            opened = self._connected(host, port)
            if tls:
                opened = self._kept(self._policy.tls_context().wrap_socket(opened, server_hostname=host))
            then(opened)
        except BaseException:
            self._shut()
            raise
        finally:
            timer.cancel()
        if self._aborted:
            self._shut()
            raise TimeoutError
        return opened

    def abort(self) -> None:
        """End every wait of `open`; the connection is not used."""
        self._aborted = True
        self._looked_up.set()
        with self._lock:
            if self._socket is not None:
                _shutdown(self._socket)

    def _connected(self, host: str, port: int) -> socket.socket:
        if not self._policy.proxy_url:
            return self._tcp(host, port)
        proxy = urlsplit(self._policy.proxy_url)
        opened = self._tcp(proxy.hostname or "", proxy.port or 80)
        login = ""
        if proxy.username:
            credentials = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
            login = f"Proxy-Authorization: Basic {b64encode(credentials.encode()).decode()}\r\n"
        opened.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n{login}\r\n".encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            piece = opened.recv(1)
            if not piece or len(answer) > _MOST_HEADERS:
                message = "the proxy closed the connection"
                raise ConnectionError(message)
            answer += piece
        if answer.split(b" ", 2)[1:2] != [_OK]:
            message = "the proxy refused the connection"
            raise ConnectionError(message)
        return opened

    def _tcp(self, host: str, port: int) -> socket.socket:
        failure: OSError = ConnectionError("the name of the server has no address")
        for family, kind, protocol, _, address in self._addresses(host, port):
            made = self._kept(socket.socket(family, kind, protocol))
            made.settimeout(self._seconds)
            try:
                made.connect(address)
            except OSError as error:
                failure = error
                made.close()
                continue
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return made
        raise failure

    def _addresses(self, host: str, port: int) -> list[_Address]:
        """Look the name up on a thread of its own, since nothing can cut that wait short."""
        found: list[list[_Address] | OSError] = []

        def look_up() -> None:
            try:
                found.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
            except OSError as error:
                found.append(error)
            self._looked_up.set()

        threading.Thread(target=look_up, name="jainam-name-lookup", daemon=True).start()
        self._looked_up.wait(self._seconds)
        if self._aborted or not found:
            message = "the name of the server was not looked up in time"
            raise TimeoutError(message)
        if isinstance(found[0], OSError):
            raise found[0]
        return found[0]

    def _kept(self, made: socket.socket) -> socket.socket:
        with self._lock:
            self._socket = made
        if self._aborted:
            _shutdown(made)
        return made

    def _shut(self) -> None:
        with self._lock:
            made, self._socket = self._socket, None
        if made is not None:
            made.close()


def _shutdown(made: socket.socket) -> None:
    with suppress(OSError):  # it is not connected yet, or not any more
        made.shutdown(socket.SHUT_RDWR)
