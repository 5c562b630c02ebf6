"""The `Login` port on the broker in memory."""

from dataclasses import replace
from typing import Final, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.adapters.simulator.config import Credentials, LoginSpec
from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE, MARKET, LiveSession
from jainam_prop.domain.errors import BrokerError, OutcomeUnknown, SessionExpired, Unreadable
from jainam_prop.domain.sessions.session import AccountChoice, AccountKind, Application, Session, account_for
from tests.fakes.broker.calls import Call, Calls, as_unanswered

_SECONDS: Final = 10.0
_MARKET_ROOT: Final = "apibinarymarketdata"


@final
class FakeBrokerLogin:
    """Opens and closes sessions of one login.

    Args:
        calls: carries out calls.
        login: the credentials.
        choice: the account that the settings ask for.
    """

    def __init__(self, calls: Calls, login: LoginSpec, choice: AccountChoice) -> None:
        self._calls = calls
        self._login = login
        self._choice = choice

    def log_in(self) -> Result[Session, BrokerError]:
        return self._open_interactive().map(self._session).map(self._with_market_if_any)

    def log_in_interactive(self, session: Session) -> Result[Session, BrokerError]:
        return (
            self._open_interactive()
            .map(self._session)
            .map(
                lambda new: replace(
                    new,
                    market_token=session.market_token,
                    market_user_id=session.market_user_id,
                    market_problem=session.market_problem,
                    market_root=session.market_root,
                ),
            )
        )

    def log_in_market(self, session: Session) -> Result[Session, BrokerError]:
        return self._open_market().map(lambda live: _with_market(session, live))

    def log_out(self, session: Session) -> Result[None, BrokerError]:
        call = Call("logout", "session", session, _SECONDS)

        def close(_live: LiveSession) -> None:
            self._calls.sessions.close(session.interactive_token)

        closed = self._calls.once(call, close).lash(_closed_already)
        self._calls.sessions.close(session.market_token or "")
        return closed

    def is_alive(self, session: Session, application: Application = Application.TRADING) -> Result[bool, BrokerError]:
        if application is Application.MARKET_DATA:
            return Success(self._calls.sessions.find(session.market_token or "") is not None)
        call = Call("balance", "user", session, _SECONDS)
        return self._calls.once(call, lambda _live: True).alt(as_unanswered).lash(_dead)

    def _open_interactive(self) -> Result[LiveSession, BrokerError]:
        return self._open("login", "session", INTERACTIVE, self._login.interactive)

    def _open_market(self) -> Result[LiveSession, BrokerError]:
        return self._open("market_login", "market", MARKET, self._login.market)

    def _open(
        self, endpoint: str, family: str, application: str, keys: Credentials
    ) -> Result[LiveSession, BrokerError]:
        call = Call(endpoint, family, None, _SECONDS, {"appKey": keys.key}, application)
        opened = self._calls.anonymous(call, lambda: self._calls.sessions.open(application, keys.key, keys.secret))
        return opened.alt(_as_unread)

    def _session(self, live: LiveSession) -> Session:
        is_investor = live.login.kind is AccountKind.INVESTOR
        account = account_for(self._choice, is_investor=is_investor, client_codes=live.login.clients)
        return Session(live.login.user_id, account, live.token, None, live.expires_at, client_codes=live.login.clients)

    def _with_market_if_any(self, session: Session) -> Session:
        market = self._open_market()
        if is_successful(market):
            return _with_market(session, market.unwrap())
        return replace(session, market_problem=market.failure().message)


def _as_unread(error: BrokerError) -> BrokerError:
    """A login whose reply was lost has no outcome that matters: the next one ends it."""
    return Unreadable(error.reason) if isinstance(error, OutcomeUnknown) else error


def _with_market(session: Session, live: LiveSession) -> Session:
    return replace(
        session,
        market_token=live.token,
        market_user_id=live.login.user_id,
        market_problem="",
        market_root=_MARKET_ROOT,
    )


def _closed_already(error: BrokerError) -> Result[None, BrokerError]:
    return Success(None) if isinstance(error, SessionExpired) else Failure(error)


def _dead(error: BrokerError) -> Result[bool, BrokerError]:
    return Success(False) if isinstance(error, SessionExpired) else Failure(error)  # noqa: FBT003
