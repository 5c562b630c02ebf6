"""Logging in on purpose: when a login is needed at all, and how it is made once for everybody who waits."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final, TypeAlias

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.sessions import Login, LoginLock, TokenStore
from jainam_prop.application.sessions.session_renewal import LOCK_NOT_HAD
from jainam_prop.application.sessions.session_shelf import SessionShelf
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.sessions.session import Session

_LogIn: TypeAlias = Callable[[], Result[Session, BrokerError]]

LOCK_SECONDS: Final = 30.0
"""How long a login waits for one that is under way: longer than a login takes."""


class SessionOpening:
    """Opens sessions; in contrast to a renewal, a person may try again although a login was refused before."""

    def __init__(self, shelf: SessionShelf, login: Login, tokens: TokenStore, lock: LoginLock, clock: Clock) -> None:
        self._shelf = shelf
        self._login = login
        self._tokens = tokens
        self._lock = lock
        self._clock = clock

    def __call__(self, *, force: bool, verify: bool) -> Result[Session, BrokerError]:
        """Return a live session, opening one only when there is none; see `SessionKeeper.log_in`."""
        asked_at = self._clock.now()
        if force:
            return self._open(self._login.log_in, self._shelf.recall(), asked_at)
        at_hand = self._shelf.at_hand()
        if at_hand is None:
            return self._open(self._login.log_in, None, asked_at)
        mend = self._mend(at_hand) if verify else None
        return Success(at_hand) if mend is None else self._open(mend, at_hand, asked_at)

    def _open(self, log_in: _LogIn, before: Session | None, asked_at: datetime) -> Result[Session, BrokerError]:
        """Log in, unless somebody else did or was refused since ``before`` was looked at."""
        with self._lock.hold(self._shelf.lock_name, LOCK_SECONDS) as held:
            if not held:
                return Failure(Blocked(LOCK_NOT_HAD))
            found = self._shelf.recall()
            if found is not None and (before is None or _tokens(found) != _tokens(before)):
                return Success(found)
            refusal = self._tokens.refusal(self._shelf.profile)
            if refusal is not None and refusal.made_at >= asked_at:
                return Failure(Blocked(f"a login at the same moment failed: {refusal.reason}"))
            return self._shelf.settle(self._shelf.profile, log_in())

    def _mend(self, session: Session) -> _LogIn | None:
        """Return the login that a session needs, or None when the server knows it and nothing is missing."""
        alive = self._login.is_alive(session)
        if is_successful(alive) and not alive.unwrap():
            whole = session.market_token is None
            return self._login.log_in if whole else lambda: self._login.log_in_interactive(session)
        return (lambda: self._with_market(session)) if session.market_token is None else None

    def _with_market(self, session: Session) -> Result[Session, BrokerError]:
        """Try for market data; without it the session is as good as before."""
        opened = self._login.log_in_market(session)
        return opened.lash(lambda error: Success(replace(session, market_problem=error.message)))


def _tokens(session: Session) -> tuple[str, str | None]:
    return session.interactive_token, session.market_token
