"""The order feed, and a journal that keeps in step with it."""

import pytest

from jainam_prop.adapters.simulator.faults.fault import FaultKind
from jainam_prop.domain.market_data.feed_state import FeedState
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.order import Order, OrderState, Trade
from jainam_prop.domain.orders.order_event import OrderFeedEvent, PositionChange
from tests.application.trading import Trader


def follow(trader: Trader) -> list[OrderFeedEvent]:
    """Start the feed, and return where its events go."""
    events: list[OrderFeedEvent] = []
    trader.app.follow_orders()(events.append)
    trader.clock.advance(1.0)
    return events


def states(events: list[OrderFeedEvent]) -> list[OrderState]:
    return [event.state for event in events if isinstance(event, Order)]


def test_every_state_fill_and_position_is_heard(trader: Trader) -> None:
    events = follow(trader)

    trader.place(quantity=75)
    trader.clock.advance(1.0)

    assert states(events) == [OrderState.PENDING_NEW, OrderState.NEW, OrderState.FILLED]
    assert [event.quantity for event in events if isinstance(event, Trade)] == [75]
    assert [event.position.net for event in events if isinstance(event, PositionChange)] == [75]


def test_an_order_of_unknown_outcome_is_resolved_by_its_event(trader: Trader) -> None:
    follow(trader)
    trader.strike(FaultKind.HOLD, processed=False, seconds=30.0)
    trader.place()
    assert [entry.state for entry in trader.market.journal.open_entries()] == [IntentState.UNKNOWN]

    trader.clock.advance(60.0)

    (entry,) = trader.market.journal.recent()
    assert (entry.state, entry.order_id) == (IntentState.RESOLVED, str(trader.orders()[0].order_id))


def test_an_order_that_is_rejected_after_all_is_known_to_be(trader: Trader) -> None:
    follow(trader)
    trader.strike(FaultKind.HOLD, processed=False, seconds=30.0)
    trader.strike(FaultKind.RMS_REJECT, text="RMS: margin exceeds")
    trader.strike(FaultKind.SETTLE_DELAY, seconds=0.0)
    trader.place()

    trader.clock.advance(60.0)

    (entry,) = trader.market.journal.recent()
    assert entry.state in {IntentState.REJECTED, IntentState.RESOLVED}
    assert trader.net() == 0


def test_what_happened_in_a_gap_is_read_from_the_book(trader: Trader) -> None:
    events = follow(trader)
    (feed,) = trader.market.broker.feeds
    feed.drop(5.0)
    trader.rest()
    assert (events, feed.health().state) == ([], FeedState.CONNECTING)

    trader.clock.advance(10.0)

    assert states(events) == [OrderState.NEW]
    assert (feed.health().state, feed.health().connections) == (FeedState.LIVE, 2)


def test_an_order_that_was_lost_in_a_gap_is_resolved_after_it(trader: Trader) -> None:
    follow(trader)
    (feed,) = trader.market.broker.feeds
    feed.drop(40.0)
    trader.strike(FaultKind.HOLD, processed=False, seconds=30.0)
    trader.place()

    trader.clock.advance(60.0)

    assert trader.market.journal.open_entries() == ()


@pytest.mark.parametrize("endpoint", ["dealer_order_book"])
def test_a_book_that_cannot_be_read_after_a_gap_ends_nothing(trader: Trader, endpoint: str) -> None:
    trader.strike(FaultKind.SERVER_ERROR, endpoint, times=None)
    events = follow(trader)

    trader.place()
    trader.clock.advance(1.0)

    assert OrderState.FILLED in states(events)


def test_events_that_come_late_twice_and_out_of_order_are_all_handed_on(trader: Trader) -> None:
    faults = trader.market.broker.feed
    faults.jitter, faults.twice = 2.0, 0.5
    events = follow(trader)

    for _ in range(5):
        trader.place(quantity=10)
    trader.clock.advance(5.0)

    assert len([event for event in events if isinstance(event, Trade)]) >= 5
    assert states(events) != sorted(states(events), key=list(OrderState).index)


def test_closed_no_event_comes_any_more(trader: Trader) -> None:
    events = follow(trader)
    (feed,) = trader.market.broker.feeds
    trader.market.broker.feed.delay = 2.0
    trader.rest()
    feed.close()

    trader.clock.advance(5.0)

    assert (events, feed.health().state) == ([], FeedState.CLOSED)
