"""Calls that survive an expired session: one renewal, then the call once more.

Repeating is safe for orders too: SessionExpired means that the broker answered and did nothing.
"""

from collections.abc import Callable
from typing import Final, TypeVar, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.sessions import SessionSource
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, SessionExpired
from jainam_prop.domain.sessions.session import Application, Session

REFUSED_AGAIN_SECONDS: Final = 60.0
"""How long a market-data token that a call was refused with right after its renewal is not renewed again.

A call that is refused with every token must not cost a login each time. A trading token is judged by `SessionRenewal`,
which can ask the broker about it.
"""

_Answer = TypeVar("_Answer")


@final
class RenewedCalls:
    """Makes calls with the live session, and once more with a renewed one when the broker said that it had expired."""

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
