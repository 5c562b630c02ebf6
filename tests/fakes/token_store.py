"""A token store in dictionaries."""

from jainam_prop.domain.sessions.session import Session
from jainam_prop.domain.sessions.session_life import Refusal


class InMemoryTokenStore:
    """Remembers sessions and refusals; `loads` counts the looks at a session."""

    def __init__(self) -> None:
        self.loads = 0
        self._sessions: dict[str, Session] = {}
        self._refusals: dict[str, Refusal] = {}

    def load(self, profile: str) -> Session | None:
        self.loads += 1
        return self._sessions.get(profile)

    def save(self, profile: str, session: Session) -> None:
        self._sessions[profile] = session
        self._refusals.pop(profile, None)

    def refusal(self, profile: str) -> Refusal | None:
        return self._refusals.get(profile)

    def refuse(self, profile: str, refusal: Refusal) -> None:
        self._refusals[profile] = refusal

    def forget(self, profile: str) -> None:
        self._sessions.pop(profile, None)
        self._refusals.pop(profile, None)
