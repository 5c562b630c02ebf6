"""Logging in and out of the two XTS applications over HTTP.

Protocol reference, sections 1.1 and 3. A login ends every other session of the same key, so nothing here logs in to
try. Market data never moves; the interactive application of some servers does, and a host lookup names its address.
"""

import ipaddress
import json
from dataclasses import KW_ONLY, dataclass
from typing import Final, TypeVar, final
from urllib.parse import urlsplit

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.adapters.xts.http.books import BALANCE
from jainam_prop.adapters.xts.http.client import HostLookup, XtsClient, XtsServer
from jainam_prop.adapters.xts.http.connections import Call
from jainam_prop.adapters.xts.http.outcomes import Answered, Reply, command_outcome, question_outcome, reading
from jainam_prop.adapters.xts.wire.replies import login as replies
from jainam_prop.adapters.xts.wire.replies.envelope import refused_login
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, NotConfigured, SessionExpired
from jainam_prop.domain.sessions.session import AccountChoice, Application, ApplicationKey, Credentials, Session

_MARKET_CONFIG: Final = "/config/clientConfig"
LOGIN_SECONDS: Final = 10.0

_USER_SESSION: Final = "/user/session"
_MARKET_LOGIN: Final = "/auth/login"
_MARKET_LOGOUT: Final = "/auth/logout"

_Model = TypeVar("_Model", bound=replies.ReplyModel)


@final
@dataclass(frozen=True, slots=True, repr=False, eq=False)
class XtsLogin:
    """The `Login` port on both XTS applications.

    Attributes:
        client: the client to send through.
        server: where to log in.
        credentials: the keys of both applications.
        choice: the account that the settings ask to act for.
        clock: for the end of a session when its token does not say it.
        timeout_seconds: for each step: the interactive login, the market-data login, each logout, each check.
    """

    client: XtsClient
    server: XtsServer
    credentials: Credentials
    choice: AccountChoice
    clock: Clock
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
        return self._open_market().map(lambda opened: opened.added_to(session))

    def log_out(self, session: Session) -> Result[None, BrokerError]:
        """Close both sessions, the second even if the first could not be closed; see the port."""
        calls = [Call("DELETE", self.server.interactive(session) + _USER_SESSION, session.interactive_token)]
        if session.market_token is not None:
            market = self.server.market(session.market_root) + _MARKET_LOGOUT
            calls.append(Call("DELETE", market, session.market_token))
        closed = [self._close(call) for call in calls]
        return next((each for each in closed if not is_successful(each)), Success(None))

    def is_alive(self, session: Session, application: Application = Application.TRADING) -> Result[bool, BrokerError]:
        """Ask for the balance, or the market-data configuration; see the port.

        Every answer but "dead token" comes from behind the token check.
        """
        if application is Application.MARKET_DATA:
            url = self.server.market(session.market_root) + _MARKET_CONFIG
            call = Call("GET", url, session.market_token or "")
        else:
            client = session.account.client_id
            query = {} if client is None else {"clientID": client}
            call = Call("GET", self.server.interactive(session) + BALANCE, session.interactive_token, query)
        reply = self.client.exchange(call, self._deadline())
        outcome = question_outcome(reply)
        if is_successful(outcome):
            return Success(True)  # noqa: FBT003
        if isinstance(reply, Answered):
            return Success(not isinstance(outcome.failure(), SessionExpired))
        return Failure(outcome.failure())

    def _open_interactive(self) -> Result[Session, BrokerError]:
        deadline, key = self._deadline(), self.credentials.interactive
        if self.server.lookup is None:
            opened = self._post_login(self.server.interactive(), "", key, deadline)
        else:
            opened = self._open_looked_up(self.server.lookup, key, deadline)
        return opened.map(lambda login: login.session(self.choice, self.clock.now()))

    def _open_looked_up(
        self, lookup: HostLookup, key: ApplicationKey, deadline: Deadline
    ) -> Result[replies.OpenedInteractive, BrokerError]:
        found = _look_up(self.client, lookup, self.server.layout.lookup_version, deadline)
        if not is_successful(found):
            return Failure(found.failure())
        base = found.unwrap().connection.rstrip("/")  # it takes the place of the interactive root
        return self._post_login(base, base, key, deadline, uniqueKey=found.unwrap().unique_key)

    def _post_login(
        self, address: str, base: str, key: ApplicationKey, deadline: Deadline, **extra: str
    ) -> Result[replies.OpenedInteractive, BrokerError]:
        call = Call("POST", address + _USER_SESSION, body=self._body(key, **extra))
        opened = _opened(self.client.exchange(call, deadline), replies.InteractiveLogin, key)
        return opened.map(lambda login: replies.OpenedInteractive(login, base))

    def _open_market(self) -> Result[replies.OpenedMarket, BrokerError]:
        """Log in to the market-data application under the first of the server's roots that has it."""
        key, roots = self.credentials.market, self.server.layout.market_roots
        body = self._body(key)
        calls = [Call("POST", self.server.market(root) + _MARKET_LOGIN, body=body) for root in roots]
        place, reply = self.client.first_found(calls, self._deadline())
        return _opened(reply, replies.MarketLogin, key).map(lambda login: replies.OpenedMarket(login, roots[place]))

    def _body(self, key: ApplicationKey, **extra: str) -> bytes:
        layout = self.server.layout
        source = {"source": layout.login_source} if layout.login_source else {}
        return json.dumps({"appKey": key.app_key, "secretKey": key.secret_key, **source, **extra}).encode()

    def _close(self, call: Call) -> Result[None, BrokerError]:
        outcome = question_outcome(self.client.exchange(call, self._deadline()))
        if is_successful(outcome) or isinstance(outcome.failure(), SessionExpired):
            return Success(None)
        return Failure(outcome.failure())

    def _deadline(self) -> Deadline:
        return self.client.deadline(self.timeout_seconds)


def _opened(reply: Reply, model: type[_Model], key: ApplicationKey) -> Result[_Model, BrokerError]:
    """Read a login; every refusal but a rate limit is a refusal of the credentials."""
    outcome = command_outcome(reply)
    if isinstance(reply, Answered) and not is_successful(outcome):
        return Failure(refused_login(outcome.failure(), key))
    return question_outcome(reply).bind(reading("the login", lambda result: replies.understood(model, result)))


def _look_up(
    client: XtsClient, lookup: HostLookup, version: str, deadline: Deadline
) -> Result[replies.LookedUpHost, BrokerError]:
    """Ask once; an address without TLS is refused unless the lookup allows it or it is this machine's."""
    body = json.dumps({"accesspassword": lookup.access_password, "version": version}).encode()
    reply = client.exchange(Call("POST", lookup.url, body=body), deadline)
    answer = question_outcome(reply).bind(
        reading("the host lookup", lambda result: replies.understood(replies.LookedUpHost, result))
    )
    if not is_successful(answer) or lookup.allow_plain_http or _is_private(answer.unwrap().connection):
        return answer
    return Failure(
        NotConfigured("the host lookup names an address without TLS, where tokens would travel in the clear")
    )


def _is_private(address: str) -> bool:
    """Whether what is sent to an address cannot be read on the way."""
    url = urlsplit(address)
    return url.scheme == "https" or _is_loopback(url.hostname or "")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
