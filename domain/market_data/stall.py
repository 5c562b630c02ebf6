"""A feed that is connected and silent: first ask again for everything, then connect anew."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Remedy(StrEnum):
    """What to do about the silence of a connected feed."""

    NONE = "none"
    RESUBSCRIBE = "resubscribe"
    RECONNECT = "reconnect"


@dataclass(frozen=True, slots=True)
class StallWatch:
    """Since when a feed is silent (monotonic seconds), and whether subscribing again was tried already.

    Attributes:
        patience: seconds of silence before each remedy.
    """

    heard_at: float
    patience: float = 60.0
    resubscribed: bool = False

    def heard(self, now: float) -> "StallWatch":
        """Forget the silence."""
        return StallWatch(now, self.patience)

    def look(self, now: float, *, expected: bool) -> tuple[Remedy, "StallWatch"]:
        """Decide what to do; silence counts only while prices are ``expected``."""
        if not expected:
            return Remedy.NONE, self.heard(now)
        if now - self.heard_at < self.patience:
            return Remedy.NONE, self
        if self.resubscribed:
            return Remedy.RECONNECT, self.heard(now)
        return Remedy.RESUBSCRIBE, replace(self, heard_at=now, resubscribed=True)
