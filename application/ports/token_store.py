"""Where a login is kept, so that every process of the day shares it."""

from typing import Protocol

from jainam_prop.domain.session import Session
from jainam_prop.domain.session_life import Refusal


class TokenStore(Protocol):
    """Keeps at most one session per profile (the API keys of one server); safe across threads and processes.

    A store that cannot be read holds nothing, one that cannot be written changes nothing: both are logged, and the
    session at hand goes on serving its own process.
    """

    def load(self, profile: str) -> Session | None:
        """Return the session last saved, equal in every field, or None; an unreadable one counts as none."""
        ...

    def save(self, profile: str, session: Session) -> None:
        """Replace the profile's session, and drop its refusal."""
        ...

    def refusal(self, profile: str) -> Refusal | None:
        """Return the refusal last recorded since the last `save`, or None."""
        ...

    def refuse(self, profile: str, refusal: Refusal) -> None:
        """Record a refusal beside the profile's session, which stays."""
        ...

    def forget(self, profile: str) -> None:
        """Drop the profile's session and refusal; nothing happens when there is none."""
        ...
