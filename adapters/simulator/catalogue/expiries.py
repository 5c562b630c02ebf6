"""Expiry days of the exchanges, and their spelling in contract names."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Final

from jainam_prop.domain.instruments.symbol import MONTHS

TUESDAY: Final = 1
THURSDAY: Final = 3
FRIDAY: Final = 4
_WEEKLY_MONTHS: Final = "123456789OND"
_LAST_MONTH: Final = 12


def weekly(day: date, weekday: int, count: int) -> list[date]:
    """Return the next expiries on a weekday, today included."""
    first = day + timedelta(days=(weekday - day.weekday()) % 7)
    return [first + timedelta(weeks=week) for week in range(count)]


def last_weekday(year: int, month: int, weekday: int) -> date:
    """Return the last given weekday of a month."""
    end = date(year, month, monthrange(year, month)[1])
    return end - timedelta(days=(end.weekday() - weekday) % 7)


def monthly(day: date, weekday: int, count: int) -> list[date]:
    """Return the next month-end expiries on a weekday, today included."""
    found: list[date] = []
    year, month = day.year, day.month
    while len(found) < count:
        expiry = last_weekday(year, month, weekday)
        if expiry >= day:
            found.append(expiry)
        year, month = following(year, month)
    return found


def on_day_of_month(day: date, number: int, count: int) -> list[date]:
    """Return the next expiries of commodities, on a fixed day of the month, today included."""
    found: list[date] = []
    year, month = day.year, day.month
    while len(found) < count:
        expiry = date(year, month, number)
        if expiry >= day:
            found.append(expiry)
        year, month = following(year, month)
    return found


def following(year: int, month: int) -> tuple[int, int]:
    """Return the month after one."""
    return (year + 1, 1) if month == _LAST_MONTH else (year, month + 1)


def month_code(expiry: date) -> str:
    """Write the month of a contract as ``26MAR``."""
    return f"{expiry.year % 100:02d}{MONTHS[expiry.month - 1]}"


def week_code(expiry: date) -> str:
    """Write a weekly expiry as ``26317``: year, one character for the month, day."""
    return f"{expiry.year % 100:02d}{_WEEKLY_MONTHS[expiry.month - 1]}{expiry.day:02d}"


def display_code(expiry: date) -> str:
    """Write an expiry as in display names, ``17MAR2026``."""
    return f"{expiry.day:02d}{MONTHS[expiry.month - 1]}{expiry.year}"


def serial_code(expiry: date) -> str:
    """Write an expiry as in a composite InstrumentID: last digit of the year, day of the year."""
    return f"{expiry.year % 10}{expiry.timetuple().tm_yday:03d}"
