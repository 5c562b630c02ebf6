"""The pace at which calls may leave."""

from typing import Protocol

from jainam_prop.domain.rate_limit import CallFamily

__all__ = ["CallFamily", "Throttle"]


class Throttle(Protocol):
    """Lets calls of a family through at the pace the broker allows, those that reduce risk first.

    Safe to call from many threads; among equals, who came first goes first.
    """

    def wait(self, family: CallFamily, timeout_seconds: float, *, reduces: bool = False) -> bool:
        """Wait for a turn; False when none comes in time, and then none was used up."""
        ...

    def slow_down(self, family: CallFamily, seconds: float) -> None:
        """Let nothing of the family through for a while, since the broker said it was too fast."""
        ...
