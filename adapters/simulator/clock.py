"""The moment, as the simulator needs it: replaceable in a test by anything that tells the time."""

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, Protocol

IST: Final = timezone(timedelta(hours=5, minutes=30), "IST")


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """Return the present moment, aware."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.fromtimestamp(time.time(), UTC)


def indian_wall_clock(moment: datetime) -> datetime:
    """Return a moment as the clock on an Indian wall shows it, without zone."""
    return moment.astimezone(IST).replace(tzinfo=None)
