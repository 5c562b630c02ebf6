"""The session cache: one session in memory, backed by the store that all processes share."""

from dataclasses import replace
from datetime import time, timedelta

from returns.pipeline import is_successful
from returns.result import Result, Success

from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.sessions import TokenStore
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.sessions.session import AccountChoice, Session, acting_for
from jainam_prop.domain.sessions.session_life import DAY_ENDS, Refusal, cool_down, day_end


class SessionCache:
    """Caches the live session of one profile; ``live`` is read without a lock and replaced whole."""

    def __init__(
        self,
        tokens: TokenStore,
        clock: Clock,
        profile: str,
        choice: AccountChoice,
        day_ends: time = DAY_ENDS,
    ) -> None:
        self.live: Session | None = None
        self.profile = profile
        self.choice = choice
        self._tokens = tokens
        self._clock = clock
        self._day_ends = day_ends

    @property
    def lock_name(self) -> str:
        """Name of the lock that is held while this profile logs in or out."""
        return f"login|{self.profile}"

    def at_hand(self) -> Session | None:
        """Return the session in memory, or else the stored one, if its time has not passed."""
        live = self.live
        if live is not None and not live.is_over(self._clock.now()):
            return live
        return self.reload()

    def reload(self) -> Session | None:
        """Take over the stored session; None when there is none, or only one past its time."""
        stored = self._tokens.load(self.profile)
        if stored is None or stored.is_over(self._clock.now()):
            return None
        self.live = acting_for(stored, self.choice)
        return self.live

    def refusal(self, key: str) -> str | None:
        """Return why no login may be made under a key now, or None when one may."""
        refusal = self._tokens.refusal(key)
        return refusal.reason if refusal is not None and refusal.stands(self._clock.now()) else None

    def keep(self, session: Session) -> Session:
        """Cache and store a session that was just opened.

        It ends with the login day, even when its token would live longer.
        """
        ends = min(session.expires_at, day_end(self._clock.now(), self._day_ends))
        self.live = acting_for(replace(session, expires_at=ends), self.choice)
        self._tokens.save(self.profile, self.live)
        return self.live

    def settle(self, key: str, opened: Result[Session, BrokerError]) -> Result[Session, BrokerError]:
        """Keep a session that was opened, or record under ``key`` that opening it failed."""
        if is_successful(opened):
            return Success(self.keep(opened.unwrap()))
        self._refuse(key, opened.failure().message, cool_down(opened.failure()))
        return opened

    def clear(self, reason: str) -> None:
        """Drop the session here and in the store, and refuse logins without a person until the login day ends."""
        now = self._clock.now()
        self.live = None
        self._tokens.forget(self.profile)
        self._refuse(self.profile, reason, day_end(now, self._day_ends) - now)

    def _refuse(self, key: str, reason: str, stands_for: timedelta) -> None:
        now = self._clock.now()
        self._tokens.refuse(key, Refusal(reason, made_at=now, until=now + stands_for))
