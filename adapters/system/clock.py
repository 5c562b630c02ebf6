"""The machine's own clock."""

import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, final

_PLAIN: Final = time.monotonic
_COUNTS_SLEEP: Final[int | None] = getattr(
    time, "CLOCK_MONOTONIC" if sys.platform == "darwin" else "CLOCK_BOOTTIME", None
)
"""The clock that goes on while the machine is suspended, where Python's own one stands still (Linux, macOS)."""


@final
class SystemClock:
    """Reads the clocks of the machine.

    The functions of ``time`` are looked up at every call, so that freezegun and OpenAlgo's eventlet can replace
    them.
    """

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.fromtimestamp(time.time(), UTC)

    def monotonic(self) -> float:
        """Return seconds since an unnamed moment; all processes of one machine share it until it restarts.

        It goes on while the machine sleeps: what was read before must not be traded upon when the lid opens again.
        """
        plain = time.monotonic
        if _COUNTS_SLEEP is None or plain is not _PLAIN:
            return plain()
        return time.clock_gettime(_COUNTS_SLEEP)

    def sleep(self, seconds: float) -> None:
        """Wait; not at all for zero or less."""
        if seconds > 0:
            time.sleep(seconds)

    def wait_for(self, changed: threading.Condition, is_met: Callable[[], bool], seconds: float) -> bool:
        """Wait until a condition is met, at most so many seconds; see the port."""
        return changed.wait_for(is_met, seconds)
