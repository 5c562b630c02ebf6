"""Logging in through Symphony's SDK; everything else about a session stays with our own HTTP."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, final

import httpx
from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.adapters.xts.sdk.loading import SdkTransport, SdkUnusableError, load_client_class, requests_module
from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts.wire.replies import login as replies
from jainam_prop.adapters.xts.wire.replies.envelope import Envelope, envelope_of, read_envelope, refusal, refused_login
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.sessions import Login
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, NotConfigured, NotSent, Unreadable
from jainam_prop.domain.sessions.session import AccountChoice, Application, ApplicationKey, Credentials, Session

_Model = TypeVar("_Model", bound=replies.ReplyModel)

LOGIN_SECONDS: Final = 10.0
_NEVER_LEFT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
_NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True)
class SdkServer:
    """Folder of the SDK and the server it talks to; market roots are tried in order.

    ``setting`` is the name of the setting with the folder, for messages.
    """

    folder: Path
    base_url: str
    market_roots: tuple[str, ...]
    source: str
    setting: str


@final
@dataclass(frozen=True, slots=True, repr=False, eq=False)
class SdkLogin:
    """The `Login` port with the SDK's two logins.

    Attributes:
        server: the SDK and the server.
        http: a client that checks certificates; see `SdkTransport`.
        credentials: the keys of both applications.
        choice: whom the settings ask to act for.
        clock: for deadlines, and for sessions when their token does not say when they end.
        plain: logs out and asks whether a session lives, which the SDK cannot do for dealers.
    """

    server: SdkServer
    http: httpx.Client
    credentials: Credentials
    choice: AccountChoice
    clock: Clock
    plain: Login
    _: KW_ONLY
    timeout_seconds: float = LOGIN_SECONDS

    def log_in(self) -> Result[Session, BrokerError]:
        """Open both sessions; see the port."""
        return self._open_interactive().map(
            lambda session: replies.or_without_market(session, self.log_in_market(session))
        )

    def log_in_interactive(self, session: Session) -> Result[Session, BrokerError]:
        """Open a new interactive session and keep the market data of the given one; see the port."""
        return self._open_interactive().map(lambda new: replies.with_market_data_of(new, session))

    def log_in_market(self, session: Session) -> Result[Session, BrokerError]:
        """Open a new market-data session and keep the interactive one; see the port."""
        deadline = self._deadline()
        *others, last = self.server.market_roots
        for root in others:
            transport = SdkTransport(self.http, self.clock, deadline, root)
            opened = self._open_market(transport, root, session)
            if _status(transport) != _NOT_FOUND:
                return opened
        return self._open_market(SdkTransport(self.http, self.clock, deadline, last), last, session)

    def log_out(self, session: Session) -> Result[None, BrokerError]:
        """Close both sessions; see the port."""
        return self.plain.log_out(session)

    def is_alive(self, session: Session, application: Application = Application.TRADING) -> Result[bool, BrokerError]:
        """Ask whether the token of an application still works; see the port."""
        return self.plain.is_alive(session, application)

    def _open_interactive(self) -> Result[Session, BrokerError]:
        transport = SdkTransport(self.http, self.clock, self._deadline())
        key = self.credentials.interactive
        opened = self._opened(transport, key, lambda client: client.interactive_login(), replies.InteractiveLogin)
        return opened.map(lambda login: replies.OpenedInteractive(login, "").session(self.choice, self.clock.now()))

    def _open_market(self, transport: SdkTransport, root: str, session: Session) -> Result[Session, BrokerError]:
        key = self.credentials.market
        opened = self._opened(transport, key, lambda client: client.marketdata_login(), replies.MarketLogin)
        return opened.map(lambda login: replies.OpenedMarket(login, root).added_to(session))

    def _opened(
        self, transport: SdkTransport, key: ApplicationKey, log_in: Callable[[Any], object], model: type[_Model]
    ) -> Result[_Model, BrokerError]:
        answer = self._answer(transport, key, log_in)
        if not is_successful(answer):
            return Failure(answer.failure())
        envelope = answer.unwrap()
        if not envelope.succeeded:
            return Failure(refused_login(refusal(_status(transport), envelope), key))
        try:
            return Success(replies.understood(model, envelope.result))
        except UnreadableAnswer as problem:
            return Failure(Unreadable(f"the login: {problem}"))

    def _answer(
        self, transport: SdkTransport, key: ApplicationKey, log_in: Callable[[Any], object]
    ) -> Result[Envelope, BrokerError]:
        try:
            client = load_client_class(self.server.folder, self.server.base_url, requests_module(transport.request))
            said = log_in(client(key.app_key, key.secret_key, self.server.source, root=self.server.base_url))
            envelope = envelope_of(said)
        except SdkUnusableError as error:
            return Failure(NotConfigured(str(error), (self.server.setting,)))
        except Exception:  # its own handlers break on a lost connection and hide it, so the transport is asked instead
            envelope = None
        return _answer_of(transport, self.server.setting) if envelope is None else Success(envelope)

    def _deadline(self) -> Deadline:
        return Deadline(self.clock.monotonic() + self.timeout_seconds)


def _answer_of(transport: SdkTransport, setting: str) -> Result[Envelope, BrokerError]:
    last = transport.last
    if last is None:
        return Failure(NotConfigured("the XTS SDK sent nothing; see what `jainam-prop sdk check` reports", (setting,)))
    if isinstance(last, _NEVER_LEFT):
        return Failure(NotSent("no connection"))
    if isinstance(last, httpx.RequestError):
        return Failure(Unreadable("no answer to the login in time, or the connection broke"))
    envelope = read_envelope(last.content, last.headers.get("Content-Type", ""))
    if envelope is None:
        return Failure(Unreadable(f"HTTP {last.status_code} with something else than an XTS answer"))
    return Success(envelope)


def _status(transport: SdkTransport) -> int:
    return transport.last.status_code if isinstance(transport.last, httpx.Response) else 0
