"""Which ticks are new, by their content, and which prices are known to be current.

Recorded on a live server (protocol reference, section 13): each tick arrives twice, in two JSON forms; one form carries
the same SequenceNumber for the whole session, the other counts, and last-price messages carry none. So a tick is new
when its prices, sizes, volume or moments differ; a number alone decides nothing.

Moments are monotonic seconds. A price from before a gap is current again once a message, a first image or a quote
confirms it. A contract that is quiet while its exchange trades is read by quote, because a subscription can end without
a word: it belongs to the token, which other feeds share.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from math import inf
from typing import Final

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.tick import FeedMode, Tick

_CONTENT: Final = slice(0, -2)
"""All cells of a tick but its sequence and its mode."""

_MOMENTS: Final = -2
"""Where the moments begin in a content."""

AHEAD_SECONDS: Final = 120

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

    def is_late(self, moment: int, number: int) -> bool:
        """Return whether a tick is older than the latest: by its moment, or by its number without a later moment."""
        if moment and moment < self.moment - TOLERANCE_SECONDS:
            return True
        is_behind = 0 < self.highest - number < _ONE_COUNTER and number not in {0, self.constant}
        return is_behind and moment <= self.moment and number not in self.numbers


class Freshness:
    """Remembers the latest state of each contract and mode."""

    def __init__(self) -> None:
        self._credible = inf
        self._latest: dict[tuple[FeedMode, InstrumentKey], _Latest] = {}

    def look_at_clock(self, now: datetime) -> None:
        """Count a moment that is far ahead of ``now`` (aware) as none: all that follows it would be late."""
        self._credible = now.timestamp() + AHEAD_SECONDS

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
        if latest is None or not self._moment(tick):
            return self.admits(tick)
        content: tuple[object, ...] = tuple.__getitem__(tick, _CONTENT)
        moment = self._moment(tick)
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
        moment = self._moment(tick)
        if latest is None:
            self._latest[key] = _Latest(content, moment, tick.sequence)
            return True
        number = tick.sequence
        if content == latest.content:
            if number:
                latest.seen[content] = max(number, latest.seen.get(content, 0))
                latest.note(number)
            return False
        if latest.is_late(moment, number):
            return False
        return _is_new(latest, content, moment, number)

    def _moment(self, tick: Tick) -> int:
        moment = tick.updated_at or 0
        return moment if moment <= self._credible else 0


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


IMAGE_SECONDS: Final = 1.0
"""A confirmed subscription that brought no image for so long is read by quote."""

MARK_SECONDS: Final = 3.0
"""A price that is not confirmed for so long after a gap is marked stale."""

QUIET_SECONDS: Final = 5.0
LONGEST_QUIET_SECONDS: Final = 300.0
"""First and longest silence of one contract before it is read by quote; it doubles while the quote says nothing new."""

STRIKES: Final = 2
"""So often a contract must be held by the broker, quoted anew and not heard, until the connection counts as deaf."""

AGAIN_SECONDS: Final = 5.0
"""Until a contract is read by quote once more that no quote confirmed."""


class Staleness:
    """Confirmation of each wanted contract. Not safe for threads: its feed has one lock for all of its state.

    Attributes:
        stale: contracts with a price that is not known to be current, and since when.
        heard_at: when each contract was confirmed last.
        ticked_at: when the socket brought the last wanted price of each exchange.
    """

    def __init__(self) -> None:
        self.stale: dict[InstrumentKey, float] = {}
        self.heard_at: dict[InstrumentKey, float] = {}
        self.ticked_at: dict[Exchange, float] = {}
        self._unconfirmed: dict[InstrumentKey, float] = {}
        self._read_at: dict[InstrumentKey, float] = {}
        self._quiet: dict[InstrumentKey, float] = {}
        self._strikes: dict[InstrumentKey, int] = {}

    def is_deaf(self, now: float) -> bool:
        """Return whether the connection brings nothing while quotes show prices that the broker says are subscribed."""
        if any(now - at < QUIET_SECONDS for at in self.ticked_at.values()):
            return False
        return any(strikes >= STRIKES for strikes in self._strikes.values())

    def want(self, key: InstrumentKey, now: float) -> None:
        """Take a new contract, whose price is not known yet."""
        if key not in self.heard_at:
            self._unconfirmed[key] = now

    def drop(self, key: InstrumentKey) -> None:
        """Forget a contract."""
        for kept in (self.stale, self.heard_at, self._unconfirmed, self._read_at, self._quiet, self._strikes):
            kept.pop(key, None)

    def gap(self, keys: Iterable[InstrumentKey], now: float) -> None:
        """Take a gap in the connection: no price is known to be current."""
        for key in keys:
            self._unconfirmed.setdefault(key, now)
        self._read_at.clear()
        self._strikes.clear()

    def suspect(self, key: InstrumentKey) -> None:
        """Take a quote that is newer than what the socket brought for a subscribed contract."""
        self._strikes.setdefault(key, 0)

    def strike(self, key: InstrumentKey) -> None:
        """Take the broker's word that a contract is subscribed; it counts against a suspect."""
        if key in self._strikes:
            self._strikes[key] += 1

    def held(self, key: InstrumentKey, now: float, *, has_image: bool) -> None:
        """Take the confirmation of a subscription; an image is due unless one came in this mode since the gap."""
        if key in self._unconfirmed or not has_image:
            self._read_at[key] = now + IMAGE_SECONDS

    def heard(self, key: InstrumentKey, now: float) -> None:
        """Take a message of the socket in the wanted mode."""
        self.heard_at[key] = now
        if self._quiet:
            self._quiet.pop(key, None)
        if self._strikes:
            self._strikes.pop(key, None)
        if self._unconfirmed or self._read_at:
            self._confirm(key)

    def quoted(self, key: InstrumentKey, now: float, *, is_new: bool) -> None:
        """Take a quote; while it says nothing new the contract is read less often."""
        self.heard_at[key] = now
        quiet = self._quiet.get(key, QUIET_SECONDS)
        self._quiet[key] = QUIET_SECONDS if is_new else min(quiet * 2, LONGEST_QUIET_SECONDS)
        self._confirm(key)

    def unanswered(self, keys: Iterable[InstrumentKey], now: float) -> None:
        """Take quotes that did not come: they are read again later."""
        for key in keys:
            if key in self._read_at:
                self._read_at[key] = now + AGAIN_SECONDS
            elif key in self.heard_at:
                self.heard_at[key] = now

    def due(self, now: float, is_trading: Callable[[Exchange], bool]) -> list[InstrumentKey]:
        """Return the contracts to be read by quote: without an image first, then the quiet ones, longest due first."""
        missing = [key for key, at in self._read_at.items() if at <= now]
        trading: dict[Exchange, bool] = {}
        quiet = []
        for key, at in self.heard_at.items():
            due_at = at + self._quiet.get(key, QUIET_SECONDS)
            if now < due_at or key in self._unconfirmed:
                continue
            if key.exchange not in trading:
                trading[key.exchange] = is_trading(key.exchange)
            if trading[key.exchange]:
                quiet.append((due_at, key))
        return missing + [key for _, key in sorted(quiet)]

    def overdue(self, now: float) -> list[InstrumentKey]:
        """Mark prices that were not confirmed in time; return those that were not marked before."""
        late = [
            key
            for key, since in self._unconfirmed.items()
            if key in self.heard_at and key not in self.stale and now - since >= MARK_SECONDS
        ]
        for key in late:
            self.stale[key] = self._unconfirmed[key]
        return late

    def quiet_for(
        self, now: float, exchanges: Iterable[Exchange], since: float, is_trading: Callable[[Exchange], bool]
    ) -> float:
        """Return the seconds without a price of some exchanges; zero while none of them is expected to trade."""
        exchanges = set(exchanges)
        if not any(is_trading(exchange) for exchange in exchanges):
            return 0.0
        return now - max([since, *(self.ticked_at[each] for each in exchanges if each in self.ticked_at)])

    def ages(self, now: float) -> dict[Exchange, float]:
        """Return the seconds since the last wanted price that the socket brought, by exchange."""
        return {exchange: now - at for exchange, at in list(self.ticked_at.items())}

    def _confirm(self, key: InstrumentKey) -> None:
        self._unconfirmed.pop(key, None)
        self._read_at.pop(key, None)
        self.stale.pop(key, None)
