"""Whether an order feed is current: connected, without a gap, and not behind what it should have shown."""

from collections.abc import Callable, Mapping
from typing import Final, final

from jainam_prop.domain.orders.order import PriceType
from jainam_prop.domain.positions.account_state import KnownOrder

_LATE_SECONDS: Final = 1.0
"""A feed that has not shown an accepted order after this long, or the end of one at market, is not current."""


@final
class FeedCurrency:
    """What the order feed of one account still has to show; moments are monotonic seconds. Not safe across threads."""

    def __init__(self) -> None:
        """Start without a feed."""
        self._since: float | None = None
        self._has_gap = True
        self._is_connected: Callable[[], bool] = lambda: False
        self._unheard: dict[str, float] = {}
        self._at_market: dict[str, float] = {}

    def connected(self, now: float, is_connected: Callable[[], bool]) -> None:
        """Begin with a new connection, which is current once an order book was read after it."""
        self._since, self._has_gap, self._is_connected = now, True, is_connected
        self.forget_orders()

    def forget_orders(self) -> None:
        """Wait for no order any more."""
        self._unheard.clear()
        self._at_market.clear()

    def read(self, began: float) -> None:
        """Close the gap before a connection by a read of the order book that began after it."""
        self._has_gap = self._has_gap and (self._since is None or began < self._since)

    def expect(self, order: KnownOrder) -> None:
        """Wait for the events of an order that the broker accepted."""
        sent_at = order.sent_at or 0.0
        if self._since is not None and sent_at >= self._since:
            self._unheard[order.order_id] = sent_at
            if order.price_type is PriceType.MARKET:
                self._at_market[order.order_id] = sent_at

    def heard(self, order_id: str, sent_at: float | None) -> None:
        """Stop to wait for the first event of an order, and of those sent before it."""
        self._unheard = {
            other: at for other, at in self._unheard.items() if other != order_id and (sent_at is None or at > sent_at)
        }

    def is_current(self, now: float, orders: Mapping[str, KnownOrder]) -> bool:
        """Whether the feed has shown each order in time, and the end of each order at market."""
        if self._since is None or self._has_gap or not self._is_connected():
            return False
        self._at_market = {each: at for each, at in self._at_market.items() if orders[each].is_working}
        return all(now - since <= _LATE_SECONDS for since in (*self._unheard.values(), *self._at_market.values()))
