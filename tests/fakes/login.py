"""A server to log in to: one live token per application, counted logins, refusals on demand."""

import threading
from dataclasses import replace
from datetime import timedelta

from returns.result import Failure, Result, Success

from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.sessions import Login
from jainam_prop.application.sessions.cache import SessionCache
from jainam_prop.application.sessions.service import LoginService
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.sessions.session import Account, AccountChoice, AccountKind, Application, Session
from tests.fakes.login_lock import InMemoryLoginLock
from tests.fakes.token_store import InMemoryTokenStore


def a_login_service(login: Login, clock: Clock, choice: AccountChoice) -> LoginService:
    """Return the login service of a process that shares its store and lock with no other."""
    cache = SessionCache(InMemoryTokenStore(), InMemoryLoginLock(), clock, profile="B-1", choice=choice)
    return LoginService(lambda: login, cache, clock)


class FakeLogin:
    """Opens sessions; a login ends the earlier one of its application, as at XTS.

    `refusal` makes every login fail; `deaf` makes `log_out` and `is_alive` fail; a login takes
    `seconds`. `interactive_logins` and `market_logins` count.
    """

    def __init__(self, clock: Clock, user_id: str = "DEALER01") -> None:
        self.refusal: BrokerError | None = None
        self.market_refusal: BrokerError | None = None
        self.deaf: BrokerError | None = None
        self.seconds = 0.0
        self.interactive_logins = 0
        self.market_logins = 0
        self.user_id = user_id
        self.account = Account(AccountKind.NORMAL, "CLIENT01")
        self.client_codes: tuple[str, ...] = ("CLIENT01", "CLIENT02")
        self._clock = clock
        self._lock = threading.Lock()
        self._interactive: str | None = None
        self._market: str | None = None

    @property
    def logins(self) -> tuple[int, int]:
        """How many interactive and market-data logins there were."""
        return self.interactive_logins, self.market_logins

    def kill_interactive(self) -> None:
        self._interactive = None

    def kill_market(self) -> None:
        self._market = None

    def knows(self, session: Session) -> bool:
        return session.interactive_token == self._interactive

    def knows_market(self, session: Session) -> bool:
        return session.market_token is not None and session.market_token == self._market

    def log_in(self) -> Result[Session, BrokerError]:
        self._clock.sleep(self.seconds)
        with self._lock:
            if self.refusal is not None:
                return Failure(self.refusal)
            session = Session(
                user_id=self.user_id,
                account=self.account,
                interactive_token=self._open_interactive(),
                market_token=None,
                expires_at=self._clock.now() + timedelta(hours=24),
                client_codes=self.client_codes,
            )
            if self.market_refusal is not None:
                return Success(replace(session, market_problem=self.market_refusal.message))
            return Success(replace(session, market_token=self._open_market(), market_user_id=self.user_id))

    def log_in_interactive(self, session: Session) -> Result[Session, BrokerError]:
        self._clock.sleep(self.seconds)
        with self._lock:
            if self.refusal is not None:
                return Failure(self.refusal)
            return Success(replace(session, user_id=self.user_id, interactive_token=self._open_interactive()))

    def log_in_market(self, session: Session) -> Result[Session, BrokerError]:
        self._clock.sleep(self.seconds)
        with self._lock:
            if self.market_refusal is not None:
                return Failure(self.market_refusal)
            return Success(replace(session, market_token=self._open_market(), market_problem=""))

    def log_out(self, session: Session) -> Result[None, BrokerError]:
        del session
        if self.deaf is not None:
            return Failure(self.deaf)
        self._interactive = self._market = None
        return Success(None)

    def is_alive(self, session: Session, application: Application = Application.TRADING) -> Result[bool, BrokerError]:
        if self.deaf is not None:
            return Failure(self.deaf)
        return Success(self.knows(session) if application is Application.TRADING else self.knows_market(session))

    def _open_interactive(self) -> str:
        self.interactive_logins += 1
        self._interactive = f"interactive-{self.interactive_logins}"
        return self._interactive

    def _open_market(self) -> str:
        self.market_logins += 1
        self._market = f"market-{self.market_logins}"
        return self._market
