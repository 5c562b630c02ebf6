"""The two login calls, each with what its server said of it."""

import json
from typing import TypeVar

from pydantic import BaseModel
from returns.pipeline import is_successful
from returns.result import Failure, Result

from jainam_prop.adapters.xts.http.call import Call
from jainam_prop.adapters.xts.http.client import XtsClient
from jainam_prop.adapters.xts.http.endpoints import MARKET_LOGIN, USER_SESSION
from jainam_prop.adapters.xts.http.host_lookup import look_up
from jainam_prop.adapters.xts.http.market_root import ask_each_root
from jainam_prop.adapters.xts.http.reading import reading
from jainam_prop.adapters.xts.http.reply import Answered, Reply, command_outcome, question_outcome
from jainam_prop.adapters.xts.http.server import HostLookup, XtsServer
from jainam_prop.adapters.xts.wire.replies.login import InteractiveLogin, MarketLogin
from jainam_prop.adapters.xts.wire.replies.opened import OpenedInteractive, OpenedMarket
from jainam_prop.adapters.xts.wire.replies.refusals import refused_login
from jainam_prop.adapters.xts.wire.replies.reply import understood
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.sessions.session import ApplicationKey

_Model = TypeVar("_Model", bound=BaseModel)


class LoginCalls:
    """Opens sessions; here every refusal but a rate limit is a refusal of the credentials."""

    def __init__(self, client: XtsClient, server: XtsServer) -> None:
        """Log in to a server through a client."""
        self._client = client
        self._server = server

    def open_interactive(self, key: ApplicationKey, deadline: Deadline) -> Result[OpenedInteractive, BrokerError]:
        """Log in to the interactive application, after the host lookup where the server wants one."""
        if self._server.lookup is not None:
            return self._open_looked_up(key, self._server.lookup, deadline)
        call = Call("POST", self._server.interactive() + USER_SESSION, body=self._body(key))
        opened = _opened(self._client.exchange(call, deadline), InteractiveLogin, key)
        return opened.map(lambda login: OpenedInteractive(login, ""))

    def open_market(self, key: ApplicationKey, deadline: Deadline) -> Result[OpenedMarket, BrokerError]:
        """Log in to the market-data application, wherever among the server's roots it answers."""
        body = self._body(key)
        root, reply = ask_each_root(
            self._client, self._server, lambda base: Call("POST", base + MARKET_LOGIN, body=body), deadline
        )
        return _opened(reply, MarketLogin, key).map(lambda login: OpenedMarket(login, root))

    def _open_looked_up(
        self, key: ApplicationKey, lookup: HostLookup, deadline: Deadline
    ) -> Result[OpenedInteractive, BrokerError]:
        found = look_up(self._client, lookup, self._server.layout.lookup_version, deadline)
        if not is_successful(found):
            return Failure(found.failure())
        host = found.unwrap()
        base = host.connection.rstrip("/")  # whatever stands there takes the place of the interactive root
        call = Call("POST", base + USER_SESSION, body=self._body(key, uniqueKey=host.unique_key))
        opened = _opened(self._client.exchange(call, deadline), InteractiveLogin, key)
        return opened.map(lambda login: OpenedInteractive(login, base))

    def _body(self, key: ApplicationKey, **extra: str) -> bytes:
        layout = self._server.layout
        source = {"source": layout.login_source} if layout.login_source else {}
        return json.dumps({"appKey": key.app_key, "secretKey": key.secret_key, **source, **extra}).encode()


def _opened(reply: Reply, model: type[_Model], key: ApplicationKey) -> Result[_Model, BrokerError]:
    outcome = command_outcome(reply)
    if isinstance(reply, Answered) and not is_successful(outcome):
        return Failure(refused_login(outcome.failure(), key))
    return question_outcome(reply).bind(reading("the login", lambda result: understood(model, result)))
