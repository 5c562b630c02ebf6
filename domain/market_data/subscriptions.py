"""What a feed should be subscribed to, and the calls that take it there from what it is subscribed to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, NamedTuple

from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.stream_capability import FeedMode, StreamCapability

BATCH: Final = 50
"""The most contracts that one call may name."""


class Topic(NamedTuple):
    """One kind of message about one contract, which is what the broker subscribes."""

    instrument: InstrumentKey
    code: int


class Batch(NamedTuple):
    """Contracts to be subscribed, or unsubscribed, by one call."""

    code: int
    instruments: tuple[InstrumentKey, ...]

    @property
    def topics(self) -> frozenset[Topic]:
        """What the call is about, one by one."""
        return frozenset(Topic(instrument, self.code) for instrument in self.instruments)


@dataclass(frozen=True, slots=True)
class DesiredSet:
    """The highest wanted mode of each contract; immutable, every change returns the next one.

    The host asks for a higher mode without giving the lower one back, and gives back only the highest: so one mode per
    contract is kept, and giving it back drops the contract.
    """

    modes: Mapping[InstrumentKey, FeedMode] = field(default_factory=lambda: MappingProxyType({}))

    def want(self, instrument: InstrumentKey, mode: FeedMode) -> "DesiredSet":
        """Add a contract, or raise its mode; a lower one than it has changes nothing."""
        highest = max(mode, self.modes.get(instrument, mode))
        return DesiredSet(MappingProxyType({**self.modes, instrument: highest}))

    def drop(self, instrument: InstrumentKey, mode: FeedMode) -> "DesiredSet":
        """Give back a contract's highest mode and with it the contract; a lower mode was superseded already."""
        held = self.modes.get(instrument)
        if held is None or mode < held:
            return self
        left = {other: kept for other, kept in self.modes.items() if other != instrument}
        return DesiredSet(MappingProxyType(left))

    def topics(self, stream: StreamCapability) -> frozenset[Topic]:
        """Return the subscriptions that these contracts need at a broker."""
        return frozenset(
            Topic(instrument, code)
            for instrument, mode in self.modes.items()
            for code in stream.codes(instrument.exchange, mode)
        )


def batches(topics: Iterable[Topic], size: int = BATCH) -> Iterator[Batch]:
    """Group topics into calls of one code and at most ``size`` contracts each, in a fixed order."""
    by_code: dict[int, list[InstrumentKey]] = defaultdict(list)
    for topic in sorted(topics):
        by_code[topic.code].append(topic.instrument)
    for code, instruments in by_code.items():
        for start in range(0, len(instruments), size):
            yield Batch(code, tuple(instruments[start : start + size]))
