"""A live connection without a wire: it remembers what is wanted and brings what a test lets it bring."""

from collections.abc import Callable

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.feed_state import FeedHealth, FeedState
from jainam_prop.domain.market_data.subscriptions import Subscriptions
from jainam_prop.domain.market_data.tick import FeedEvent, FeedMode


class FakeMarketFeed:
    """Hands on events of contracts that are wanted, and of no other, once it is started."""

    def __init__(self) -> None:
        self.subscriptions = Subscriptions(JAINAM.stream.codes)
        self.state = FeedState.CONNECTING
        self._on_event: Callable[[FeedEvent], None] | None = None

    def start(self, on_event: Callable[[FeedEvent], None]) -> None:
        self._on_event = on_event
        self.state = FeedState.LIVE

    def want(self, instrument: InstrumentKey, mode: FeedMode) -> None:
        self.subscriptions.want(instrument, mode)

    def drop(self, instrument: InstrumentKey, mode: FeedMode) -> None:
        self.subscriptions.drop(instrument, mode)

    def health(self) -> FeedHealth:
        return FeedHealth(state=self.state, wanted=self.subscriptions.counts()[0])

    def close(self) -> None:
        self.state = FeedState.CLOSED

    def say(self, event: FeedEvent) -> None:
        """Let an event come."""
        if self._on_event is not None and self.state is not FeedState.CLOSED and event[0] in self.subscriptions.modes:
            self._on_event(event)
