"""A live connection without a wire: it remembers what is wanted and says what a test lets it say."""

from collections.abc import Callable

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.feed_health import FeedHealth, LinkState
from jainam_prop.domain.market_data.stream_capability import FeedMode
from jainam_prop.domain.market_data.subscriptions import DesiredSet
from jainam_prop.domain.market_data.tick import FeedEvent


class FakeMarketFeed:
    """Hands on events of contracts that are wanted, and of no other, once it is started."""

    def __init__(self) -> None:
        self.desired = DesiredSet()
        self.state = LinkState.IDLE
        self._on_event: Callable[[FeedEvent], None] | None = None

    def start(self, on_event: Callable[[FeedEvent], None]) -> None:
        self._on_event = on_event
        self.state = LinkState.CONNECTED

    def want(self, instrument: InstrumentKey, mode: FeedMode) -> None:
        self.desired = self.desired.want(instrument, mode)

    def drop(self, instrument: InstrumentKey, mode: FeedMode) -> None:
        self.desired = self.desired.drop(instrument, mode)

    def health(self) -> FeedHealth:
        return FeedHealth(state=self.state, wanted=len(self.desired.topics(JAINAM.stream)))

    def close(self) -> None:
        self.state = LinkState.CLOSED

    def say(self, event: FeedEvent) -> None:
        """Let an event come."""
        if self._on_event is not None and self.state is not LinkState.CLOSED and event[0] in self.desired.modes:
            self._on_event(event)
