"""Session renewal: one new login for all callers with a dead token, and the repetition of their calls.

Repeating is safe for orders too: SessionExpired means that the broker answered and did nothing.
"""

import logging
from collections import deque
from collections.abc import Callable
from typing import Final, TypeVar, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.sessions import Login, LoginLock, SessionSource
from jainam_prop.application.sessions.cache import SessionCache
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import Blocked, BrokerError, SessionExpired
from jainam_prop.domain.sessions.session import Application, Session, acts_for_another
from jainam_prop.domain.sessions.session_life import RENEWALS_AT_MOST, RENEWALS_WITHIN_SECONDS

_Answer = TypeVar("_Answer")

LOCK_NOT_HAD: Final = "another login is under way, or its lock cannot be had"

_LOG: Final = logging.getLogger(__name__)


@final
class RenewedCalls:
    """Makes calls with the live session, and once more with a renewed one when the broker said that it had expired."""

    def __init__(self, sessions: SessionSource, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock

    def __call__(
        self,
        application: Application,
        session: Session,
        timeout_seconds: float,
        call: Callable[[Session, float], Result[_Answer, BrokerError]],
    ) -> Result[_Answer, BrokerError]:
        """Make a call of an application.

        Args:
            application: the one that the call belongs to; market data may have no token yet.
            session: whose account to act for.
            timeout_seconds: for the call, the renewal and the repetition together.
            call: makes the call once, with a session and within the seconds it is given.
        """
        live = self._sessions.current(session)
        deadline = Deadline(self._clock.monotonic() + timeout_seconds)
        lacking = application is Application.MARKET_DATA and live.market_token is None
        if lacking or self._sessions.is_over(live):
            reason = (lacking and live.market_problem) or "its time has passed"
            return self._repeat(application, live, reason, deadline, call)
        answer = call(live, timeout_seconds)
        if is_successful(answer):
            return answer
        error = answer.failure()
        if not isinstance(error, SessionExpired):
            return answer
        return self._repeat(application, live, error.reason, deadline, call)

    def _repeat(
        self,
        application: Application,
        dead: Session,
        reason: str,
        deadline: Deadline,
        call: Callable[[Session, float], Result[_Answer, BrokerError]],
    ) -> Result[_Answer, BrokerError]:
        renewed = self._sessions.renew(application, dead, deadline.remaining(self._clock.monotonic()))
        if not is_successful(renewed):
            return Failure(SessionExpired(f"{reason}; logging in again failed: {renewed.failure().message}"))
        left = deadline.remaining(self._clock.monotonic())
        if not left:
            return Failure(SessionExpired(f"{reason}; a new session is open, but no time was left to use it"))
        return call(renewed.unwrap(), left)


class SessionRenewal:
    """Replaces dead tokens, each application's on its own, since a login ends only its own earlier sessions."""

    def __init__(self, cache: SessionCache, login: Login, lock: LoginLock, clock: Clock) -> None:
        self._cache = cache
        self._login = login
        self._lock = lock
        self._clock = clock
        self._opened_at: deque[float] = deque(maxlen=RENEWALS_AT_MOST)

    def renew(self, application: Application, dead: Session, timeout_seconds: float) -> Result[Session, BrokerError]:
        """Return a session with another token for the application than the dead one's."""
        if application is Application.MARKET_DATA and dead.is_over(self._clock.now()):
            application = Application.TRADING
        if self._replaces(application, self._cache.live, dead):
            return self._checked(dead, self._cache.live)
        with self._lock.hold(self._cache.lock_name, timeout_seconds) as held:
            if not held:
                return Failure(Blocked(LOCK_NOT_HAD))
            stored = self._cache.reload()
            if self._replaces(application, stored, dead):
                return self._checked(dead, stored)
            opened = self._open(application, stored or dead)
        return opened.bind(lambda session: self._checked(dead, session))

    def newest(self, timeout_seconds: float) -> Result[Session, BrokerError]:
        """Return the stored session, or a new one where there is none and nothing forbids a login."""
        stored = self._cache.reload() or self._cache.at_hand()
        if stored is not None:
            return Success(stored)
        with self._lock.hold(self._cache.lock_name, timeout_seconds) as held:
            if not held:
                return Failure(Blocked(LOCK_NOT_HAD))
            stored = self._cache.reload()
            return self._open(Application.TRADING, None) if stored is None else Success(stored)

    def _replaces(self, application: Application, found: Session | None, dead: Session) -> bool:
        if found is None or found.is_over(self._clock.now()):
            return False
        return _token(application, found) not in {None, _token(application, dead)}

    def _checked(self, dead: Session, found: Session | None) -> Result[Session, BrokerError]:
        if found is None or (dead.user_id and dead.user_id != found.user_id):
            return Failure(SessionExpired("the session was another user's than the one the settings log in"))
        if acts_for_another(dead, found):
            return Failure(SessionExpired("the new login acts for another client than the one before"))
        return Success(found)

    def _open(self, application: Application, before: Session | None) -> Result[Session, BrokerError]:
        """Log in where no refusal stands and the budget allows it; the lock is held."""
        key = self._cache.profile if application is Application.TRADING else f"{self._cache.profile}#market"
        barrier = self._cache.refusal(key) or self._spend()
        if barrier:
            return Failure(SessionExpired(barrier))
        opened = self._cache.settle(key, self._log_in(application, before))
        if is_successful(opened):
            _LOG.info("Opened a new %s session", application.value)
        return opened

    def _log_in(self, application: Application, before: Session | None) -> Result[Session, BrokerError]:
        if before is None or before.is_over(self._clock.now()):
            return self._login.log_in()
        if application is Application.MARKET_DATA:
            return self._login.log_in_market(before)
        return self._login.log_in_interactive(before)

    def _spend(self) -> str:
        """Count one login; return why it is one too many, or "" when it may be made."""
        now = self._clock.monotonic()
        used_up = len(self._opened_at) == RENEWALS_AT_MOST and now - self._opened_at[0] < RENEWALS_WITHIN_SECONDS
        if used_up:
            return "the token keeps dying; another program seems to log in with the same key"
        self._opened_at.append(now)
        return ""


def _token(application: Application, session: Session) -> str | None:
    return session.interactive_token if application is Application.TRADING else session.market_token
