"""One login a day for every thread and process: open it, share it, replace it when it dies, close it."""

from dataclasses import dataclass
from datetime import datetime, time

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.sessions import Login, LoginLock, TokenStore
from jainam_prop.application.sessions.auth_ticket import write_ticket
from jainam_prop.application.sessions.session_lookup import SessionLookup
from jainam_prop.application.sessions.session_opening import LOCK_SECONDS, SessionOpening
from jainam_prop.application.sessions.session_renewal import LOCK_NOT_HAD, SessionRenewal
from jainam_prop.application.sessions.session_shelf import SessionShelf
from jainam_prop.domain.errors import Blocked, BrokerError, RateLimited, SessionExpired
from jainam_prop.domain.sessions.session import AccountChoice, AccountKind, Session, acts_for_another
from jainam_prop.domain.sessions.session_life import DAY_ENDS


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """What may be shown of a session: no token, no key.

    Attributes:
        live: whether there is a session whose time has not passed; only `check` says whether the broker still knows it.
        expires_at: UTC.
        refusal: why nobody logs in again unasked at the moment; "" when nothing stands in the way.
    """

    profile: str
    live: bool
    user_id: str = ""
    account: AccountKind | None = None
    expires_at: datetime | None = None
    seconds_left: float = 0.0
    trading_barrier: str = ""
    market_problem: str = ""
    refusal: str = ""


class SessionKeeper:
    """Keeps the session of one profile. Safe to call from many threads; a session in hand costs no I/O.

    A login ends every earlier one of the same key, so it happens under a lock that all processes share, after another
    look into the store; a refused one stands until it has cooled down or a person logs in.

    Args:
        login: opens sessions with this profile's keys.
        tokens: shared by all processes.
        lock: held while logging in; shared by all processes.
        clock: tells when a session ends.
        profile: which keys at which server; a session of another profile is never used.
        choice: whom the settings ask to act for.
        day_ends: the time of day, in IST, at which every session ends.
    """

    def __init__(  # noqa: PLR0913 (its collaborators, wired once by the container)
        self,
        login: Login,
        tokens: TokenStore,
        lock: LoginLock,
        clock: Clock,
        *,
        profile: str,
        choice: AccountChoice,
        day_ends: time = DAY_ENDS,
    ) -> None:
        self._login = login
        self._tokens = tokens
        self._lock = lock
        self._clock = clock
        self._shelf = SessionShelf(tokens, clock, profile, choice, day_ends)
        self._lookup = SessionLookup(self._shelf, clock)
        self._opening = SessionOpening(self._shelf, login, tokens, lock, clock)
        self._renewal = SessionRenewal(self._shelf, login, tokens, lock, clock)

    def log_in(self, *, force: bool = False, verify: bool = False) -> Result[Session, BrokerError]:
        """Return a live session, opening one only when there is none.

        Args:
            force: open new sessions even though there are live ones; this ends them everywhere.
            verify: ask the server whether a session that is at hand still works, and try again for market data that it
                lacks; for a person who logs in.
        """
        return self._opening(force=force, verify=verify)

    def session_for(self, auth: str | None) -> Result[Session, BrokerError]:
        """Return the live session that an auth string stands for: a ticket of ours, or a bare interactive token.

        The first time costs one query of the store; after that a string costs no I/O.

        Errors: SessionExpired for a string that is no login of this profile.
        """
        return self._lookup(auth).map(self.current)

    def auth_for(self, session: Session) -> str:
        """Return the string for a host to keep and hand back; it is a secret, and the same for the same session."""
        return write_ticket(self._shelf.profile, session)

    def current(self, session: Session) -> Session:
        """Exchange a session that may be stale for the live one of the same user and client.

        Costs an attribute read and a comparison.
        """
        live = self._shelf.live
        if live is None or live is session or live.user_id != session.user_id or acts_for_another(session, live):
            return session
        return live

    def is_over(self, session: Session) -> bool:
        """Whether a session is past its time, so that a call with it need not be tried."""
        return session.is_over(self._clock.now())

    def renew(self, dead: Session, timeout_seconds: float = LOCK_SECONDS) -> Result[Session, BrokerError]:
        """Replace a session whose interactive token the broker does not know any more.

        All threads and processes that come with the same dead token share one login.

        Errors: SessionExpired while a refusal stands; Blocked when another login did not end within the timeout; or
        what the login itself failed with.
        """
        return self._renewal.interactive(dead, timeout_seconds)

    def renew_market(self, dead: Session, timeout_seconds: float = LOCK_SECONDS) -> Result[Session, BrokerError]:
        """Replace a missing or dead market-data token, as `renew`; the interactive session lives on."""
        return self._renewal.market(dead, timeout_seconds)

    def check(self, auth: str | None) -> Result[Session, BrokerError]:
        """Return the session of an auth string if the broker says that it works; never logs in.

        A rate limit counts as good news: the broker looks at the token first (protocol notes, section 7).
        """
        found = self.session_for(auth)
        if not is_successful(found):
            return found
        session = found.unwrap()
        if self.is_over(session):
            return Failure(SessionExpired("its time has passed"))
        alive = self._login.is_alive(session)
        if is_successful(alive):
            return found if alive.unwrap() else Failure(SessionExpired("the broker does not know it any more"))
        return found if isinstance(alive.failure(), RateLimited) else Failure(alive.failure())

    def log_out(self) -> Result[None, BrokerError]:
        """Close both applications' sessions, for every process, until somebody logs in; twice is as good as once."""
        with self._lock.hold(self._shelf.lock_name, LOCK_SECONDS) as held:
            if not held:
                return Failure(Blocked(LOCK_NOT_HAD))
            session = self._tokens.load(self._shelf.profile) or self._shelf.live
            if session is None:
                return Success(None)
            closed = self._login.log_out(session)
            if is_successful(closed):
                self._shelf.clear("logged out on request")
            return closed

    def status(self) -> SessionStatus:
        """Say what there is, from the store and without asking the broker."""
        now = self._clock.now()
        refusal = self._tokens.refusal(self._shelf.profile)
        reason = refusal.reason if refusal is not None and refusal.stands(now) else ""
        session = self._shelf.recall()
        if session is None:
            return SessionStatus(self._shelf.profile, live=False, refusal=reason)
        return SessionStatus(
            profile=self._shelf.profile,
            live=True,
            user_id=session.user_id,
            account=session.account.kind,
            expires_at=session.expires_at,
            seconds_left=(session.expires_at - now).total_seconds(),
            trading_barrier=session.account.trading_barrier,
            market_problem=session.market_problem,
            refusal=reason,
        )
