"""Logins and tokens: one live session per application key, dead after a day or at the next login."""

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Final

import jwt

from jainam_prop.adapters.simulator.api.refusal import bad_credentials, dead_token, no_token
from jainam_prop.adapters.simulator.exchange.clock import Clock
from jainam_prop.adapters.simulator.server.config import Credentials, LoginSpec

INTERACTIVE: Final = "interactive"
MARKET: Final = "market"
_LIFETIME: Final = timedelta(seconds=86_400)


@dataclass(slots=True)
class LiveSession:
    """One login to one application; subscriptions belong to it and die with it."""

    login: LoginSpec
    application: str
    token: str = field(repr=False)
    expires_at: datetime
    subscriptions: set[tuple[int, int, int]] = field(default_factory=set)


class Sessions:
    """All live sessions; safe across threads."""

    def __init__(self, logins: tuple[LoginSpec, ...], clock: Clock) -> None:
        self._logins = logins
        self._clock = clock
        self._lock = threading.Lock()
        self._signing_key = secrets.token_hex(32)
        self._numbers = count(1)
        self._live: dict[str, LiveSession] = {}
        self._mourners: tuple[Callable[[LiveSession], object], ...] = ()

    def when_ended(self, told: Callable[[LiveSession], object]) -> None:
        """Let somebody be told of every session that ends by logout or by a new login; no lock is held then."""
        self._mourners = (*self._mourners, told)

    def open(self, application: str, key: str, secret: str) -> LiveSession:
        """Log in; the earlier session of the same application and key ends at once.

        Raises:
            Refusal: nobody has these credentials at this application.
        """
        for login in self._logins:
            wanted = _credentials(login, application)
            if (wanted.key, wanted.secret) == (key, secret):
                return self._open(login, application)
        raise bad_credentials(interactive=application == INTERACTIVE)

    def check(self, application: str, token: str) -> LiveSession:
        """Return the session that a token carries.

        Raises:
            Refusal: no token was given, or it is unknown, replaced, expired or of the other application.
        """
        if not token:
            raise no_token()
        session = self._live.get(token)
        if session is None or session.application != application or session.expires_at <= self._clock.now():
            raise dead_token()
        return session

    def find(self, token: str) -> LiveSession | None:
        """Return the session of a token, whatever its application."""
        return self._live.get(token)

    def close(self, token: str) -> None:
        """End the session of a token, if there is one."""
        with self._lock:
            ended = self._live.pop(token, None)
        self._tell([ended] if ended else [])

    def kill(self, user_id: str, application: str | None = None) -> int:
        """End the sessions of a login, at one application or both, and return how many there were."""
        with self._lock:
            doomed = [
                token
                for token, session in self._live.items()
                if session.login.user_id == user_id and application in {None, session.application}
            ]
            ended = [self._live.pop(token) for token in doomed]
        self._tell(ended)
        return len(ended)

    def live(self) -> tuple[LiveSession, ...]:
        """Return every live session."""
        with self._lock:
            return tuple(self._live.values())

    def _tell(self, ended: list[LiveSession]) -> None:
        for session in ended:
            for told in self._mourners:
                told(session)

    def _open(self, login: LoginSpec, application: str) -> LiveSession:
        now = self._clock.now()
        token = self._token(login, application, now)
        session = LiveSession(login, application, token, now + _LIFETIME)
        self.kill(login.user_id, application)
        with self._lock:
            self._live[token] = session
        return session

    def _token(self, login: LoginSpec, application: str, now: datetime) -> str:
        issued = int(now.timestamp())
        key = _credentials(login, application).key
        claims: dict[str, object] = {"userID": f"{login.user_id}_{key.upper()}", "publicKey": key}
        if application == INTERACTIVE:
            claims["isInteractive"] = True
        claims |= {"iat": issued, "exp": issued + int(_LIFETIME.total_seconds())}
        # the number keeps two logins of one second apart, which their claims would not
        return jwt.encode(claims, self._signing_key, algorithm="HS256", headers={"kid": str(next(self._numbers))})


def _credentials(login: LoginSpec, application: str) -> Credentials:
    return login.interactive if application == INTERACTIVE else login.market
