"""The auth string: a session as one text, which the host keeps and hands back and the token store seals.

``jp1.`` and a url-safe base64 of JSON. It is a secret, like the tokens inside it. The same session always gives the
same string, since a host reconnects its live feeds when the string changes.
"""

import base64
import binascii
import json
import logging
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.sessions.cache import SessionCache
from jainam_prop.domain.errors import BrokerError, SessionExpired
from jainam_prop.domain.sessions.session import Account, AccountKind, Session, acting_for
from jainam_prop.domain.sessions.session_life import LOGGED_OUT, read_claims

PREFIX: Final = "jp1."

_LOG: Final = logging.getLogger(__name__)
_CACHED_STRINGS: Final = 64
_TOKEN_LIFE: Final = timedelta(hours=24)


class StoredSession(NamedTuple):
    """A session with the profile that it was opened for."""

    profile: str
    session: Session


def write_auth_string(profile: str, session: Session) -> str:
    """Write a session as one string."""
    account = session.account
    fields = {
        "p": profile,
        "i": session.interactive_token,
        "m": session.market_token,
        "u": session.user_id,
        "mu": session.market_user_id,
        "mp": session.market_problem,
        "k": account.kind.value,
        "c": account.client_id,
        "b": account.trading_barrier,
        "cc": list(session.client_codes),
        "ib": session.interactive_base,
        "mr": session.market_root,
        "e": session.expires_at.isoformat(),
    }
    text = json.dumps(fields, separators=(",", ":"), sort_keys=True).encode()
    return PREFIX + base64.urlsafe_b64encode(text).decode().rstrip("=")


def read_auth_string(text: str) -> StoredSession | None:
    """Read what `write_auth_string` wrote; None when it is anything else."""
    body = text.removeprefix(PREFIX)
    try:
        fields = json.loads(base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True))
        return StoredSession(str(fields["p"]), _session(fields))
    except (binascii.Error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


class AuthStringResolver:
    """Resolves auth strings to sessions: strings of `write_auth_string`, and bare interactive tokens.

    The first resolution of a string costs a query of the store; the result is cached.
    """

    def __init__(self, cache: SessionCache, clock: Clock) -> None:
        self._cache = cache
        self._clock = clock
        self._resolved: dict[str, Session] = {}

    def __call__(self, auth: str | None) -> Result[Session, BrokerError]:
        """Return the session that an auth string stood for when it was first resolved.

        Errors: SessionExpired for a string that is no login of this profile, and for a new one after a logout.
        """
        if not isinstance(auth, str) or not auth.strip():
            return Failure(SessionExpired("no login was handed over"))
        resolved = self._resolved.get(auth)
        if resolved is not None:
            return Success(resolved)
        handed = self._read(auth)
        if not is_successful(handed):
            return handed
        session = self._newer(handed.unwrap())
        if session is None:
            return Failure(SessionExpired(LOGGED_OUT))
        self._cache.is_own = True
        if len(self._resolved) >= _CACHED_STRINGS:
            self._resolved.clear()
        self._resolved[auth] = session
        return Success(session)

    def _read(self, auth: str) -> Result[Session, BrokerError]:
        if not auth.startswith(PREFIX):
            return Success(self._from_token(auth.strip()))
        stored = read_auth_string(auth)
        if stored is None:
            return Failure(SessionExpired("the login that was handed over cannot be read"))
        if stored.profile != self._cache.profile:
            return Failure(SessionExpired("the login that was handed over was made with other settings"))
        return Success(acting_for(stored.session, self._cache.choice))

    def _newer(self, handed: Session) -> Session | None:
        """Prefer the session of the store when it is the same login or a later one of the same user.

        None after a logout. Where the store cannot be read, the tokens that were handed over are enough.
        """
        stored = self._cache.at_hand().value_or(None)
        if stored is None:
            return None if self._cache.is_closed() else handed
        same_token = stored.interactive_token == handed.interactive_token
        return stored if same_token or stored.user_id == handed.user_id else handed

    def _from_token(self, token: str) -> Session:
        now = self._clock.now()
        claims = read_claims(token)
        if claims is None:
            _LOG.warning("A bare token that is no readable JWT was handed over; the server will decide on it")
        choice = self._cache.choice
        without_client = Account(AccountKind.INVESTOR if choice.kind is AccountKind.INVESTOR else AccountKind.NORMAL)
        session = Session(
            user_id=(claims and claims.user_id) or "",
            account=without_client,
            interactive_token=token,
            market_token=None,
            expires_at=(claims and claims.expires_at) or now + _TOKEN_LIFE,
            market_problem="a bare interactive token carries no market-data token",
        )
        return acting_for(session, choice)


def _session(fields: dict[str, object]) -> Session:
    market = fields["m"]
    client = fields["c"]
    codes = fields["cc"]
    if not isinstance(codes, list):
        raise TypeError
    return Session(
        user_id=str(fields["u"]),
        account=Account(AccountKind(str(fields["k"])), None if client is None else str(client), str(fields["b"])),
        interactive_token=str(fields["i"]),
        market_token=None if market is None else str(market),
        expires_at=_moment(str(fields["e"])),
        market_user_id=str(fields["mu"]),
        market_problem=str(fields["mp"]),
        client_codes=tuple(str(code) for code in codes),
        interactive_base=str(fields["ib"]),
        market_root=str(fields["mr"]),
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError
    return moment
