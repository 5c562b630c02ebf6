"""Time, as something that can be replaced in a test."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time and waits."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds on a clock that never jumps, for deadlines."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait; a replacement in a test returns at once and moves its own clock."""
        ...
