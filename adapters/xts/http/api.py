"""Calls of the REST API for a session: address, token and client id, and one renewal of an expired session.

This is the one place that renews sessions over HTTP. An order is repeated only after a certain "session expired", by
which XTS says that it did nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

import orjson
from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.adapters.xts.http.client import XtsClient, XtsServer
from jainam_prop.adapters.xts.http.connections import Call, PoolName
from jainam_prop.adapters.xts.http.outcomes import Reply
from jainam_prop.adapters.xts.wire.replies.envelope import Envelope
from jainam_prop.application.ports.sessions import SessionSource
from jainam_prop.application.sessions.renewal import RenewedCalls
from jainam_prop.domain.errors import Blocked, BrokerError, Unreadable
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.domain.sessions.session import Application, Session

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One call of the REST API before a session gives it an address, a token and a client.

    Attributes:
        path: below the root of the application.
        query: without ``clientID``, which interactive calls without a body get from the session.
        fields: of the body, in which an interactive call gets ``clientID`` from the session; None is left out.
        trades: the call may open or change an order, so that an account with a trading barrier must not make it.
        exits: the call only reduces risk, so that it has connections and renewals of the session in reserve.
        family: of the rate chart; of commands, all are orders.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, object] | None = None
    application: Application = Application.TRADING
    pool: PoolName = PoolName.ORDERS
    trades: bool = False
    exits: bool = False
    family: CallFamily | None = None


def json_body(fields: Mapping[str, object]) -> bytes:
    """Write a body by the names of XTS; what is None is left out.

    Without a pydantic model, since nothing here can be wrong that a model would find, and every order waits for it.
    """
    return orjson.dumps({name: value for name, value in fields.items() if value is not None})


class XtsApi:
    """Makes calls for sessions, safely from many threads."""

    def __init__(self, client: XtsClient, server: XtsServer, sessions: SessionSource | None = None) -> None:
        """Send through a client to a server.

        Args:
            client: round trips, with their deadlines and retries.
            server: where the applications are.
            sessions: renews sessions that expired; None leaves them as they are.
        """
        self.client = client
        self.server = server
        self._renewed = _once if sessions is None else RenewedCalls(sessions, client.clock)

    def send(
        self,
        session: Session,
        request: ApiRequest,
        timeout_seconds: float,
        outcome: Callable[[Reply], Result[_Answer, BrokerError]],
    ) -> Result[_Answer, BrokerError]:
        """Send a request exactly once, or once more with a renewed session, and return the outcome of its reply."""

        def attempt(live: Session, seconds: float) -> Result[_Answer, BrokerError]:
            call = self._call(live, request)
            if not is_successful(call):
                return Failure(call.failure())
            return outcome(self.client.exchange(call.unwrap(), self.client.deadline(seconds)))

        return self._renewed(request.application, session, timeout_seconds, attempt, exits=request.exits)

    def ask(
        self,
        session: Session,
        request: ApiRequest,
        timeout_seconds: float,
        read: Callable[[Session, object], Result[_Answer, BrokerError]],
        is_empty: Callable[[Session, Envelope], bool] = lambda _session, _error: False,
    ) -> Result[_Answer, BrokerError]:
        """Send a question, again if its answer was lost, and read the ``result`` of the envelope.

        Args:
            session: the account to ask for.
            request: something that changes nothing at the broker, whatever its method.
            timeout_seconds: for all attempts together.
            read: maps the ``result`` that the session given with it was answered with.
            is_empty: recognises the errors that mean an empty list for a session.
        """
        attempts = count()

        def attempt(live: Session, seconds: float) -> Result[_Answer, BrokerError]:
            call = self._call(live, request)
            if not is_successful(call):
                return Failure(call.failure())
            deadline = self.client.deadline(seconds)
            if next(attempts) and not self.client.has_turn(call.unwrap(), deadline):
                return Failure(Unreadable("the rate limit left no turn in time"))
            answer = self.client.ask(call.unwrap(), deadline, lambda error: is_empty(live, error))
            return answer.bind(lambda result: read(live, result))

        return self._renewed(request.application, session, timeout_seconds, attempt, exits=request.exits)

    def _call(self, session: Session, request: ApiRequest) -> Result[Call, BrokerError]:
        account = session.account
        if request.trades and account.trading_barrier:
            return Failure(Blocked(account.trading_barrier))
        query, fields = request.query, request.fields
        if request.application is Application.MARKET_DATA:
            if session.market_token is None:
                return Failure(Unreadable(f"there is no market-data session: {session.market_problem}"))
            url, token = self.server.market(session.market_root), session.market_token
        else:
            url, token = self.server.interactive(session), session.interactive_token
            if fields is not None:
                fields = {**fields, "clientID": account.client_id}
            elif account.client_id is not None:
                query = {**query, "clientID": account.client_id}
        pool = PoolName.EXITS if request.exits else request.pool
        family = CallFamily.ORDER if request.trades or request.exits else request.family
        body = None if fields is None else json_body(fields)
        return Success(Call(request.method, url + request.path, token, query, body, pool, family=family))


class XtsPort:
    """A port that calls of the API implement."""

    def __init__(self, api: XtsApi) -> None:
        self._api = api


def _once(
    _application: Application,
    session: Session,
    timeout_seconds: float,
    call: Callable[[Session, float], Result[_Answer, BrokerError]],
    *,
    exits: bool = False,
) -> Result[_Answer, BrokerError]:
    """Make a call once, whether its session has expired or not."""
    del exits
    return call(session, timeout_seconds)
