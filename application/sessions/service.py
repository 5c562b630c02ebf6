"""One login a day for every thread and process: open the session, share it, renew it, close it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.ports.runtime import Clock, LockState
from jainam_prop.application.ports.sessions import Login, SharedSession
from jainam_prop.application.sessions.auth_string import AuthStringResolver, write_auth_string
from jainam_prop.application.sessions.cache import SessionCache
from jainam_prop.application.sessions.renewal import LOGIN_UNDER_WAY, SessionRenewal
from jainam_prop.domain.errors import Blocked, BrokerError, RateLimited, SessionExpired
from jainam_prop.domain.sessions.session import AccountKind, Application, Session, acts_for_another
from jainam_prop.domain.sessions.session_life import LOGGED_OUT

LOCK_SECONDS: Final = 30.0
"""How long a login waits for one that is under way: longer than a login takes."""

_LogIn: TypeAlias = Callable[[], Result[Session, BrokerError]]


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """Facts of a session that may be shown: no token, no key.

    Attributes:
        live: whether there is a session within its time; only `check` says whether the broker still knows it.
        expires_at: UTC.
        refusal: why nothing logs in by itself at the moment; "" when it may.
    """

    profile: str
    live: bool
    user_id: str = ""
    account: AccountKind | None = None
    expires_at: datetime | None = None
    seconds_left: float = 0.0
    trading_barrier: str = ""
    market_problem: str = ""
    refusal: str = ""


class LoginService:
    """Logs one profile in and out, and is the `SessionSource` of its calls and feeds.

    Safe to call from many threads; a session in memory costs no I/O. A login ends every earlier one of the same key, so
    it happens under a lock that all processes share, after another look into the store; a refusal is in force until it
    has cooled down or a person logs in.

    Args:
        login: opens sessions with this profile's keys.
        cache: the live session of the profile; its store and its lock are shared by all processes.
        clock: for the ends of sessions.
    """

    def __init__(self, login: Callable[[], Login], cache: SessionCache, clock: Clock) -> None:
        self._login = login
        self._clock = clock
        self._cache = cache
        self._resolve = AuthStringResolver(cache, clock)
        self._renewal = SessionRenewal(cache, login, clock)

    def log_in(
        self, *, force: bool = False, verify: bool = False, to_be_saved: bool = False
    ) -> Result[Session, BrokerError]:
        """Return a live session, opening one only when there is none; for a person or a host that logs in.

        In contrast to `newest` it may be called again although a login was refused before, and it ends a logout.

        Args:
            force: open new sessions even though there are live ones; this ends them everywhere.
            verify: ask the server whether a session that is at hand still works, and try again for market data that it
                lacks.
            to_be_saved: a session that other processes could not find would be of no use, so fail without a login when
                the store cannot be written.
        """
        asked_at = self._clock.now()
        at_hand = (self._cache.reload() if force else self._cache.at_hand()).value_or(None)
        log_in = self._login().log_in
        if at_hand is not None and not force:
            mend = self._mend(at_hand) if verify else None
            if mend is None:
                return Success(at_hand)
            log_in = mend
        problem = self._cache.try_write() if to_be_saved else None
        if problem is not None:
            return Failure(Blocked(f"not logged in, because the session could not be saved: {problem.message}"))
        opened = self._open(log_in, at_hand, asked_at)
        if is_successful(opened) and to_be_saved and self._cache.unsaved is not None:
            return Failure(Blocked(f"logged in, but the session is not saved: {self._cache.unsaved.message}"))
        return opened

    def session_for(self, auth: str | None) -> Result[Session, BrokerError]:
        """Return the live session of an auth string; see `AuthStringResolver`.

        Errors: SessionExpired for a string that is no login of this profile, and after a logout.
        """
        resolved = self._resolve(auth)
        if self._cache.is_logged_out:
            return resolved.bind(lambda _: Failure(SessionExpired(LOGGED_OUT)))
        return resolved.map(self.current)

    def auth_for(self, session: Session) -> str:
        """Return the string for a host to keep and hand back; it is a secret, and the same for the same session."""
        return write_auth_string(self._cache.profile, session)

    def current(self, session: Session) -> Session:
        """Return the live session of the same user and client, or the given one; see the port."""
        live = self._cache.live
        if live is None or live is session or live.user_id != session.user_id or acts_for_another(session, live):
            return session
        return live

    def is_over(self, session: Session) -> bool:
        """Return whether the time of a session has passed."""
        return session.is_over(self._clock.now())

    def shared(self) -> SharedSession:
        """Return the stored session or, where the store has none, the one in memory; see the port."""
        loaded = self._cache.reload()
        refusal = self._cache.refusal(self._cache.profile)
        reason = "" if refusal is None else refusal.reason
        session = loaded.value_or(None)
        if session is None and not self._cache.is_closed():
            session = self._cache.in_memory()
        return SharedSession(session, reason if is_successful(loaded) else loaded.failure().message)

    def newest(self, timeout_seconds: float = LOCK_SECONDS) -> Result[Session, BrokerError]:
        """Return the newest session of all processes; see the port."""
        return self._renewal.newest(timeout_seconds)

    def renew(
        self, application: Application, dead: Session, timeout_seconds: float = LOCK_SECONDS, *, exits: bool = False
    ) -> Result[Session, BrokerError]:
        """Replace a session that the broker does not know any more; see the port."""
        return self._renewal.renew(application, dead, timeout_seconds, exits=exits)

    def check(self, auth: str | None) -> Result[Session, BrokerError]:
        """Return the session of an auth string if the broker says that it works; never logs in.

        A rate limit counts as good news: the broker looks at the token first (protocol notes, section 7).
        """
        found = self.session_for(auth)
        if not is_successful(found):
            return found
        session = found.unwrap()
        if self.is_over(session):
            return Failure(SessionExpired("its time has passed"))
        alive = self._login().is_alive(session)
        if is_successful(alive):
            return found if alive.unwrap() else Failure(SessionExpired("the broker does not know it any more"))
        return found if isinstance(alive.failure(), RateLimited) else Failure(alive.failure())

    def log_out(self) -> Result[None, BrokerError]:
        """Close both applications' sessions for every process, until a person logs in; twice is as good as once."""
        with self._cache.login_lock(LOCK_SECONDS) as lock:
            if lock is LockState.BUSY:
                return Failure(Blocked(LOGIN_UNDER_WAY))
            session = self._cache.reload().value_or(None) or self._cache.live
            closed = Success(None) if session is None else self._login().log_out(session)
            return self._cache.close() if is_successful(closed) else closed

    def store_problem(self) -> str:
        """Return why a session could not be stored now, or "" when it could; writes nothing."""
        problem = self._cache.try_write()
        return "" if problem is None else problem.message

    def status(self) -> SessionStatus:
        """Return what is stored, without asking the broker."""
        profile, refusal = self._cache.profile, self._cache.refusal(self._cache.profile)
        loaded = self._cache.reload()
        session = loaded.value_or(None)
        reason = "" if refusal is None else refusal.reason
        if session is None:
            problem = reason if is_successful(loaded) else loaded.failure().message
            return SessionStatus(profile, live=False, refusal=problem)
        return SessionStatus(
            profile=profile,
            live=True,
            user_id=session.user_id,
            account=session.account.kind,
            expires_at=session.expires_at,
            seconds_left=(session.expires_at - self._clock.now()).total_seconds(),
            trading_barrier=session.account.trading_barrier,
            market_problem=session.market_problem,
            refusal=reason,
        )

    def _open(self, log_in: _LogIn, before: Session | None, asked_at: datetime) -> Result[Session, BrokerError]:
        """Log in, unless another thread or process did or was refused since ``before`` was looked at."""
        with self._cache.login_lock(LOCK_SECONDS) as lock:
            if lock is LockState.BUSY:
                return Failure(Blocked(LOGIN_UNDER_WAY))
            found = self._cache.reload().value_or(None)
            if found is not None and (before is None or _tokens(found) != _tokens(before)):
                return Success(found)
            refusal = self._cache.refusal(self._cache.profile)
            if refusal is not None and refusal.made_at >= asked_at:
                return Failure(Blocked(f"a login at the same moment failed: {refusal.reason}"))
            return self._cache.settle(self._cache.profile, log_in())

    def _mend(self, session: Session) -> _LogIn | None:
        """Return the login that a session needs, or None when the server knows it and nothing is missing."""
        alive = self._login().is_alive(session)
        if is_successful(alive) and not alive.unwrap():
            whole = session.market_token is None
            return self._login().log_in if whole else lambda: self._login().log_in_interactive(session)
        return None if self._has_market(session) else lambda: self._with_market(session)

    def _has_market(self, session: Session) -> bool:
        """Return whether there is a market-data token that the broker does not call dead."""
        if session.market_token is None:
            return False
        return self._login().is_alive(session, Application.MARKET_DATA).value_or(True)  # noqa: FBT003 (unknown is no "no")

    def _with_market(self, session: Session) -> Result[Session, BrokerError]:
        """Try for market data; without it the session is as good as before."""
        opened = self._login().log_in_market(session)
        return opened.lash(lambda error: Success(replace(session, market_problem=error.message)))


def _tokens(session: Session) -> tuple[str, str | None]:
    return session.interactive_token, session.market_token
