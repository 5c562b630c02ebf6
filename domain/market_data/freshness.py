"""Separation of new ticks from repeated and late ones, by their content.

Recorded on a live server (protocol reference, section 13): each tick arrives twice, in two JSON forms; one form carries
the same SequenceNumber for the whole session, the other counts, and last-price messages carry none. So a tick is new
when its prices, sizes, volume or moments differ; a number alone decides nothing.
"""

from typing import Final

from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.stream_capability import FeedMode
from jainam_prop.domain.market_data.tick import Tick

_CONTENT: Final = slice(0, -2)
"""All cells of a tick but its sequence and its mode."""

TOLERANCE_SECONDS: Final = 2
"""Moments are whole seconds of several publishers: only an update that is older by more than this is late."""

_MOST_REMEMBERED: Final = 64


class _Latest:
    """The latest state of one contract in one mode.

    Attributes:
        content, shown_moment: the cells that were handed on last, and their moment.
        moment: the latest moment so far.
        numbers: the last two different sequence numbers.
        constant: a number that came with two different contents, so that it counts nothing.
        seen: contents of the latest moment, each with its highest number.
    """

    __slots__ = ("constant", "content", "moment", "numbers", "seen", "shown_moment")

    def __init__(self, content: tuple[object, ...], moment: int, number: int) -> None:
        self.content = content
        self.moment = self.shown_moment = moment
        self.numbers = (0, number)
        self.constant = 0
        self.seen: dict[tuple[object, ...], int] = {content: number}

    def note(self, number: int) -> None:
        """Remember a sequence number."""
        if number != self.numbers[1]:
            self.numbers = (self.numbers[1], number)


class Freshness:
    """Remembers the latest state of each contract and mode."""

    def __init__(self) -> None:
        self._latest: dict[tuple[FeedMode, InstrumentKey], _Latest] = {}

    def forget(self) -> None:
        """Start anew, as after a gap."""
        self._latest.clear()

    def has_heard(self, mode: FeedMode, instrument: InstrumentKey) -> bool:
        """Return whether a tick came since the start."""
        return (mode, instrument) in self._latest

    def admits(self, tick: Tick) -> bool:
        """Return whether a tick is new, and remember it; a repeated or a late one is not."""
        key = tick.mode, tick.instrument
        latest = self._latest.get(key)
        content: tuple[object, ...] = tuple.__getitem__(tick, _CONTENT)
        moment = tick.updated_at or 0
        if latest is None:
            self._latest[key] = _Latest(content, moment, tick.sequence)
            return True
        number = tick.sequence
        if content == latest.content:
            if number:
                latest.seen[content] = max(number, latest.seen.get(content, 0))
                latest.note(number)
            return False
        if moment and moment < latest.moment - TOLERANCE_SECONDS:
            return False
        return _is_new(latest, content, moment, number)


def _is_new(latest: _Latest, content: tuple[object, ...], moment: int, number: int) -> bool:
    """Judge a content that differs from the latest one and is not late."""
    if number in latest.numbers:
        latest.constant = number
    latest.note(number)
    if moment > latest.moment:
        latest.moment = moment
        latest.seen = {}
    elif number and _is_repeated(latest, content, moment, number):
        return False
    latest.content, latest.shown_moment = content, moment
    if number:
        latest.seen[content] = number
        if len(latest.seen) > _MOST_REMEMBERED:
            latest.seen.pop(next(iter(latest.seen)))
    return True


def _is_repeated(latest: _Latest, content: tuple[object, ...], moment: int, number: int) -> bool:
    """Return whether a content of the latest moment came before and is only the other form of its tick.

    A market that returns to an earlier state within a second is new: its number is higher than all before.
    """
    before = latest.seen.get(content)
    if before is None or latest.shown_moment < moment:
        return False
    if latest.constant in {number, before}:
        latest.seen[content] = max(before, number)
        return True
    return number <= before or number <= latest.seen.get(latest.content, 0)
