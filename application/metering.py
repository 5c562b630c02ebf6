"""Counting what operators watch, and not counting it."""

from collections.abc import Callable
from typing import Final, Protocol, final

from returns.result import Result

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.market_data.feed_state import FeedHealth


class Meter(Protocol):
    """Counts for operators; every method returns at once and never raises."""

    def sent(self, waited_seconds: float, took_seconds: float) -> None:
        """Count one request of an order command, by its wait for the rate limit and the time until its outcome."""
        ...

    def settled(self, outcome: Result[str, BrokerError]) -> None:
        """Count an order by what became of it, after the search for one without a reply."""
        ...

    def doubted(self) -> None:
        """Count a position that was not known because books or fills contradict each other."""
        ...

    def watch_feed(self, name: str, health: Callable[[], FeedHealth]) -> None:
        """Show the health of a feed, the bound method of an object, as long as that lives."""
        ...


@final
class Unmetered:
    """A `Meter` that counts nothing."""

    def sent(self, waited_seconds: float, took_seconds: float) -> None:
        """Do nothing."""

    def settled(self, outcome: Result[str, BrokerError]) -> None:
        """Do nothing."""

    def doubted(self) -> None:
        """Do nothing."""

    def watch_feed(self, name: str, health: Callable[[], FeedHealth]) -> None:
        """Do nothing."""


UNMETERED: Final = Unmetered()
