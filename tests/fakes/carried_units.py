"""Carried units in a dictionary."""

from collections.abc import Mapping
from datetime import date

from jainam_prop.application.ports.journal import Settled
from jainam_prop.domain.positions.position import PositionKey


class InMemoryCarriedUnits:
    """Remembers one day a position, as a table with one row a position does."""

    def __init__(self) -> None:
        self._rows: dict[PositionKey, tuple[date, Settled]] = {}

    def load(self, day: date) -> dict[PositionKey, Settled]:
        return {key: settled for key, (on, settled) in self._rows.items() if on == day}

    def save(self, day: date, settled: Mapping[PositionKey, Settled]) -> None:
        self._rows |= {key: (day, value) for key, value in settled.items()}
