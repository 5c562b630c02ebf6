"""The session cache: one session in memory, backed by the store that all processes share."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import time, timedelta

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.ports.runtime import Clock, LockState
from jainam_prop.application.ports.sessions import LoginLock, TokenStore
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.sessions.session import AccountChoice, Session, acting_for
from jainam_prop.domain.sessions.session_life import DAY_ENDS, LOGGED_OUT, Refusal, cool_down, day_end


class SessionCache:
    """Caches the live session of one profile.

    Args:
        tokens: shared by all processes.
        lock: held while logging in; shared by all processes.
        clock: for the ends of sessions.
        profile: which keys at which server; a session of another profile is never used.
        choice: the account that the settings ask to act for.
        day_ends: the time of day, in IST, at which every session ends.

    Attributes:
        live: the session in memory; read without a lock and replaced whole.
        is_own: whether this process opened a session or was handed one, instead of only finding one in the store.
        is_logged_out: whether a person logged out and did not log in since, as far as this process knows.
        unsaved: why the session in memory is not in the store; None when it is.
    """

    def __init__(  # noqa: PLR0913 (its collaborators, wired once by the container)
        self,
        tokens: TokenStore,
        lock: LoginLock,
        clock: Clock,
        *,
        profile: str,
        choice: AccountChoice,
        day_ends: time = DAY_ENDS,
    ) -> None:
        self.live: Session | None = None
        self.is_own = False
        self.is_logged_out = False
        self.unsaved: BrokerError | None = None
        self.profile = profile
        self.choice = choice
        self._tokens = tokens
        self._lock = lock
        self._clock = clock
        self._day_ends = day_ends
        self._closed_token = ""
        self._unsaved_refusals: dict[str, Refusal] = {}
        self._is_busy = False
        self._freed = threading.Condition()

    @contextmanager
    def login_lock(self, timeout_seconds: float) -> Iterator[LockState]:
        """Keep logins and logouts of the profile apart for the length of the block.

        Where the lock of all processes is unavailable, the threads of this process are still kept apart.
        """
        with self._freed:
            is_free = self._clock.wait_for(self._freed, lambda: not self._is_busy, timeout_seconds)
            self._is_busy = self._is_busy or is_free
        if not is_free:
            yield LockState.BUSY
            return
        try:
            with self._lock.hold(f"login|{self.profile}", timeout_seconds) as state:
                yield state
        finally:
            with self._freed:
                self._is_busy = False
                self._freed.notify_all()

    def in_memory(self) -> Session | None:
        """Return the session in memory, if its time has not passed."""
        live = self.live
        return None if live is None or live.is_over(self._clock.now()) else live

    def at_hand(self) -> Result[Session | None, BrokerError]:
        """Return the session in memory, or else the stored one, if its time has not passed."""
        live = self.in_memory()
        return self.reload() if live is None else Success(live)

    def reload(self) -> Result[Session | None, BrokerError]:
        """Take over the stored session; None when there is none, or only one past its time.

        Errors: Blocked when the store cannot be read.
        """
        loaded = self._tokens.load(self.profile)
        stored = loaded.value_or(None)
        if stored is None or stored.is_over(self._clock.now()) or stored.interactive_token == self._closed_token:
            return loaded.map(lambda _: None)
        self.live = acting_for(stored, self.choice)
        self.is_logged_out = False
        return Success(self.live)

    def refusal(self, key: str, *, exits: bool = False) -> Refusal | None:
        """Return the refusal in force under a key; one that could not be stored is in force in this process.

        For an exit it is not for as long.
        """
        stored = self._tokens.refusal(key).value_or(None) or self._unsaved_refusals.get(key)
        return stored if stored is not None and stored.stands(self._clock.now(), exits=exits) else None

    def is_closed(self) -> bool:
        """Return whether a logout is on record, and forget a session that is still in memory then."""
        refusal = self.refusal(self.profile)
        if refusal is not None and refusal.is_logout:
            self.live, self.is_logged_out = None, True
        return self.is_logged_out

    def try_write(self) -> BrokerError | None:
        """Return why a session could not be saved now, or None when it could."""
        tried = self._tokens.try_write()
        return None if is_successful(tried) else tried.failure()

    def keep(self, session: Session) -> Session:
        """Cache and store a session that was just opened.

        It ends with the login day, even when its token would live longer. One that cannot be stored serves this
        process.
        """
        ends = min(session.expires_at, day_end(self._clock.now(), self._day_ends))
        self.live = acting_for(replace(session, expires_at=ends), self.choice)
        self.is_own, self.is_logged_out = True, False
        saved = self._tokens.save(self.profile, self.live)
        self.unsaved = None if is_successful(saved) else saved.failure()
        self._unsaved_refusals.clear()
        return self.live

    def settle(self, key: str, opened: Result[Session, BrokerError]) -> Result[Session, BrokerError]:
        """Keep a session that was opened, or record under ``key`` that opening it failed."""
        if is_successful(opened):
            return Success(self.keep(opened.unwrap()))
        self._refuse(key, opened.failure().message, cool_down(opened.failure()))
        return opened

    def close(self) -> Result[None, BrokerError]:
        """Drop the session here and in the store, and refuse logins without a person until the login day ends.

        Errors: Blocked when the store cannot be written, so that other processes do not learn of the logout.
        """
        now = self._clock.now()
        self._closed_token = "" if self.live is None else self.live.interactive_token
        self.live, self.is_logged_out = None, True
        forgotten = self._tokens.forget(self.profile)
        recorded = self._refuse(self.profile, LOGGED_OUT, day_end(now, self._day_ends) - now)
        outcome = forgotten.bind(lambda _: recorded)
        return outcome.lash(lambda error: Failure(Blocked(f"logged out, but not for other processes: {error.message}")))

    def _refuse(self, key: str, reason: str, stands_for: timedelta) -> Result[None, BrokerError]:
        now = self._clock.now()
        refusal = Refusal(reason, made_at=now, until=now + stands_for)
        recorded = self._tokens.refuse(key, refusal)
        if not is_successful(recorded):
            self._unsaved_refusals[key] = refusal
        return recorded
