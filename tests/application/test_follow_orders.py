"""The order feed, and a journal that keeps in step with it."""

from collections.abc import Callable

import pytest
from returns.result import Success

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.application.orders.follow import FollowOrders
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.market_data.feed_state import FeedHealth, FeedState
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.order import Order, OrderState, Trade
from jainam_prop.domain.positions.net_position import Exact, Proof
from jainam_prop.domain.positions.position import OrderFeedEvent, PositionChange
from jainam_prop.domain.sessions.session import Session
from tests.application.trading import SBIN, TCS, Trader
from tests.fakes.broker.portfolio import trade


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
    trader.strike(FaultKind.HOLD, processed=False, seconds=12.0)
    trader.place()
    assert [entry.state for entry in trader.market.journal.open_entries()] == [IntentState.UNKNOWN]

    trader.clock.advance(60.0)

    (entry,) = trader.market.journal.recent()
    assert (entry.state, entry.order_id) == (IntentState.RESOLVED, str(trader.orders()[0].order_id))


def test_an_order_that_is_rejected_after_all_is_known_to_be(trader: Trader) -> None:
    follow(trader)
    trader.strike(FaultKind.HOLD, processed=False, seconds=12.0)
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
    trader.strike(FaultKind.HOLD, processed=False, seconds=12.0)
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


def test_all_listeners_of_a_process_share_one_connection_until_the_last_has_closed(trader: Trader) -> None:
    events, later = follow(trader), list[OrderFeedEvent]()
    follow_orders = trader.app.follow_orders()
    follow_orders.start(trader.session)
    second = follow_orders(later.append)
    trader.place()
    trader.clock.advance(1.0)
    (feed,) = trader.market.broker.feeds
    assert states(later) == states(events) == [OrderState.PENDING_NEW, OrderState.NEW, OrderState.FILLED]

    second.close()
    assert (second.health().state, feed.health().state) == (FeedState.CLOSED, FeedState.LIVE)
    follow_orders.close()

    assert (follow_orders.health().state, feed.health().state) == (FeedState.CLOSED, FeedState.CLOSED)


class NoFeed:
    """An order feed that never connects."""

    def start(self, on_event: Callable[[OrderFeedEvent], None], on_connected: Callable[[Session], None]) -> None:
        del on_event, on_connected

    def health(self) -> FeedHealth:
        return FeedHealth(state=FeedState.CONNECTING)

    def close(self) -> None:
        pass


def test_what_is_carried_is_settled_after_a_login_although_the_feed_does_not_connect(trader: Trader) -> None:
    trade(trader.exchange, trader.booked_to, trader.exchange.find(Exchange.NSE, "SBIN-EQ"), "NRML", 10, "OTHER01")
    trader.clock.advance(1_000.0)
    follow_orders = FollowOrders(NoFeed, trader.app.close_all_positions.positions, trader.app.recovery)

    follow_orders.start(trader.session)
    trader.clock.advance(5.0)
    read = trader.sent("dealer_positions")

    assert read > 0
    trader.smart(4, product="NRML")
    assert (trader.net(product="NRML"), trader.sent("dealer_positions")) == (4, read)


@pytest.mark.parametrize("gap", [0.2, 5.0])
def test_what_another_terminal_did_in_a_gap_is_known_before_the_feed_decides_again(trader: Trader, gap: float) -> None:
    trader.app.follow_orders().start(trader.session)
    trader.clock.advance(3.0)
    trader.market.broker.feed.busy = 8.0
    (feed,) = trader.market.broker.feeds
    feed.drop(gap)
    trade(trader.exchange, trader.booked_to, trader.exchange.find(Exchange.NSE, "SBIN-EQ"), "MIS", 10, "OTHER01")
    trader.clock.advance(gap + 0.5)
    assert feed.health().state is FeedState.LIVE

    trader.smart(10)
    trader.clock.advance(1.0)

    assert trader.net() == 10


def test_a_listener_of_a_connected_feed_hears_the_orders_of_the_day(trader: Trader) -> None:
    follow(trader)
    trader.place()
    trader.clock.advance(1.0)
    later: list[OrderFeedEvent] = []

    trader.app.follow_orders()(later.append)
    trader.clock.advance(1.0)

    assert states(later) == [OrderState.FILLED]


def test_a_listener_that_fails_keeps_no_event_from_the_others(trader: Trader) -> None:
    events: list[OrderFeedEvent] = []

    def fail(_event: OrderFeedEvent) -> None:
        raise LookupError

    trader.app.follow_orders()(fail)
    trader.app.follow_orders()(events.append)
    trader.clock.advance(1.0)
    trade(trader.exchange, trader.booked_to, trader.exchange.find(Exchange.NSE, "SBIN-EQ"), "MIS", 10, "OTHER01")
    with pytest.raises(LookupError):
        trader.clock.advance(1.0)

    assert states(events) == [OrderState.PENDING_NEW]


def test_all_that_was_carried_is_settled_in_the_background_after_a_connection(trader: Trader) -> None:
    trader.carry(30, SBIN, "NRML")
    trader.carry(-20, TCS, "CNC")

    follow(trader)
    trader.clock.advance(3.0)

    account = trader.container.trading.states().of(trader.session)
    held = {(key.instrument, key.product): position for key, position in account.positions().items()}
    assert held == {(SBIN, "NRML"): Exact(30, Proof.BOTH_BOOKS), (TCS, "CNC"): Exact(-20, Proof.BOTH_BOOKS)}
    assert account.is_settled()


@pytest.mark.parametrize("with_feed", [True, False])
def test_a_cancel_is_confirmed_by_its_event_and_without_a_feed_by_the_order_book(
    trader: Trader, *, with_feed: bool
) -> None:
    if with_feed:
        follow(trader)
    order_id = trader.rest()
    trader.clock.advance(2.0)
    reads = trader.sent("dealer_order_book")

    assert trader.cancel(order_id) == Success(order_id)
    assert (trader.sent("dealer_order_book") == reads) is with_feed


def test_a_cancel_of_which_the_event_is_lost_is_confirmed_by_the_order_book(trader: Trader) -> None:
    follow(trader)
    order_id = trader.rest()
    trader.clock.advance(2.0)
    trader.market.broker.feed.is_silent = True

    assert trader.cancel(order_id) == Success(order_id)


def test_events_of_an_order_that_was_answered_read_no_journal(trader: Trader) -> None:
    events = follow(trader)
    trader.market.journal.unreadable = "gone"

    trader.place()
    trader.clock.advance(1.0)

    (feed,) = trader.market.broker.feeds
    assert states(events)[-1] is OrderState.FILLED
    assert feed.health().faults == 0
