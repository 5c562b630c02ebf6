"""Quotes, history and live feeds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from returns.result import Result

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.feed_state import FeedHealth
from jainam_prop.domain.market_data.history import Bar, Span
from jainam_prop.domain.market_data.quote import Quote
from jainam_prop.domain.market_data.subscriptions import Batch
from jainam_prop.domain.market_data.tick import FeedEvent, FeedMode
from jainam_prop.domain.positions.position import OrderFeedEvent
from jainam_prop.domain.sessions.session import Session


class MarketData(Protocol):
    """Reads snapshots from the market-data application."""

    def quotes(
        self, session: Session, keys: Sequence[InstrumentKey], timeout_seconds: float
    ) -> Result[dict[InstrumentKey, Quote], BrokerError]:
        """Return a snapshot for each contract that the server answered for; the others are missing, not zero."""


class OpenInterests(Protocol):
    """Reads open interest from the market-data application, which tells it apart from prices."""

    def open_interest(
        self, session: Session, keys: Sequence[InstrumentKey], timeout_seconds: float
    ) -> Result[dict[InstrumentKey, int], BrokerError]:
        """Return the open units of each derivative that the server answered for; the others are missing, not zero."""


class PriceHistory(Protocol):
    """Reads historical bars from the market-data application."""

    def bars(
        self, session: Session, key: InstrumentKey, seconds: int, span: Span, timeout_seconds: float
    ) -> Result[tuple[Bar, ...], BrokerError]:
        """Return the bars of so many seconds that begin on these days, as the broker stamped them; it may have none.

        A day counts 86,400 seconds; the bar of a day that is not over yet is missing.
        """


class MarketFeed(Protocol):
    """A live connection that stays: it connects again by itself, and subscribes again to everything that is wanted.

    It takes its tokens from the session store, waits there for a login, and never logs in by itself but for one renewal
    of a token that was live.
    """

    def start(self, on_event: Callable[[FeedEvent], None]) -> None:
        """Connect in the background and return at once. To be called once.

        ``on_event`` is called on a thread of its own for one event after the other, in the order in which they came,
        and never for a contract that is not wanted. Its exceptions are counted. While it is slow, the events that it
        has not seen are conflated: of each contract only the latest state is kept.
        """

    def want(self, instrument: InstrumentKey, mode: FeedMode) -> None:
        """Ask for a contract, or for more of it; may come before `start`, returns at once, and holds until `drop`."""

    def drop(self, instrument: InstrumentKey, mode: FeedMode) -> None:
        """Give back the highest mode asked for, and with it the contract; the others go on."""

    def health(self) -> FeedHealth:
        """Return state, problems and counts."""

    def close(self) -> None:
        """Disconnect for good, within a second, from any thread; no new event comes afterwards. It is idempotent."""


class OrderFeed(Protocol):
    """A live connection to the order side; it connects again by itself, and waits for a login as `MarketFeed` does."""

    def start(self, on_event: Callable[[OrderFeedEvent], None], on_connected: Callable[[Session], None]) -> None:
        """Connect in the background and return at once. To be called once.

        Events may come twice and out of order. ``on_connected`` is called after every connection with its session, on a
        thread of its own, so that the books can be read for what happened in between; it is repeated when it raises.
        """

    def health(self) -> FeedHealth:
        """Return state, problems and counts."""

    def close(self) -> None:
        """Disconnect for good, within a second, from any thread; no new event comes afterwards. It is idempotent."""


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What the broker said to a batch.

    Attributes:
        already: the whole batch was refused because some of it is subscribed.
        refused: the whole batch was refused for another reason, in the broker's words; "" when it was not.
        remaining: how many more the session may subscribe to, where the broker said it.
        snapshots: the present state of some of the contracts.
    """

    already: bool = False
    refused: str = ""
    remaining: int | None = None
    snapshots: tuple[FeedEvent, ...] = ()


class Subscriber(Protocol):
    """Subscriptions belong to the token of a session: they outlive a connection, and die with the token."""

    def subscribe(self, session: Session, batch: Batch, timeout_seconds: float) -> Result[Subscribed, BrokerError]:
        """Subscribe to all of a batch or to nothing of it.

        Errors: SessionExpired, RateLimited, NotSent; Unreadable when the answer is lost, in which case some may be
        subscribed; asking again does no harm.
        """

    def unsubscribe(self, session: Session, batch: Batch, timeout_seconds: float) -> Result[Subscribed, BrokerError]:
        """Take subscriptions back; what was not subscribed is none of the broker's errors."""

    def images(
        self, session: Session, batch: Batch, timeout_seconds: float
    ) -> Result[tuple[FeedEvent, ...], BrokerError]:
        """Read the present state of a batch by quote; contracts that the server does not answer for are missing."""
