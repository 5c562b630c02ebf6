"""Logins: sessions and tokens, the account of a call, and the host lookup before a login.

An application key has one live session; a day, a logout or the next login ends it.
"""

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Final

import jwt

from jainam_prop.adapters.simulator import refusals
from jainam_prop.adapters.simulator.config import Credentials, LoginSpec
from jainam_prop.adapters.simulator.http.messages import Reply, Request, failure, success
from jainam_prop.adapters.simulator.vocabulary import Clock
from jainam_prop.domain.sessions.session import AccountKind

INTERACTIVE: Final = "interactive"
MARKET: Final = "market"
_LIFETIME: Final = timedelta(days=1)


@dataclass(slots=True)
class LiveSession:
    """One session at one application, with its market-data subscriptions (segment, instrument, message code)."""

    login: LoginSpec
    application: str
    token: str = field(repr=False)
    expires_at: datetime
    subscriptions: set[tuple[int, int, int]] = field(default_factory=set)


class Sessions:
    """Every live session; safe across threads."""

    def __init__(self, logins: tuple[LoginSpec, ...], clock: Clock) -> None:
        self._logins = logins
        self._clock = clock
        self._lock = threading.Lock()
        self._signing_key = secrets.token_hex(32)
        self._numbers = count(1)
        self._live: dict[str, LiveSession] = {}
        self._on_end: tuple[Callable[[LiveSession], object], ...] = ()

    def when_ended(self, callback: Callable[[LiveSession], object]) -> None:
        """Call back, without any lock, for every session that ends by logout, kill or a new login."""
        self._on_end = (*self._on_end, callback)

    def open(self, application: str, key: str, secret: str) -> LiveSession:
        """Log in, which ends the earlier session of the same application and key.

        Raises:
            Refusal: no login has these credentials at this application.
        """
        for login in self._logins:
            wanted = _credentials(login, application)
            if (wanted.key, wanted.secret) == (key, secret):
                return self._open(login, application)
        raise refusals.Refusal(
            *(refusals.BAD_CREDENTIALS if application == INTERACTIVE else refusals.BAD_MARKET_CREDENTIALS)
        )

    def check(self, application: str, token: str) -> LiveSession:
        """Return the session of a token.

        Raises:
            Refusal: the token is missing, unknown, replaced, expired, or of the other application.
        """
        if not token:
            raise refusals.Refusal(*refusals.NO_TOKEN)
        session = self._live.get(token)
        if session is None or session.application != application or session.expires_at <= self._clock.now():
            raise refusals.Refusal(*refusals.DEAD_TOKEN)
        return session

    def find(self, token: str) -> LiveSession | None:
        """Return the session of a token of either application, expired or not."""
        return self._live.get(token)

    def live(self) -> tuple[LiveSession, ...]:
        """Return every live session."""
        with self._lock:
            return tuple(self._live.values())

    def close(self, token: str) -> None:
        """End the session of a token, if there is one."""
        with self._lock:
            ended = self._live.pop(token, None)
        self._announce([ended] if ended else [])

    def kill(self, user_id: str, application: str | None = None) -> int:
        """End the sessions of a login at one application, or at both for None; return their number."""
        with self._lock:
            doomed = [
                token
                for token, session in self._live.items()
                if session.login.user_id == user_id and application in {None, session.application}
            ]
            ended = [self._live.pop(token) for token in doomed]
        self._announce(ended)
        return len(ended)

    def _announce(self, ended: list[LiveSession]) -> None:
        for session in ended:
            for callback in self._on_end:
                callback(session)

    def _open(self, login: LoginSpec, application: str) -> LiveSession:
        now = self._clock.now()
        session = LiveSession(login, application, self._token(login, application, now), now + _LIFETIME)
        self.kill(login.user_id, application)
        with self._lock:
            self._live[session.token] = session
        return session

    def _token(self, login: LoginSpec, application: str, now: datetime) -> str:
        issued = int(now.timestamp())
        key = _credentials(login, application).key
        claims: dict[str, object] = {"userID": f"{login.user_id}_{key.upper()}", "publicKey": key}
        if application == INTERACTIVE:
            claims["isInteractive"] = True
        claims |= {"iat": issued, "exp": issued + int(_LIFETIME.total_seconds())}
        # the number distinguishes two logins within one second, which have equal claims
        return jwt.encode(claims, self._signing_key, algorithm="HS256", headers={"kid": str(next(self._numbers))})


def _credentials(login: LoginSpec, application: str) -> Credentials:
    return login.interactive if application == INTERACTIVE else login.market


def account_of(login: LoginSpec, fields: Mapping[str, object], group: str, unnamed: Exception | None = None) -> str:
    """Return the account that a call acts for.

    Args:
        login: the caller; the clientID of an investor is ignored.
        fields: the fields of the call.
        group: part of the refusal's code, such as ``trade``.
        unnamed: what a dealer's call without clientID ends in, which differs by endpoint; None requires the field.

    Raises:
        Refusal: the client is missing, or not mapped under this dealer; the dealer's own user id never is.
        Crash: the client is missing at an endpoint that fails then.
    """
    if login.kind is AccountKind.INVESTOR:
        return login.clients[0]
    client = fields.get("clientID")
    if client in (None, ""):
        raise unnamed or refusals.missing("clientID")
    if client not in login.clients:
        raise refusals.not_mapped(group)
    return str(client)


def dealer_account_of(login: LoginSpec, fields: Mapping[str, object], group: str) -> str:
    """Return the account that a call to a dealer endpoint acts for.

    Raises:
        Refusal: the caller is an investor, or names no client of this dealer.
    """
    if login.kind is AccountKind.INVESTOR:
        raise refusals.not_mapped(group)
    return account_of(login, fields, group)


class HostLookup:
    """The lookup of servers that move their interactive application from day to day.

    It replies with the application's address, which has no path, and with a key that the login there must carry.
    """

    PATH: Final = "/hostlookup"

    def __init__(self, password: str) -> None:
        self._password = password
        self._lock = threading.Lock()
        self._unique_keys: set[str] = set()

    def answer(self, request: Request, base_url: str) -> Reply:
        """Answer a lookup; clients spell the password's name in two ways."""
        fields = request.fields()
        given = fields.get("accesspassword", fields.get("AccessPassword"))
        if request.method != "POST" or given != self._password:
            return failure("e-hostlookup", "Invalid access password")
        key = secrets.token_hex(8)
        with self._lock:
            self._unique_keys.add(key)
        result = {"uniqueKey": key, "connectionString": base_url, "timeStamp": "0", "remarks": ""}
        return success("hostlookup", "Hostlookup successful", result)

    def admits(self, request: Request) -> bool:
        """Return whether a request may pass: a login below the bare address must carry a key from a lookup."""
        if request.method != "POST" or request.path != "/user/session":
            return True
        return str(request.fields().get("uniqueKey")) in self._unique_keys
