"""A price feed at a market-data application that has memory: no price is frozen without a word, and nothing ends it."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest
from returns.result import Success

from jainam_prop.adapters.xts.stream.connection import MarketSocket
from jainam_prop.adapters.xts.stream.feed_socket import CLOSE_SECONDS
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.backoff import BackoffRule
from jainam_prop.domain.market_data.feed_state import FeedState
from jainam_prop.domain.market_data.subscriptions import Topic
from jainam_prop.domain.market_data.tick import FeedEvent, FeedMode, Stale, Tick
from tests.adapters.xts.stream.standin import KEYS, QUICK, SBIN, Consumer, HeldClock, Live, feed_at, live, until

LTP, QUOTE, DEPTH = FeedMode
TCS: Final = InstrumentKey(Exchange.NSE, 11536)
FEED: Final = "The market-data feed"


def connected_times(made: Live, count: int) -> Callable[[], bool]:
    return lambda: made.feed.health().connections == count


def wait_for(gate: threading.Event) -> Callable[[FeedEvent], None]:
    def act(_event: FeedEvent) -> None:
        gate.wait()

    return act


def brings(made: Live, key: InstrumentKey, price: float) -> Callable[[], bool]:
    return lambda: made.consumer.last(key) == price


def state(made: Live) -> FeedState:
    return made.feed.health().state


def test_prices_come_in_order_and_each_once() -> None:
    with live() as made:
        made.start(SBIN)
        for price in (101.0, 102.0, 103.0):
            made.broker.tick(SBIN, price)
            made.broker.emit("1501-json-full", made.broker.image(Topic(SBIN, 1501)))
        until(lambda: made.consumer.last(SBIN) == 103.0)

        prices = [event.last_price for event in made.consumer.events if isinstance(event, Tick)]

    assert prices == [100.0, 101.0, 102.0, 103.0]


# Tokens.


def test_a_token_that_another_process_stored_is_taken_after_a_refusal() -> None:
    with live() as made:
        made.start(SBIN)
        made.broker.tokens = {"t1"}
        made.broker.drop()
        until(lambda: state(made) is FeedState.REFUSED)
        handshakes = len(made.broker.handshakes)
        looks = made.store.looks
        until(lambda: made.store.looks > looks)
        assert len(made.broker.handshakes) == handshakes  # the dead token is not offered again

        made.store.token = "t1"
        until(made.is_settled)
        made.broker.tick(SBIN, 105.0)
        until(lambda: made.consumer.last(SBIN) == 105.0)


def test_a_newer_login_of_another_process_is_taken_while_connected() -> None:
    with live(manner=MarketSocket(store_seconds=0.1)) as made:
        made.start(SBIN)
        made.broker.tokens.add("t1")
        made.store.token = "t1"
        until(lambda: made.broker.held["t1"] == {Topic(SBIN, 1501)})

        assert made.feed.health().connections == 2


def test_a_token_that_dies_under_a_live_feed_is_renewed_once() -> None:
    with live() as made:
        made.start(SBIN)
        made.store.renewed = Success("t1")
        made.broker.tokens = {"t1"}
        made.broker.drop()
        until(lambda: made.broker.held["t1"] == {Topic(SBIN, 1501)})

        assert made.store.renewals == 1


def test_refused_keys_are_asked_once_and_the_refusal_stands() -> None:
    with live(scale=20.0) as made:
        made.start(SBIN)
        made.broker.tokens = set()
        made.broker.drop()
        until(lambda: made.store.renewals == 1)
        looks = made.store.looks
        until(lambda: made.store.looks >= looks + 3)
        health = made.feed.health()

    assert made.store.renewals == 1
    assert (health.state, "the keys are refused" in health.reason) == (FeedState.REFUSED, True)


def test_without_a_session_a_feed_waits_for_a_login_and_makes_none() -> None:
    with live() as made:
        made.store.token, made.store.reason = None, "logged out on request"
        made.feed.want(SBIN, QUOTE)
        made.feed.start(made.consumer)
        until(lambda: made.store.looks >= 2)
        health = made.feed.health()
        assert (health.state, health.reason) == (FeedState.WAITING, "logged out on request")

        made.store.token = "t0"
        until(made.is_settled)

    assert made.store.renewals == 0


@pytest.mark.parametrize("refusal", ['44"Invalid Token"', '44{"message":"Invalid Token"}', None])
def test_a_middleware_s_refusal_is_one(refusal: str | None) -> None:
    with live() as made:
        made.broker.refusal, made.broker.tokens = refusal, set()
        made.feed.start(made.consumer)
        until(lambda: state(made) is FeedState.REFUSED)
        looks = made.store.looks
        until(lambda: made.store.looks > looks)

        assert len(made.broker.handshakes) == 1
        assert made.store.renewals == 0


def test_what_a_server_says_acts_on_no_terminal(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"), live() as made:
        made.start(SBIN)
        made.broker.send('44"\\u001b[2Jgone\\n\\u202e1110045781 filled \u009b31m"')
        until(lambda: made.feed.health().connections == 2)

    assert any("gone 1110045781 filled 31m" in record.getMessage() for record in caplog.records)
    assert all(record.getMessage().isprintable() for record in caplog.records)


def test_a_logout_with_a_token_that_is_valid_still_costs_a_reconnection() -> None:
    with live() as made:
        made.start(SBIN)
        made.broker.emit("logout")
        until(lambda: made.feed.health().connections == 2)
        until(made.is_settled)
        made.broker.tick(SBIN, 105.0)
        until(lambda: made.consumer.last(SBIN) == 105.0)

    assert made.store.renewals == 0


def test_a_dead_token_costs_one_call_however_many_contracts_are_wanted() -> None:
    clock = HeldClock()  # without time no contract is quiet, so that none is read by quote
    with live(clock=clock) as made:
        made.start(*KEYS[:1_000])
        made.broker.calls.clear()
        clock.holds = "jainam-market-data"  # the thread that reads does not notice the end of the connection
        made.broker.tokens = set()
        for key in KEYS[1_000:1_500]:
            made.feed.want(key, QUOTE)
        until(lambda: made.broker.calls)
        looks = clock.asked["jainam-subscriptions"]
        made.feed.want(KEYS[1_500], QUOTE)
        until(lambda: clock.asked["jainam-subscriptions"] > looks + 5)
        clock.go_on.set()
        until(lambda: state(made) is FeedState.REFUSED)

        assert [name for name, _ in made.broker.calls] == ["subscribe"]


# Faults of threads and consumers.


def test_a_fault_of_the_subscribing_thread_shows_in_health_and_heals() -> None:
    with live() as made:
        made.broker.fault = RuntimeError("database is locked")
        made.start(SBIN)
        made.broker.tick(SBIN, 105.0)
        until(lambda: made.consumer.last(SBIN) == 105.0)

        assert made.feed.health().faults == 1


def test_a_store_that_cannot_be_read_shows_in_health_and_heals() -> None:
    with live() as made:
        made.store.fault = RuntimeError("database is locked")
        made.feed.want(SBIN, QUOTE)
        made.feed.start(made.consumer)
        until(lambda: made.feed.health().faults == 1)
        made.store.fault = None
        until(made.is_settled)
        health = made.feed.health()

    assert (health.state, health.connections, health.faults) == (FeedState.LIVE, 1, 1)


def test_a_consumer_that_fails_at_one_contract_costs_no_reconnection() -> None:
    def act(event: FeedEvent) -> None:
        if event[0] == SBIN:
            message = "no price for SBIN"
            raise ValueError(message)

    with live() as made:
        made.consumer.act = act
        made.start(SBIN, TCS)
        for price in (101.0, 102.0, 103.0):
            made.broker.tick(SBIN, price)
            made.broker.tick(TCS, price)
        until(lambda: made.consumer.last(TCS) == 103.0)
        health = made.feed.health()

    assert (health.connections, health.failures) == (1, 4)


def test_a_consumer_that_fails_at_the_first_image_ends_nothing() -> None:
    def act(_event: FeedEvent) -> None:
        made.consumer.act = lambda _event: None
        raise SystemExit

    with live() as made:
        made.consumer.act = act
        made.start(SBIN)
        made.broker.tick(SBIN, 101.0)
        until(lambda: made.consumer.last(SBIN) == 101.0)
        health = made.feed.health()

    assert (health.connections, health.failures) == (1, 1)


def test_a_slow_consumer_gets_the_latest_state_and_its_lag_shows() -> None:
    gate = threading.Event()
    with live(scale=20.0) as made:
        made.start(SBIN)
        until(lambda: made.consumer.last(SBIN) == 100.0)
        made.consumer.act = wait_for(gate)
        for number in range(300):
            made.broker.tick(SBIN, 101.0 + number)
            if number == 150:
                until(lambda: made.feed.health().lag_seconds > 1.5)
        until(lambda: made.feed.health().conflated > 50)
        health = made.feed.health()
        gate.set()
        until(lambda: made.consumer.last(SBIN) == 400.0)

    assert health.connections == 1
    assert any("the consumer lags" in problem for problem in health.problems())
    assert len(made.consumer.events) < 250


# Subscriptions.


def test_one_refused_contract_is_named_and_the_others_are_subscribed() -> None:
    with live() as made:
        made.broker.illegal = {Topic(KEYS[17], 1501)}
        for key in KEYS[:50]:
            made.feed.want(key, QUOTE)
        made.feed.start(made.consumer)
        until(lambda: made.feed.health().subscribed == 49)

        assert made.feed.health().refused == {KEYS[17]: "Invalid instrument"}


def test_a_cap_of_forty_serves_the_first_forty_of_fifty() -> None:
    with live() as made:
        made.broker.cap = 40
        for key in KEYS[:50]:
            made.feed.want(key, QUOTE)
        made.feed.start(made.consumer)
        until(lambda: made.feed.health().subscribed == 40)

        assert made.broker.held["t0"] == {Topic(key, 1501) for key in KEYS[:40]}


def test_a_refused_upgrade_leaves_the_last_price_running() -> None:
    with live() as made:
        made.broker.illegal = {Topic(SBIN, 1502)}
        made.start(SBIN, mode=LTP)
        made.feed.want(SBIN, DEPTH)
        until(lambda: SBIN in made.feed.health().refused)
        made.broker.tick(SBIN, 105.0)
        until(lambda: made.consumer.last(SBIN) == 105.0)

        assert made.broker.held["t0"] == {Topic(SBIN, 1512)}


def test_a_thousand_wants_from_two_threads_are_all_subscribed_and_none_is_foreign() -> None:
    with live() as made:
        made.feed.start(made.consumer)

        def want(keys: tuple[InstrumentKey, ...]) -> None:
            for key in keys:
                made.feed.want(key, QUOTE)

        threads = [threading.Thread(target=want, args=(KEYS[start:1_000:2],)) for start in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        until(lambda: made.feed.health().subscribed == 1_000)
        for key in KEYS[:1_000:97]:
            made.broker.tick(key, 105.0)
            until(brings(made, key, 105.0))

        assert made.feed.health().foreign == 0


# Prices from before a gap.


def test_after_a_gap_without_images_each_contract_is_read_by_quote() -> None:
    with live(scale=5.0) as made:
        made.start(SBIN, TCS)
        until(lambda: made.consumer.last(TCS) == 100.0)
        made.broker.drop()
        until(lambda: made.broker.joined() == 0)
        made.broker.tick(SBIN, 725.5)  # while no client is connected
        until(lambda: made.feed.health().connections == 2)

        until(lambda: made.consumer.last(SBIN) == 725.5)
        until(lambda: made.feed.health().stale == ())

    assert {key for name, batch in made.broker.calls if name == "quotes" for key in batch.instruments} == {SBIN, TCS}


def test_what_is_not_confirmed_after_a_gap_is_marked_stale_and_confirmed_again() -> None:
    with live(scale=5.0) as made:
        made.start(SBIN)
        until(lambda: made.consumer.last(SBIN) == 100.0)
        made.broker.accepts = False
        made.broker.drop()
        until(lambda: any(isinstance(event, Stale) for event in made.consumer.events))
        assert made.feed.health().stale == (SBIN,)

        made.broker.accepts = True
        until(lambda: made.feed.health().stale == ())

    assert made.feed.health().connections >= 2


def test_a_subscription_that_another_feed_took_back_is_found_and_made_again() -> None:
    with live(scale=10.0) as made:
        made.start(SBIN, TCS)
        other = feed_at(made.broker, made.store)
        other.start(SBIN)
        other.feed.drop(SBIN, QUOTE)
        until(lambda: Topic(SBIN, 1501) not in made.broker.held["t0"])
        other.feed.close()
        made.broker.tick(SBIN, 105.0)

        until(lambda: made.consumer.last(SBIN) == 105.0)
        until(lambda: Topic(SBIN, 1501) in made.broker.held["t0"])
        made.broker.tick(SBIN, 106.0)
        until(lambda: made.consumer.last(SBIN) == 106.0)

        assert made.feed.health().connections == 1


def test_what_a_closed_feed_left_at_the_broker_is_taken_back_by_the_next() -> None:
    with live() as made:
        made.start(SBIN, TCS)
        made.feed.drop(SBIN, QUOTE)  # a host that ends gives back and closes at once
        made.feed.drop(TCS, QUOTE)
        made.feed.close()
        until(lambda: len(made.calls.left) == 2)
        following = feed_at(made.broker, made.store, calls=made.calls)
        following.start(TCS)
        until(lambda: made.broker.held["t0"] == {Topic(TCS, 1501)})
        following.feed.close()

        assert made.broker.held["t0"] == {Topic(TCS, 1501)}


def test_a_connection_that_is_deaf_is_made_anew() -> None:
    with live(scale=10.0) as made:
        made.start(SBIN)
        made.broker.deaf = True
        for number in range(400):
            made.broker.tick(SBIN, 101.0 + number)
            threading.Event().wait(0.01)
            if made.feed.health().connections > 1:
                break
        health = made.feed.health()

    assert health.connections > 1
    assert health.stalls >= 1


@pytest.mark.parametrize("trades", [True, False])
def test_a_quiet_option_list_costs_no_reconnection(*, trades: bool) -> None:
    with live(scale=50.0, manner=MarketSocket(silence_seconds=10.0), trades=trades) as made:
        made.start(*KEYS[:40])
        began = time.monotonic()
        until(lambda: time.monotonic() - began > 1.2)  # a minute of a market without any trade
        health = made.feed.health()

    assert health.connections == 1
    assert health.state is (FeedState.SILENT if trades else FeedState.LIVE)
    assert health.stale == ()


def test_a_silent_feed_is_live_again_with_the_next_price() -> None:
    with live(scale=50.0, manner=MarketSocket(silence_seconds=10.0)) as made:
        made.start(SBIN)
        until(lambda: state(made) is FeedState.SILENT)
        assert "no wanted price" in made.feed.health().reason
        made.broker.tick(SBIN, 105.0)
        until(lambda: made.consumer.last(SBIN) == 105.0)

        assert state(made) is FeedState.LIVE


# Connections.


def test_a_connection_that_held_makes_the_next_wait_short_after_an_abrupt_end() -> None:
    rule = replace(QUICK, backoff=BackoffRule(first=0.05, longest=30.0, jitter=0.0, stable=1.0))
    with live(scale=20.0, rule=rule) as made:
        made.start(SBIN)
        for drop in range(1, 11):  # a wait that doubled each time would be 25 s at the end
            threading.Event().wait(0.06)  # longer than `stable`, scaled
            made.broker.drop()
            until(connected_times(made, drop + 1))

        assert made.feed.health().connections == 11


def test_a_server_that_never_accepts_is_given_up_and_asked_again() -> None:
    rule = replace(QUICK, connect_seconds=0.3)
    with live(rule=rule) as made:
        made.broker.accepts = False
        made.feed.want(SBIN, QUOTE)
        made.feed.start(made.consumer)
        until(lambda: len(made.broker.handshakes) >= 2)
        assert "did not accept" in made.feed.health().reason

        made.broker.accepts = True
        until(made.is_settled)


def test_closing_from_inside_the_callback_of_a_first_image_ends_it() -> None:
    done = threading.Event()

    def act(_event: FeedEvent) -> None:
        made.feed.close()
        done.set()

    with live() as made:
        made.consumer.act = act
        made.feed.want(SBIN, QUOTE)
        made.feed.start(made.consumer)
        assert done.wait(2.0)

        assert state(made) is FeedState.CLOSED


@pytest.mark.parametrize("situation", ["live", "busy consumer", "not accepted", "waiting", "not started"])
def test_closing_takes_less_than_a_second(situation: str) -> None:
    gate = threading.Event()
    with live() as made:
        made.broker.accepts = situation != "not accepted"
        made.store.token = None if situation == "waiting" else "t0"
        if situation == "busy consumer":
            made.consumer.act = wait_for(gate)
        for key in KEYS[:1_000]:
            made.feed.want(key, QUOTE)
        if situation != "not started":
            made.feed.start(made.consumer)
        if situation in {"live", "busy consumer"}:
            until(lambda: made.feed.health().subscribed > 100)
        began = time.monotonic()
        made.feed.close()
        took = time.monotonic() - began
        seen = len(made.consumer.events)
        gate.set()
        made.broker.tick(KEYS[0], 105.0)

    assert CLOSE_SECONDS < 1.0
    assert took < CLOSE_SECONDS + 5.0  # the rest is what a busy machine adds
    assert len(made.consumer.events) <= seen + 1  # the call that was under way


def test_no_event_is_delivered_after_the_end() -> None:
    with live() as made:
        made.start(SBIN)
        made.feed.close()
        seen = Consumer()
        seen.events = list(made.consumer.events)
        made.broker.tick(SBIN, 105.0)

        assert made.consumer.events == seen.events


def test_problems_and_their_end_are_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"), live(scale=50.0) as made:
        made.broker.illegal = {Topic(TCS, 1501)}
        made.feed.want(SBIN, QUOTE)
        made.feed.want(TCS, QUOTE)
        made.feed.start(made.consumer)
        until(lambda: "1 refused: NSE 11536 (Invalid instrument); 1 of 2 subscribed" in caplog.text)
        made.feed.drop(TCS, QUOTE)
        until(lambda: "all is well again; 1 of 1 subscribed" in caplog.text)

    said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert [each for each in said if "refused" in each[1] or "well" in each[1]] == [
        ("WARNING", f"{FEED}: 1 refused: NSE 11536 (Invalid instrument); 1 of 2 subscribed; last tick none yet"),
        ("INFO", f"{FEED}: all is well again; 1 of 1 subscribed; last tick none yet"),
    ]
