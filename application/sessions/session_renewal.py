"""What happens when a token has died: one new login for all who held it, and none when that was refused."""

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.sessions import Login, LoginLock, TokenStore
from jainam_prop.application.sessions.session_shelf import SessionShelf
from jainam_prop.domain.errors import Blocked, BrokerError, SessionExpired
from jainam_prop.domain.sessions.session import Session, acts_for_another
from jainam_prop.domain.sessions.session_life import RENEWALS_AT_MOST, RENEWALS_WITHIN_SECONDS

_LOG: Final = logging.getLogger(__name__)

LOCK_NOT_HAD: Final = "another login is under way, or its lock cannot be had"


@dataclass(frozen=True, slots=True)
class _Application:
    """One of the two XTS applications: what it is called, its token, how a new one is had, where refusals stand."""

    name: str
    token: Callable[[Session], str | None]
    open: Callable[[Session], Result[Session, BrokerError]]
    key: str


class SessionRenewal:
    """Replaces dead tokens, each application's on its own, since a login ends only its own earlier sessions."""

    def __init__(self, shelf: SessionShelf, login: Login, tokens: TokenStore, lock: LoginLock, clock: Clock) -> None:
        self._shelf = shelf
        self._login = login
        self._tokens = tokens
        self._lock = lock
        self._clock = clock
        self._opened_at: deque[float] = deque(maxlen=RENEWALS_AT_MOST)
        profile = shelf.profile
        self._interactive = _Application(
            "interactive", lambda session: session.interactive_token, self._open_trading, profile
        )
        self._market = _Application(
            "market-data", lambda session: session.market_token, login.log_in_market, f"{profile}#market"
        )

    def interactive(self, dead: Session, timeout_seconds: float) -> Result[Session, BrokerError]:
        """Return a session with another interactive token than the dead one's."""
        return self._renew(self._interactive, dead, timeout_seconds)

    def market(self, dead: Session, timeout_seconds: float) -> Result[Session, BrokerError]:
        """Return a session with another market-data token than the dead one's; trading is left alone."""
        over = dead.is_over(self._clock.now())
        return self._renew(self._interactive if over else self._market, dead, timeout_seconds)

    def _renew(self, side: _Application, dead: Session, timeout_seconds: float) -> Result[Session, BrokerError]:
        if self._replaces(side, self._shelf.live, dead):
            return self._handed(dead, self._shelf.live)
        with self._lock.hold(self._shelf.lock_name, timeout_seconds) as held:
            if not held:
                return Failure(Blocked(LOCK_NOT_HAD))
            stored = self._shelf.recall()
            if self._replaces(side, stored, dead):
                return self._handed(dead, stored)
            barrier = self._barrier(side)
            if barrier is not None:
                return Failure(SessionExpired(barrier))
            opened = self._shelf.settle(side.key, side.open(stored or dead))
        if not is_successful(opened):
            return opened
        _LOG.info("Opened a new %s session", side.name)
        return self._handed(dead, opened.unwrap())

    def _replaces(self, side: _Application, found: Session | None, dead: Session) -> bool:
        if found is None or found.is_over(self._clock.now()):
            return False
        return side.token(found) not in {None, side.token(dead)}

    def _handed(self, dead: Session, found: Session | None) -> Result[Session, BrokerError]:
        if found is None or (dead.user_id and dead.user_id != found.user_id):
            return Failure(SessionExpired("the session was another user's than the one the settings log in"))
        if acts_for_another(dead, found):
            return Failure(SessionExpired("the new login acts for another client than the one before"))
        return Success(found)

    def _barrier(self, side: _Application) -> str | None:
        """Say why nobody may log in now, or count one login."""
        refusal = self._tokens.refusal(side.key)
        if refusal is not None and refusal.stands(self._clock.now()):
            return refusal.reason
        now = self._clock.monotonic()
        worn = len(self._opened_at) == RENEWALS_AT_MOST and now - self._opened_at[0] < RENEWALS_WITHIN_SECONDS
        if worn:
            return "the token keeps dying; another program seems to log in with the same key"
        self._opened_at.append(now)
        return None

    def _open_trading(self, session: Session) -> Result[Session, BrokerError]:
        if session.is_over(self._clock.now()):
            return self._login.log_in()
        return self._login.log_in_interactive(session)
