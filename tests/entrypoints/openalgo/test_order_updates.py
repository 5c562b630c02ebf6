"""Order updates of a host start when the store can be read again, and lose no state that could not be published."""

from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Queue
from typing import Any, cast

import pytest

from jainam_prop.domain.market_data.feed_state import FeedHealth, FeedState
from jainam_prop.domain.orders.order import Order, OrderState
from jainam_prop.domain.positions.position import OrderFeedEvent
from jainam_prop.entrypoints.openalgo.order_updates import OrderUpdates
from jainam_prop.entrypoints.trading_app import TradingApp
from tests.domain.samples import an_order


class Feed:
    """An order feed without a broker."""

    def __init__(self) -> None:
        self.closed = False

    def health(self) -> FeedHealth:
        return FeedHealth(state=FeedState.CLOSED if self.closed else FeedState.LIVE)

    def close(self) -> None:
        self.closed = True


class Rows:
    """Rows with every field that a host wants."""

    def orders(self, orders: list[Order]) -> list[dict[str, Any]]:
        names = (
            "orderid symbol exchange action quantity price trigger_price pricetype product order_status "
            "filled_quantity pending_quantity average_price rejection_reason"
        )
        return [dict.fromkeys(names.split(), "") | {"orderid": order.order_id} for order in orders]


@dataclass
class App:
    """A trading app whose store is locked for the first starts."""

    locked: int = 0
    starts: Queue[Callable[[OrderFeedEvent], None]] = field(default_factory=Queue)
    feed: Feed = field(default_factory=Feed)
    rows: Rows = field(default_factory=Rows)

    def follow_orders(self) -> Callable[[Callable[[OrderFeedEvent], None]], Feed]:
        if self.locked:
            self.locked -= 1
            message = "database is locked"
            raise RuntimeError(message)

        def follow(on_event: Callable[[OrderFeedEvent], None]) -> Feed:
            self.starts.put(on_event)
            return self.feed

        return follow


def updates_of(app: App, publish: Callable[[dict[str, Any]], object]) -> OrderUpdates:
    return OrderUpdates(cast("TradingApp", app), publish)


def test_a_start_that_fails_is_tried_again() -> None:
    app = App(locked=1)
    updates = updates_of(app, lambda _update: None)
    updates.connect()
    app.starts.get(timeout=10)
    updates.disconnect()

    assert app.feed.closed


def test_a_state_that_could_not_be_published_is_published_with_the_next_book() -> None:
    app, published, fails = App(), list[dict[str, Any]](), [True]

    def publish(update: dict[str, Any]) -> None:
        if fails.pop() if fails else False:
            message = "the bus is gone"
            raise RuntimeError(message)
        published.append(update)

    updates = updates_of(app, publish)
    updates.connect()
    hear = app.starts.get(timeout=10)
    order = an_order(state=OrderState.FILLED)
    with pytest.raises(RuntimeError):
        hear(order)
    hear(order)
    hear(order)
    updates.disconnect()

    assert [update["orderid"] for update in published] == [order.order_id]
