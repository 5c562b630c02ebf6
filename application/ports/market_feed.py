"""Prices as they come."""

from collections.abc import Callable
from typing import Protocol

from jainam_prop.domain.feed_health import FeedHealth
from jainam_prop.domain.instrument import InstrumentKey
from jainam_prop.domain.stream_capability import FeedMode
from jainam_prop.domain.tick import FeedEvent


class MarketFeed(Protocol):
    """A live connection that stays: it connects again by itself, and subscribes again to everything that is wanted."""

    def start(self, on_event: Callable[[FeedEvent], None]) -> None:
        """Connect in the background and return at once.

        ``on_event`` is called for one event after the other, in the order in which they came, and never for a contract
        that is not wanted; it must return soon, because nothing else is read meanwhile. To be called once.
        """
        ...

    def want(self, instrument: InstrumentKey, mode: FeedMode) -> None:
        """Ask for a contract, or for more of it; may come before `start`, returns at once, and holds until `drop`."""
        ...

    def drop(self, instrument: InstrumentKey, mode: FeedMode) -> None:
        """Give back the highest mode asked for, and with it the contract; the others go on."""
        ...

    def health(self) -> FeedHealth:
        """Say how the connection stands."""
        ...

    def close(self) -> None:
        """Disconnect for good; when this returns no event comes any more. Twice is as good as once."""
        ...
