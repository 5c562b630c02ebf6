"""Session renewal: one new login for all callers with a dead token, within a budget of logins."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.ports.runtime import Clock, LockState
from jainam_prop.application.ports.sessions import Login, SessionSource
from jainam_prop.application.sessions.cache import SessionCache
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import Blocked, BrokerError, RateLimited, SessionExpired
from jainam_prop.domain.sessions.session import Application, Session, acts_for_another
from jainam_prop.domain.sessions.session_life import (
    LOGGED_OUT,
    RENEWALS_AT_MOST,
    RENEWALS_FOR_EXITS,
    RENEWALS_WITHIN_SECONDS,
)

LOGIN_UNDER_WAY: Final = "another login is under way"

_LOG: Final = logging.getLogger(__name__)

_NO_LOGIN: Final = "no login was made, since it would end the session that another process may have"
_TRUSTED_SECONDS: Final = 300.0
"""How long a renewed trading token is not renewed for a mere complaint, unless the broker, asked for the balance, does
not know it either: one endpoint that answers "invalid token" to every token must not cost a login for each answer.
"""
_ASKED_SECONDS: Final = 2.0
"""How long the broker's word on a doubted token holds for all callers; its rate chart allows ten balances in 3 s."""


class SessionRenewal:
    """Replaces dead tokens, each application's on its own, since a login ends only its own earlier sessions."""

    def __init__(self, cache: SessionCache, login: Callable[[], Login], clock: Clock) -> None:
        self._cache = cache
        self._login = login
        self._clock = clock
        self._logins: dict[Application, deque[float]] = {
            application: deque(maxlen=RENEWALS_AT_MOST + RENEWALS_FOR_EXITS) for application in Application
        }
        self._renewed_at: dict[str, float] = {}
        self._asked = "", float("-inf"), False

    def renew(
        self, application: Application, dead: Session, timeout_seconds: float, *, exits: bool = False
    ) -> Result[Session, BrokerError]:
        """Return a session with another token for the application than the dead one's; see the port."""
        if application is Application.MARKET_DATA and dead.is_over(self._clock.now()):
            application = Application.TRADING
        live = self._cache.in_memory()
        if live is not None and self._replaces(application, live, dead):
            return self._handed_over(application, dead, live)
        with self._cache.login_lock(timeout_seconds) as lock:
            if lock is LockState.BUSY:
                return Failure(Blocked(LOGIN_UNDER_WAY))
            stored = self._cache.reload().value_or(None) or self._cache.in_memory()
            if stored is not None and self._replaces(application, stored, dead):
                return self._handed_over(application, dead, stored)
            before = stored or dead
            complaint = self._doubt(dead, exits=exits) if application is Application.TRADING else None
            opened = self._open(application, before, lock, exits=exits) if complaint is None else Failure(complaint)
        return opened.bind(lambda session: self._handed_over(application, dead, session))

    def newest(self, timeout_seconds: float) -> Result[Session, BrokerError]:
        """Return the stored session, or a new one where there is none and nothing forbids a login; see the port."""
        found = self._found()
        if found is not None:
            return found
        with self._cache.login_lock(timeout_seconds) as lock:
            if lock is LockState.BUSY:
                return Failure(Blocked(LOGIN_UNDER_WAY))
            found = self._found()
            return self._open(Application.TRADING, None, lock) if found is None else found

    def _found(self) -> Result[Session, BrokerError] | None:
        """Return the stored session or, where the store has none, the one in memory; None when there is neither."""
        loaded = self._cache.reload()
        stored = loaded.value_or(None)
        if stored is not None:
            return Success(stored)
        if self._cache.is_closed():
            return Failure(SessionExpired(LOGGED_OUT))
        live = self._cache.in_memory()
        if live is not None:
            return Success(live)
        if is_successful(loaded) or self._cache.is_own:
            return None
        return Failure(Blocked(f"{_reason(loaded.failure())}; {_NO_LOGIN}"))

    def _replaces(self, application: Application, found: Session, dead: Session) -> bool:
        return _token(application, found) not in {None, _token(application, dead)}

    def _handed_over(self, application: Application, dead: Session, found: Session) -> Result[Session, BrokerError]:
        if dead.user_id and dead.user_id != found.user_id:
            return Failure(SessionExpired("the session was another user's than the one the settings log in"))
        if acts_for_another(dead, found):
            return Failure(SessionExpired("the new login acts for another client than the one before"))
        if application is Application.TRADING and found.interactive_token not in self._renewed_at:
            now = self._clock.monotonic()
            recent = {token: at for token, at in self._renewed_at.items() if now - at < _TRUSTED_SECONDS}
            self._renewed_at = {**recent, found.interactive_token: now}
        return Success(found)

    def _doubt(self, dead: Session, *, exits: bool) -> BrokerError | None:
        """Return why a complaint about a token is not certain: it was renewed for another complaint just now."""
        renewed_at = self._renewed_at.get(dead.interactive_token)
        if renewed_at is None or self._clock.monotonic() - renewed_at >= _TRUSTED_SECONDS:
            return None
        token, at, is_known = self._asked
        is_new = token == dead.interactive_token and self._clock.monotonic() - at < _ASKED_SECONDS
        if not is_new or (exits and is_known):
            alive = self._login().is_alive(dead)
            limited = not is_successful(alive) and isinstance(alive.failure(), RateLimited)
            is_known = limited or alive.value_or(False)  # noqa: FBT003 (a rate limit: the token is looked at first)
            self._asked = dead.interactive_token, self._clock.monotonic(), is_known
        if not is_known:
            return None
        return SessionExpired("the broker refuses this call, but still knows the session; not logged in again")

    def _open(
        self, application: Application, before: Session | None, lock: LockState, *, exits: bool = False
    ) -> Result[Session, BrokerError]:
        """Log in where the store can keep the session, no refusal is in force and the budget allows it."""
        key = self._cache.profile if application is Application.TRADING else f"{self._cache.profile}#market"
        problem = self._unusable_store(lock)
        if problem is not None:
            return Failure(problem)
        refusal = self._cache.refusal(key, exits=exits)
        barrier = self._spend(application, exits=exits) if refusal is None else refusal.reason
        if barrier:
            return Failure(SessionExpired(barrier))
        opened = self._cache.settle(key, self._log_in(application, before))
        if is_successful(opened):
            _LOG.info("Opened a new %s session", application.value)
        return opened

    def _unusable_store(self, lock: LockState) -> BrokerError | None:
        """Return why this process must not log in; one that was given its session may do so without the store."""
        if self._cache.is_own:
            return None
        if not lock:
            return Blocked(f"the store of the login lock cannot be reached; {_NO_LOGIN}")
        problem = self._cache.try_write()
        return None if problem is None else Blocked(f"{_reason(problem)}; {_NO_LOGIN}")

    def _log_in(self, application: Application, before: Session | None) -> Result[Session, BrokerError]:
        if before is None or before.is_over(self._clock.now()):
            return self._login().log_in()
        if application is Application.MARKET_DATA:
            return self._login().log_in_market(before)
        return self._login().log_in_interactive(before)

    def _spend(self, application: Application, *, exits: bool) -> str:
        """Count one login; return why it is one too many, or "" when it may be made."""
        now, logins = self._clock.monotonic(), self._logins[application]
        recent = sum(now - at < RENEWALS_WITHIN_SECONDS for at in logins)
        if recent >= RENEWALS_AT_MOST + (RENEWALS_FOR_EXITS if exits else 0):
            return "the token keeps dying; another program seems to log in with the same key"
        logins.append(now)
        return ""


