"""Telling news from what was heard before: servers send an update twice, and sometimes late."""

from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.tick import Tick


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
        """Whether a tick is news; one without a number is, unless its moment is earlier than the latest."""
        key = code, tick.instrument
        number, moment = tick.sequence, tick.updated_at or 0
        latest = self._latest.get(key)
        if latest is not None and not _is_news(number, moment, *latest):
            return False
        self._latest[key] = number, moment
        return True


def _is_news(number: int, moment: int, latest_number: int, latest_moment: int) -> bool:
    if not number:
        return not moment or moment >= latest_moment
    return number != latest_number and (number > latest_number or moment > latest_moment)
