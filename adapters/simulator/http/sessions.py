"""Logins, tokens, and the account that a call is for."""

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from itertools import count
from typing import Final

import jwt

from jainam_prop.adapters.simulator.clock import Clock
from jainam_prop.adapters.simulator.config import Credentials, LoginSpec
from jainam_prop.adapters.simulator.refusals import (
    Crash,
    bad_credentials,
    dead_token,
    missing,
    no_rows,
    no_token,
    not_mapped,
)
from jainam_prop.domain.sessions.session import AccountKind

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


class WithoutClient(Enum):
    """What a dealer's call without clientID comes to."""

    INVALID = auto()
    """HTTP 400, the field is required."""
    LOOKS_EMPTY = auto()
    """HTTP 400 "Data Not Available", whether there are rows or not."""
    CRASHES = auto()
    """HTTP 500 with an error page."""


def account_of(
    login: LoginSpec, fields: Mapping[str, object], group: str, without: WithoutClient = WithoutClient.INVALID
) -> str:
    """Return the account that a call is for.

    Args:
        login: whose call it is; an investor's clientID is not looked at.
        fields: the call's fields.
        group: part of the code that refuses, such as ``trade``.
        without: what happens to a dealer who names no client.

    Raises:
        Refusal: the client is missing, or not mapped under this dealer; his own login id never is.
        Crash: the client is missing where the server trips over that.
    """
    if login.kind is AccountKind.INVESTOR:
        return login.clients[0]
    client = fields.get("clientID")
    if client in (None, ""):
        raise _without_client(group, without)
    if client not in login.clients:
        raise not_mapped(group)
    return str(client)


def dealer_account_of(login: LoginSpec, fields: Mapping[str, object], group: str) -> str:
    """Return the account that a call to a dealer endpoint is for; an investor has no business there.

    Raises:
        Refusal: the caller is no dealer, or names no client of his.
    """
    if login.kind is AccountKind.INVESTOR:
        raise not_mapped(group)
    return account_of(login, fields, group)


def _without_client(group: str, without: WithoutClient) -> Exception:
    match without:
        case WithoutClient.INVALID:
            return missing("clientID")
        case WithoutClient.LOOKS_EMPTY:
            return no_rows(group)
        case WithoutClient.CRASHES:
            return Crash()
