"""From the string that a host hands to every function to the session it stands for."""

import logging
from datetime import timedelta
from typing import Final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.sessions.auth_ticket import is_ticket, read_ticket
from jainam_prop.application.sessions.session_shelf import SessionShelf
from jainam_prop.domain.errors import BrokerError, SessionExpired
from jainam_prop.domain.sessions.session import Account, AccountKind, Session, acting_for
from jainam_prop.domain.sessions.token_claims import read_claims

_LOG: Final = logging.getLogger(__name__)
_REMEMBERED: Final = 64
_TOKEN_LIFE: Final = timedelta(hours=24)


class SessionLookup:
    """Reads an auth string once: a ticket, or a bare interactive token. After that it costs a look into a dict."""

    def __init__(self, shelf: SessionShelf, clock: Clock) -> None:
        self._shelf = shelf
        self._clock = clock
        self._known: dict[str, Session] = {}

    def __call__(self, auth: str | None) -> Result[Session, BrokerError]:
        """Return the session that an auth string stood for when it was first seen.

        Errors: SessionExpired for a string that is no login of this profile.
        """
        if not isinstance(auth, str) or not auth.strip():
            return Failure(SessionExpired("no login was handed over"))
        known = self._known.get(auth)
        if known is not None:
            return Success(known)
        handed = self._read(auth)
        if not is_successful(handed):
            return handed
        session = self._shared(handed.unwrap())
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[auth] = session
        return Success(session)

    def _read(self, auth: str) -> Result[Session, BrokerError]:
        if not is_ticket(auth):
            return Success(self._from_token(auth.strip()))
        ticket = read_ticket(auth)
        if ticket is None:
            return Failure(SessionExpired("the login that was handed over cannot be read"))
        if ticket.profile != self._shelf.profile:
            return Failure(SessionExpired("the login that was handed over was made with other settings"))
        return Success(acting_for(ticket.session, self._shelf.choice))

    def _shared(self, handed: Session) -> Session:
        """Prefer the session that all processes share, when it is the same login or a later one of the same user."""
        shared = self._shelf.at_hand()
        if shared is None:
            return handed
        same_token = shared.interactive_token == handed.interactive_token
        return shared if same_token or shared.user_id == handed.user_id else handed

    def _from_token(self, token: str) -> Session:
        now = self._clock.now()
        claims = read_claims(token)
        if claims is None:
            _LOG.warning("A bare token that is no readable JWT was handed over; the server will decide on it")
        choice = self._shelf.choice
        unbooked = Account(AccountKind.INVESTOR if choice.kind is AccountKind.INVESTOR else AccountKind.NORMAL)
        session = Session(
            user_id=(claims and claims.user_id) or "",
            account=unbooked,
            interactive_token=token,
            market_token=None,
            expires_at=(claims and claims.expires_at) or now + _TOKEN_LIFE,
            market_problem="a bare interactive token carries no market-data token",
        )
        return acting_for(session, choice)
