"""A token store in dictionaries."""

from typing import TypeVar

from returns.result import Failure, Result, Success

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.sessions.session import Session
from jainam_prop.domain.sessions.session_life import Refusal

_Answer = TypeVar("_Answer")


class InMemoryTokenStore:
    """Remembers sessions and refusals; `loads` counts the looks at a session.

    ``unreadable`` and ``unwritable`` are the errors that it answers reads or writes with instead.
    """

    def __init__(self) -> None:
        self.loads = 0
        self.unreadable: BrokerError | None = None
        self.unwritable: BrokerError | None = None
        self._sessions: dict[str, Session] = {}
        self._refusals: dict[str, Refusal] = {}

    def load(self, profile: str) -> Result[Session | None, BrokerError]:
        self.loads += 1
        return self._unless(self.unreadable, self._sessions.get(profile))

    def save(self, profile: str, session: Session) -> Result[None, BrokerError]:
        if self.unwritable is None:
            self._sessions[profile] = session
            self._refusals.pop(profile, None)
        return self._unless(self.unwritable, None)

    def refusal(self, profile: str) -> Result[Refusal | None, BrokerError]:
        return self._unless(self.unreadable, self._refusals.get(profile))

    def refuse(self, profile: str, refusal: Refusal) -> Result[None, BrokerError]:
        if self.unwritable is None:
            self._refusals[profile] = refusal
        return self._unless(self.unwritable, None)

    def forget(self, profile: str) -> Result[None, BrokerError]:
        if self.unwritable is None:
            self._sessions.pop(profile, None)
            self._refusals.pop(profile, None)
        return self._unless(self.unwritable, None)

    def try_write(self) -> Result[None, BrokerError]:
        return self._unless(self.unwritable, None)

    def _unless(self, error: BrokerError | None, answer: _Answer) -> Result[_Answer, BrokerError]:
        return Success(answer) if error is None else Failure(error)
