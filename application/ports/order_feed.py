"""Orders and positions as they change."""

from collections.abc import Callable
from typing import Protocol

from jainam_prop.domain.feed_health import FeedHealth
from jainam_prop.domain.order_event import OrderFeedEvent


class OrderFeed(Protocol):
    """A live connection to the order side; it connects again by itself."""

    def start(self, on_event: Callable[[OrderFeedEvent], None], on_connected: Callable[[], None]) -> None:
        """Connect in the background and return at once.

        Events may come twice and out of order. ``on_connected`` is called after every connection, on a thread of its
        own, so that the books can be read for what happened in between. To be called once.
        """
        ...

    def health(self) -> FeedHealth:
        """Say how the connection stands."""
        ...

    def close(self) -> None:
        """Disconnect for good; when this returns no event comes any more. Twice is as good as once."""
        ...
