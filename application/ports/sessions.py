"""Logging in, and the session store that processes share."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from returns.result import Result

from jainam_prop.application.ports.runtime import LockState
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.sessions.session import Application, Session
from jainam_prop.domain.sessions.session_life import Refusal


@dataclass(frozen=True, slots=True)
class SharedSession:
    """The session that all processes share at a moment.

    Attributes:
        session: None when there is none, or only one past its time.
        reason: why no session is opened unasked at the moment; "" when one may be.
    """

    session: Session | None
    reason: str = ""


class SessionSource(Protocol):
    """Supplies sessions to whatever calls the broker: HTTP calls and live feeds, in every process.

    It logs in only through `renew` and `newest`, under the lock, the cool-downs and the budget of logins that all
    callers share. Safe to call from many threads.
    """

    def current(self, session: Session) -> Session:
        """Return the newest session in memory of the same user and client, or the given one; costs no I/O."""

    def is_over(self, session: Session) -> bool:
        """Return whether the time of a session has passed, so that no call with it need be tried."""

    def newest(self, timeout_seconds: float) -> Result[Session, BrokerError]:
        """Return the newest session, also one that another process opened and stored; open one where there is none.

        Reads the store once. For a command that starts and a feed that connects; a call uses `current`.

        Errors: SessionExpired after a logout and while a refused login cools down; Blocked when another login did not
        end within the timeout, and when a new session could not be stored; or what the login itself failed with.
        """

    def shared(self) -> SharedSession:
        """Return the session that the store holds now, whichever process saved it; never logs in.

        Reads the store once. For live feeds, which wait for a login of others.
        """

    def renew(
        self, application: Application, dead: Session, timeout_seconds: float, *, exits: bool = False
    ) -> Result[Session, BrokerError]:
        """Replace a session of which the broker said that it does not know the application's token.

        To be called once for one such answer. All threads and processes with the same dead token share one login. A
        token that was renewed just now is not renewed again while the broker still knows its session: then the
        complaint is about the call.

        Args:
            application: the one that complained.
            dead: the session that the call was made with.
            timeout_seconds: how long to wait for a login that is under way.
            exits: the call only reduces risk, so that it may use the reserve of the budget of logins.

        Errors: as `newest`.
        """


class Login(Protocol):
    """Opens and closes sessions with credentials it was built with; it keeps no session itself."""

    def log_in(self) -> Result[Session, BrokerError]:
        """Open one interactive and one market-data session.

        The broker allows one live session per key: this ends every earlier one, in every process. A market-data failure
        leaves `Session.market_token` None and its reason in `Session.market_problem`; trading goes on.

        Errors: Rejected (credentials refused), NotSent, Unreadable, RateLimited, NotConfigured.
        """

    def log_in_interactive(self, session: Session) -> Result[Session, BrokerError]:
        """Open a new interactive session only, and return the given session with it; its market data lives on.

        Errors: as `log_in`.
        """

    def log_in_market(self, session: Session) -> Result[Session, BrokerError]:
        """Open a new market-data session only, and return the given session with it; its interactive token lives on.

        Errors: as `log_in`; here a market-data failure is a failure.
        """

    def log_out(self, session: Session) -> Result[None, BrokerError]:
        """Close both sessions; one that is already closed counts as closed."""

    def is_alive(self, session: Session, application: Application = Application.TRADING) -> Result[bool, BrokerError]:
        """Ask the server cheaply whether the token of an application still works; never by logging in."""


class LoginLock(Protocol):
    """Keeps two logins of one name apart, across the threads and processes that share a token store."""

    def hold(self, name: str, timeout_seconds: float) -> AbstractContextManager[LockState]:
        """Hold a name for the length of the block, unless it was busy for all of the timeout or is unavailable.

        Not reentrant. A holder that dies lets go.
        """


class TokenStore(Protocol):
    """Keeps at most one session per profile (the API keys of one server); safe across threads and processes.

    Errors: Blocked when the store cannot be read or written (damaged, read-only, locked, unreachable); the reason names
    no path and no value.
    """

    def load(self, profile: str) -> Result[Session | None, BrokerError]:
        """Return the session last saved, equal in every field, or None; one sealed with another key counts as none."""

    def save(self, profile: str, session: Session) -> Result[None, BrokerError]:
        """Replace the profile's session, and drop its refusal."""

    def refusal(self, profile: str) -> Result[Refusal | None, BrokerError]:
        """Return the refusal last recorded since the last `save`, or None."""

    def refuse(self, profile: str, refusal: Refusal) -> Result[None, BrokerError]:
        """Record a refusal beside the profile's session, which stays."""

    def forget(self, profile: str) -> Result[None, BrokerError]:
        """Drop the profile's session and refusal; nothing happens when there is none."""

    def try_write(self) -> Result[None, BrokerError]:
        """Check that a session could be saved now; changes nothing."""
