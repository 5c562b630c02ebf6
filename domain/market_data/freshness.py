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

_MOMENTS: Final = -2
"""Where the moments begin in a content."""

TOLERANCE_SECONDS: Final = 2
"""Moments are whole seconds of several publishers: only an update that is older by more than this is late."""

_MOST_REMEMBERED: Final = 64

_ONE_COUNTER: Final = 1_000_000
"""Numbers that are further apart come of different counters of a server."""


class _Latest:
    """The latest state of one contract in one mode.

    Attributes:
        content, shown_moment: the cells that were handed on last, and their moment.
        moment: the latest moment so far.
        numbers: the last two different sequence numbers.
        highest: the highest number that counts.
        constant: a number that came with two different contents, so that it counts nothing.
        seen: contents of the latest moment, each with its highest number.
    """

    __slots__ = ("constant", "content", "highest", "moment", "numbers", "seen", "shown_moment")

    def __init__(self, content: tuple[object, ...], moment: int, number: int) -> None:
        self.content = content
        self.moment = self.shown_moment = moment
        self.numbers = (0, number)
        self.constant = 0
        self.highest = number
        self.seen: dict[tuple[object, ...], int] = {content: number}

    def note(self, number: int) -> None:
        """Remember a sequence number."""
        if number != self.numbers[1]:
            self.numbers = (self.numbers[1], number)
        if number > self.highest and number != self.constant:
            self.highest = number

    def is_late(self, tick: Tick) -> bool:
        """Return whether a tick is older than the latest: by its moment, or by its number without a later moment."""
        moment, number = tick.updated_at or 0, tick.sequence
        if moment and moment < self.moment - TOLERANCE_SECONDS:
            return True
        is_behind = 0 < self.highest - number < _ONE_COUNTER and number not in {0, self.constant}
        return is_behind and moment <= self.moment and number not in self.numbers


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

    def admits_image(self, tick: Tick, *, is_last: bool = False) -> bool:
        """Return whether an image that did not come by the socket says more than what the socket brought.

        A later moment alone does not count, since a server may stamp a quote with the time of the question.

        Args:
            tick: the image.
            is_last: the socket brought nothing since the image was asked for, so that in one second it is the later.
        """
        latest = self._latest.get((tick.mode, tick.instrument))
        if latest is None or tick.updated_at is None:
            return self.admits(tick)
        content: tuple[object, ...] = tuple.__getitem__(tick, _CONTENT)
        moment = tick.updated_at
        if (
            moment < latest.moment
            or (moment == latest.moment and not is_last)
            or _says_the_same(content, latest.content)
        ):
            return False
        latest.moment = latest.shown_moment = moment
        latest.content, latest.seen = content, {}
        return True

    def drop(self, instrument: InstrumentKey) -> None:
        """Forget a contract that is not wanted any more."""
        for mode in FeedMode:
            self._latest.pop((mode, instrument), None)

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
        if latest.is_late(tick):
            return False
        return _is_new(latest, content, moment, number)


def _says_the_same(image: tuple[object, ...], shown: tuple[object, ...]) -> bool:
    """Return whether two states agree in all cells that both have, apart from their moments."""
    pairs = zip(image[:_MOMENTS], shown[:_MOMENTS], strict=True)
    return all(new == old or new is None or old is None for new, old in pairs)


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
