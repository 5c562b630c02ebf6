"""The simulator's clock, which tests replace, and Indian wall-clock times."""

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, Protocol

IST: Final = timezone(timedelta(hours=5, minutes=30), "IST")
NSE_EPOCH: Final = datetime(1980, 1, 1)  # noqa: DTZ001 - XTS counts seconds of an Indian wall clock, without zone
EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001


class Clock(Protocol):
    """Returns the current time."""

    def now(self) -> datetime:
        """Return the current time, aware."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.fromtimestamp(time.time(), UTC)


def indian_wall_clock(moment: datetime) -> datetime:
    """Convert an aware time to an Indian wall clock without zone."""
    return moment.astimezone(IST).replace(tzinfo=None)
