"""The machine's own clock."""

import time
from datetime import UTC, datetime
from typing import final


@final
class SystemClock:
    """Tells the time of the machine.

    The functions of ``time`` are looked up at every call, so that freezegun and OpenAlgo's eventlet can replace
    them.
    """

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.fromtimestamp(time.time(), UTC)

    def monotonic(self) -> float:
        """Return seconds since an unnamed moment; all processes of one machine share it until it restarts."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait; not at all for zero or less."""
        if seconds > 0:
            time.sleep(seconds)