def _token(application: Application, session: Session) -> str | None:
    return session.interactive_token if application is Application.TRADING else session.market_token


def _reason(error: BrokerError) -> str:
    return error.reason if isinstance(error, Blocked) else error.message


REFUSED_AGAIN_SECONDS: Final = 60.0
"""How long a market-data token that a call was refused with right after its renewal is not renewed again.

A call that is refused with every token must not cost a login each time. A trading token is judged by `SessionRenewal`,
which can ask the broker about it.
"""

_Answer = TypeVar("_Answer")


@final
class RenewedCalls:
    """Makes calls with the live session, and once more with a renewed one when the broker said that it had expired.

    Repeating is safe for orders too: SessionExpired means that the broker answered and did nothing.
    """

    def __init__(self, sessions: SessionSource, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._refused_again: tuple[str | None, float] = (None, 0.0)

    def __call__(
        self,
        application: Application,
        session: Session,
        timeout_seconds: float,
        call: Callable[[Session, float], Result[_Answer, BrokerError]],
        *,
        exits: bool = False,
    ) -> Result[_Answer, BrokerError]:
        """Make a call of an application.

        Args:
            application: the one that the call belongs to; market data may have no token yet.
            session: the account to act for.
            timeout_seconds: for the call, the renewal and the repetition together.
            call: makes the call once, with a session and within the seconds it is given.
            exits: it only reduces risk.
        """
        session, exits = replace(session, exits=False) if session.exits else session, exits or session.exits
        live = self._sessions.current(session)
        deadline = Deadline(self._clock.monotonic() + timeout_seconds)
        reason = self._lack(application, live)
        if reason is None:
            answer = call(live, timeout_seconds)
            reason = _expiry(answer)
            if reason is None:
                return answer
        renewed = self._renewed(application, live, deadline, exits=exits)
        if not is_successful(renewed):
            return Failure(SessionExpired(f"{reason}; {renewed.failure()}"))
        answer = call(renewed.unwrap(), deadline.remaining(self._clock.monotonic()))
        if _expiry(answer) is not None:
            self._refused_again = renewed.unwrap().market_token, self._clock.monotonic()
        return answer

    def _renewed(
        self, application: Application, dead: Session, deadline: Deadline, *, exits: bool
    ) -> Result[Session, str]:
        if application is Application.MARKET_DATA and self._is_refused_again(dead):
            return Failure("a new session was refused as well")
        left = deadline.remaining(self._clock.monotonic())
        renewed = self._sessions.renew(application, dead, left, exits=exits)
        if not is_successful(renewed):
            return Failure(f"logging in again failed: {renewed.failure().message}")
        if not deadline.remaining(self._clock.monotonic()):
            return Failure("a new session is open, but no time was left to use it")
        return Success(renewed.unwrap())

    def _is_refused_again(self, session: Session) -> bool:
        token, at = self._refused_again
        return (
            session.market_token is not None
            and session.market_token == token
            and self._clock.monotonic() - at < REFUSED_AGAIN_SECONDS
        )

    def _lack(self, application: Application, session: Session) -> str | None:
        """Return why a call with a session need not be tried, or None when it may work."""
        if application is Application.MARKET_DATA and session.market_token is None:
            return session.market_problem or "there is no market-data session"
        return "its time has passed" if self._sessions.is_over(session) else None


def _expiry(answer: Result[_Answer, BrokerError]) -> str | None:
    if is_successful(answer):
        return None
    error = answer.failure()
    return error.reason if isinstance(error, SessionExpired) else None
