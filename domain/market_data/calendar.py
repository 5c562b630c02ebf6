"""India's market time."""

from datetime import date, datetime, timedelta, timezone
from typing import Final

IST: Final = timezone(timedelta(hours=5, minutes=30), "IST")
"""India has one zone and no summer time, so a fixed offset is exact."""

_BOOKS_TURN: Final = timedelta(hours=8, minutes=30)
"""The time of day by which the broker's books are those of the new day; no exchange trades yet."""


def book_day(now: datetime) -> date:
    """Return the day in India whose books the broker shows at a moment (aware)."""
    return (now.astimezone(IST) - _BOOKS_TURN).date()
