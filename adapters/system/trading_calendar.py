"""The trading calendar as data: a file in the package, and one that a user can put on top of it."""

import json
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, time
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.market_data.calendar import DayPart, TradingCalendar, WeeklyHours

_LOG: Final = logging.getLogger(__name__)

_Days = dict[tuple[Exchange, date], tuple[DayPart, ...]]


def trading_calendar(extension: Path | None = None) -> TradingCalendar:
    """Return the calendar of the package with the entries of a user's file on top.

    A file that cannot be read is reported and left out, since a calendar only gives hints.
    """
    own = _own_calendar()
    if extension is None:
        return own
    try:
        return own.with_days_of(read_calendar(json.loads(extension.read_text(encoding="utf-8"))))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        _LOG.warning("The trading calendar %s is left out: %s: %s", extension, type(error).__name__, error)
        return own


@cache
def _own_calendar() -> TradingCalendar:
    written = files(__package__).joinpath("trading_calendar.json").read_text(encoding="utf-8")
    return read_calendar(json.loads(written))


def read_calendar(document: Mapping[str, Any]) -> TradingCalendar:
    """Read a calendar.

    Raises:
        KeyError, TypeError, ValueError: it is not of the form of ``trading_calendar.json``.
    """
    hours: dict[Exchange, list[WeeklyHours]] = defaultdict(list)
    for exchange, entry in _entries(document, "hours"):
        longer = {name: time.fromisoformat(closes) for name, closes in entry.get("longer", {}).items()}
        hours[exchange].append(WeeklyHours(date.fromisoformat(entry["since"]), _span(entry), longer))
    ordered = {exchange: tuple(sorted(found, key=lambda each: each.since)) for exchange, found in hours.items()}
    return TradingCalendar(ordered, _days(document, "closed"), _days(document, "sessions"))


def _entries(document: Mapping[str, Any], name: str) -> Iterator[tuple[Exchange, Mapping[str, Any]]]:
    for entry in document.get(name, []):
        for exchange in entry["exchanges"]:
            yield Exchange(exchange), entry


def _days(document: Mapping[str, Any], name: str) -> _Days:
    found: _Days = {}
    for exchange, entry in _entries(document, name):
        for day in entry["days"]:
            key = exchange, date.fromisoformat(day)
            found[key] = (*found.get(key, ()), _span(entry))
    return found


def _span(entry: Mapping[str, Any]) -> DayPart:
    """Read a part of a day; without times it is all of it."""
    return DayPart(time.fromisoformat(entry.get("opens", "00:00")), time.fromisoformat(entry.get("closes", "00:00")))
