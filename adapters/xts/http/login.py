"""Logging in and out of the two XTS applications over HTTP.

Protocol reference, section 3. A login ends every other session of the same key, so nothing here logs in to try.
"""

from dataclasses import replace
from typing import Final, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.adapters.xts.http.call import Call
from jainam_prop.adapters.xts.http.client import XtsClient
from jainam_prop.adapters.xts.http.endpoints import BALANCE, MARKET_LOGOUT, USER_SESSION, interactive_question
from jainam_prop.adapters.xts.http.login_calls import LoginCalls
from jainam_prop.adapters.xts.http.reply import Answered, question_outcome
from jainam_prop.adapters.xts.http.server import XtsServer
from jainam_prop.adapters.xts.wire.replies.opened import OpenedMarket, with_market_data_of
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, SessionExpired
from jainam_prop.domain.sessions.session import AccountChoice, Credentials, Session

LOGIN_SECONDS: Final = 10.0


@final
class XtsLogin:
    """The `Login` port on both XTS applications.

    Args:
        client: the client to send through.
        server: where to log in.
        credentials: the keys of both applications.
        choice: whom the settings ask to act for.
        clock: tells when a session ends whose token does not say.
        timeout_seconds: for each step: the interactive login, the market-data login, each logout, each check.
    """

    def __init__(  # noqa: PLR0913 - each is a part of its own
        self,
        client: XtsClient,
        server: XtsServer,
        credentials: Credentials,
        choice: AccountChoice,
        clock: Clock,
        *,
        timeout_seconds: float = LOGIN_SECONDS,
    ) -> None:
        self._client = client
        self._server = server
        self._credentials = credentials
        self._choice = choice
        self._clock = clock
        self._timeout_seconds = timeout_seconds
        self._calls = LoginCalls(client, server)

    def log_in(self) -> Result[Session, BrokerError]:
        """Open both sessions; see the port."""
        opened = self._open_interactive()
        if not is_successful(opened):
            return opened
        session = opened.unwrap()
        market = self._open_market()
        if is_successful(market):
            return Success(market.unwrap().added_to(session))
        return Success(replace(session, market_problem=market.failure().message))

    def log_in_interactive(self, session: Session) -> Result[Session, BrokerError]:
        """Open a new interactive session and keep the market data of the given one; see the port."""
        return self._open_interactive().map(lambda new: with_market_data_of(new, session))

    def log_in_market(self, session: Session) -> Result[Session, BrokerError]:
        """Open a new market-data session and keep the interactive one; see the port."""
        return self._open_market().map(lambda opened: opened.added_to(session))

    def log_out(self, session: Session) -> Result[None, BrokerError]:
        """Close both sessions, the second even if the first could not be closed; see the port."""
        calls = [Call("DELETE", self._server.interactive(session) + USER_SESSION, session.interactive_token)]
        if session.market_token is not None:
            market = self._server.market(session.market_root) + MARKET_LOGOUT
            calls.append(Call("DELETE", market, session.market_token))
        closed = [self._close(call) for call in calls]
        return next((each for each in closed if not is_successful(each)), Success(None))

    def is_alive(self, session: Session) -> Result[bool, BrokerError]:
        """Ask for the balance; see the port. Every answer but "dead token" comes from behind the token check."""
        call = interactive_question(self._server, session, BALANCE)
        reply = self._client.exchange(call, self._deadline())
        outcome = question_outcome(reply)
        if is_successful(outcome):
            return Success(True)  # noqa: FBT003
        if isinstance(reply, Answered):
            return Success(not isinstance(outcome.failure(), SessionExpired))
        return Failure(outcome.failure())

    def _open_interactive(self) -> Result[Session, BrokerError]:
        opened = self._calls.open_interactive(self._credentials.interactive, self._deadline())
        return opened.map(lambda login: login.session(self._choice, self._clock.now()))

    def _open_market(self) -> Result[OpenedMarket, BrokerError]:
        return self._calls.open_market(self._credentials.market, self._deadline())

    def _close(self, call: Call) -> Result[None, BrokerError]:
        outcome = question_outcome(self._client.exchange(call, self._deadline()))
        if is_successful(outcome) or isinstance(outcome.failure(), SessionExpired):
            return Success(None)
        return Failure(outcome.failure())

    def _deadline(self) -> Deadline:
        return self._client.deadline(self._timeout_seconds)
