"""Telling news from what was heard before: servers send an update twice, and sometimes late."""

from jainam_prop.domain.instrument import InstrumentKey
from jainam_prop.domain.tick import Tick


class Freshness:
    """Remembers the latest update of each kind of message about each contract.

    A lower number alone proves nothing, since servers count from the start again: an update is late only if its moment
    is no later either.
    """

    def __init__(self) -> None:
        self._latest: dict[tuple[int, InstrumentKey], tuple[int, int]] = {}

    def forget(self) -> None:
        """Start anew, as after a gap."""
        self._latest.clear()

    def has_heard(self, code: int, instrument: InstrumentKey) -> bool:
        """Whether anything came since the start."""
        return (code, instrument) in self._latest

    def admits(self, code: int, tick: Tick) -> bool:
        """Whether a tick is news; one without a number always is."""
        key = code, tick.instrument
        news = tick.sequence, tick.updated_at or 0
        latest = self._latest.get(key)
        if latest is not None and news[0]:
            if news[0] == latest[0]:
                return False
            if news[0] < latest[0] and news[1] <= latest[1]:
                return False
        self._latest[key] = news
        return True
