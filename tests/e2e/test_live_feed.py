"""Live prices and orders through real sockets: nothing wanted is lost, nothing else comes."""

import random
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from queue import Queue
from threading import Condition
from typing import Final

import pytest
from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.http.sessions import MARKET
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.adapters.xts.stream.connection import MarketSocket
from jainam_prop.adapters.xts.stream.feed_socket import FeedRule
from jainam_prop.adapters.xts.stream.market_feed import MarketCalls, XtsMarketFeed
from jainam_prop.application.ports.market_data import Subscribed, Subscriber
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.instruments.search import InstrumentQuery
from jainam_prop.domain.market_data.backoff import BackoffRule
from jainam_prop.domain.market_data.subscriptions import Batch
from jainam_prop.domain.market_data.tick import FeedEvent, FeedMode, Tick
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.order import Order, OrderRequest, OrderState, PriceType, Product, Side
from jainam_prop.domain.positions.position import OrderFeedEvent
from jainam_prop.domain.sessions.session import AccountKind, Session
from jainam_prop.entrypoints.openalgo.auth_api import authenticate_broker
from jainam_prop.entrypoints.openalgo.order_api import place_order_api, place_smartorder_api
from jainam_prop.entrypoints.openalgo.runtime import close_trading_app, trading_app
from tests.e2e.world import RELIANCE, SBIN, TCS, UNPACED, World, a_world, order, settings_text, smart
from tests.fakes.clock import FakeClock

SECONDS: Final = 10.0
CONFIG: Final = SimulatorConfig(instruments=3_000, rate_limits=False, subscription_cap=5_000)
QUICK: Final = FeedRule(backoff=BackoffRule(first=0.01, longest=0.1))


class ToldSubscriber:
    """Passes every call on, and tells whoever waits that it is over."""

    def __init__(self, inner: Subscriber) -> None:
        self.changed = Condition()
        self.calls = 0
        self._inner = inner

    def subscribe(self, session: Session, batch: Batch, timeout_seconds: float) -> Result[Subscribed, BrokerError]:
        return self._told(self._inner.subscribe(session, batch, timeout_seconds))

    def unsubscribe(self, session: Session, batch: Batch, timeout_seconds: float) -> Result[Subscribed, BrokerError]:
        return self._told(self._inner.unsubscribe(session, batch, timeout_seconds))

    def images(
        self, session: Session, batch: Batch, timeout_seconds: float
    ) -> Result[tuple[FeedEvent, ...], BrokerError]:
        return self._inner.images(session, batch, timeout_seconds)

    def _told(self, answer: Result[Subscribed, BrokerError]) -> Result[Subscribed, BrokerError]:
        with self.changed:
            self.calls += 1
            self.changed.notify_all()
        return answer


class Watcher:
    """Hears events, and waits for what they come to."""

    def __init__(self, world: World) -> None:
        told = world.container.broker.subscriber()
        assert isinstance(told, ToldSubscriber)
        self.told = told
        self.events: list[FeedEvent] = []
        self._world = world
        self._changed = Condition()
        self.feed = world.desk.open_market_feed()

    def hear(self, event: FeedEvent) -> None:
        with self._changed:
            self.events.append(event)
            self._changed.notify_all()

    def wait_for(self, condition: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(condition, SECONDS), self.feed.health()

    def wait_for_price(self, key: InstrumentKey, price: Decimal, since: int = 0) -> None:
        wanted = (key, float(price))
        self.wait_for(lambda: any(isinstance(event, Tick) and event[:2] == wanted for event in self.events[since:]))

    def wait_until_subscribed(self, *topics: tuple[InstrumentKey, int]) -> None:
        with self.told.changed:
            held = self.told.changed.wait_for(lambda: broker_side(self._world) == set(topics), SECONDS)
        assert held, (len(broker_side(self._world)), self.feed.health())


NUMBERS: Final = {1: Exchange.NSE, 2: Exchange.NFO}


def broker_side(world: World) -> set[tuple[InstrumentKey, int]]:
    """What the broker has as subscribed."""
    sessions = [session for session in world.sim.sessions.live() if session.application == MARKET]
    held = {topic for session in sessions for topic in tuple(session.subscriptions)}  # copied: the server goes on
    return {(InstrumentKey(NUMBERS[segment], number), code) for segment, number, code in held}


@contextmanager
def watching(world: World) -> Iterator[Watcher]:
    """A feed that is running; what it was subscribed to is taken back at the end."""
    watcher = Watcher(world)
    joins = world.sim.sockets.joins
    watcher.feed.start(watcher.hear)
    assert world.sim.sockets.wait_joins(joins + 1, SECONDS)
    try:
        yield watcher
    finally:
        watcher.feed.close()
        for session in world.sim.sessions.live():
            session.subscriptions.clear()


@pytest.fixture(scope="module", params=["JSON", "binary"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A desk at a server that publishes JSON, or compressed binary packets whatever it is asked for."""
    is_binary = request.param == "binary"
    roots = ("apibinarymarketdata",) if is_binary else ("apimarketdata",)
    config = replace(CONFIG, binary_root_is_binary=is_binary, compressed=is_binary, market_roots=roots)
    with a_world(tmp_path_factory.mktemp("live"), config=config) as made:
        made.container.streaming.feed_rule.override(QUICK)
        made.container.broker.subscriber.override(ToldSubscriber(made.container.broker.subscriber()))
        yield made


def test_prices_come_in_order_and_for_what_is_wanted_alone(world: World) -> None:
    prices = [world.price(factor) for factor in ("1.01", "0.99", "1.02", "0.98", "1.03")]
    with watching(world) as watcher:
        watcher.feed.want(SBIN, FeedMode.QUOTE)
        watcher.wait_until_subscribed((SBIN, 1501))
        for price in prices:
            world.sim.exchange.move(RELIANCE, price)
            world.sim.exchange.move(SBIN, price)
            watcher.wait_for_price(SBIN, price)
        shown = [event for event in watcher.events if isinstance(event, Tick)]

    assert {tick.instrument for tick in shown} == {SBIN}
    changes = [price for price, _ in groupby(tick.last_price for tick in shown)]
    assert changes[-len(prices) :] == [float(price) for price in prices]


def test_a_contract_is_upgraded_downgraded_and_dropped_while_another_goes_on(world: World) -> None:
    with watching(world) as watcher:
        watcher.feed.want(SBIN, FeedMode.LTP)
        watcher.feed.want(TCS, FeedMode.QUOTE)
        watcher.wait_until_subscribed((SBIN, 1512), (TCS, 1501))
        watcher.feed.want(SBIN, FeedMode.DEPTH)
        watcher.wait_until_subscribed((SBIN, 1502), (TCS, 1501))
        watcher.feed.drop(SBIN, FeedMode.DEPTH)
        watcher.feed.want(SBIN, FeedMode.LTP)
        watcher.wait_until_subscribed((SBIN, 1512), (TCS, 1501))
        watcher.feed.drop(SBIN, FeedMode.LTP)
        watcher.wait_until_subscribed((TCS, 1501))
        price = world.price("1.01", TCS)
        world.sim.exchange.move(TCS, price)

        watcher.wait_for_price(TCS, price)
        assert watcher.feed.health().connections == 1


def test_what_was_subscribed_already_does_not_stand_in_the_way(world: World) -> None:
    with watching(world) as first:
        first.feed.want(SBIN, FeedMode.QUOTE)
        first.wait_until_subscribed((SBIN, 1501))
        with_another = Watcher(world)
        for key in (SBIN, TCS, RELIANCE):
            with_another.feed.want(key, FeedMode.QUOTE)
        with_another.feed.start(with_another.hear)
        try:
            with_another.wait_until_subscribed((SBIN, 1501), (TCS, 1501), (RELIANCE, 1501))
            price = world.price("1.01", TCS)
            world.sim.exchange.move(TCS, price)
            with_another.wait_for_price(TCS, price)
        finally:
            with_another.feed.close()

    assert with_another.feed.health().problem == ""


def test_a_thousand_subscriptions_outlive_twenty_drops(world: World) -> None:
    wanted = [found.key for found in world.desk.instruments.search(InstrumentQuery(text="", limit=20_000))]
    wanted = [key for key in wanted if key.exchange in {Exchange.NSE, Exchange.NFO}][:1_000]
    topics = {(key, 1512) for key in wanted}
    assert len(topics) == 1_000
    chance = random.Random(7)  # noqa: S311 (reproducible on purpose)
    with watching(world) as watcher:
        for key in wanted:
            watcher.feed.want(key, FeedMode.LTP)
        watcher.wait_until_subscribed(*topics)
        for drop in range(20):
            if drop % 5 == 0:  # the broker forgets as well: everything has to be subscribed anew
                for session in world.sim.sessions.live():
                    session.subscriptions.clear()
            joins = world.sim.sockets.joins
            assert world.sim.sockets.drop(application=MARKET) == 1
            assert world.sim.sockets.wait_joins(joins + 1, SECONDS)
            watcher.wait_until_subscribed(*topics)
            heard, key = len(watcher.events), chance.choice(wanted)
            price = world.price(chance.choice(("1.01", "0.99")), key)
            world.sim.exchange.move(key, price)
            watcher.wait_for_price(key, price, since=heard)
        health = watcher.feed.health()
        foreign = {event.instrument for event in watcher.events if isinstance(event, Tick)} - set(wanted)

    assert foreign == set()
    assert (health.connections, health.unreadable, health.problem) == (21, 0, "")


def test_a_new_token_is_subscribed_to_everything_again(world: World) -> None:
    with watching(world) as watcher:
        watcher.feed.want(SBIN, FeedMode.QUOTE)
        watcher.wait_until_subscribed((SBIN, 1501))
        joins = world.sim.sockets.joins
        assert is_successful(world.desk.sessions.log_in(force=True))
        assert world.sim.sockets.wait_joins(joins + 1, SECONDS)
        watcher.wait_until_subscribed((SBIN, 1501))
        price = world.price("1.03")
        world.sim.exchange.move(SBIN, price)

        watcher.wait_for_price(SBIN, price)


def test_order_events_tell_the_life_of_an_order(world: World) -> None:
    events: Queue[OrderFeedEvent] = Queue()
    follow = world.desk.follow_orders()
    joins = world.sim.sockets.joins
    feed = follow(events.put)
    try:
        assert world.sim.sockets.wait_joins(joins + 1, SECONDS)
        reply, _, order_id = place_order_api(order(), world.auth)
        assert reply is not None
        states = []
        while OrderState.FILLED not in states:
            event = events.get(timeout=SECONDS)
            if isinstance(event, Order) and event.order_id == order_id:
                states.append(event.state)
        assert states[-1] is OrderState.FILLED
        assert feed.health().is_connected
    finally:
        feed.close()


def test_the_process_of_the_host_follows_its_orders_by_itself_and_decides_without_a_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with XtsSimulator(UNPACED) as sim:
        for name, value in settings_text(sim, tmp_path, AccountKind.PRO).items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path)
        close_trading_app()
        try:
            assert is_successful(trading_app().sync_instruments())
            auth = authenticate_broker(None)[0]
            assert auth is not None
            assert sim.sockets.wait_joins(1, SECONDS)  # from the login on
            for units in range(1, 100):  # until the feed is current
                read = sim.exchange.requests["dealer_order_book"]
                assert place_smartorder_api(smart(units), auth)[2]
                if sim.exchange.requests["dealer_order_book"] == read:
                    break
            else:
                pytest.fail("every smart order read the order book")
        finally:
            close_trading_app()


def test_an_order_of_unknown_fate_is_resolved_by_its_event(world: World) -> None:
    events: Queue[OrderFeedEvent] = Queue()
    joins = world.sim.sockets.joins
    feed = world.desk.follow_orders()(events.put)
    try:
        assert world.sim.sockets.wait_joins(joins + 1, SECONDS)
        session, sender = world.desk.sessions.log_in().unwrap(), world.desk.place_order.sender
        instrument = world.desk.instruments.find("SBIN", "NSE")
        assert instrument is not None
        marked = sender.begin(OrderRequest(instrument, Side.BUY, Product.MIS, PriceType.MARKET, 1)).unwrap()
        world.desk.journal.note(marked.identifier, IntentState.UNKNOWN, note="the reply was lost")

        assert is_successful(sender.gateway.place(session, marked, SECONDS))

        last = IntentState.UNKNOWN
        while last is not IntentState.RESOLVED:
            assert events.get(timeout=SECONDS)
            last = world.desk.journal.history(marked.identifier)[-1].state
    finally:
        feed.close()


def test_a_gap_in_the_order_events_is_filled_from_the_books(world: World) -> None:
    _, _, order_id = place_order_api(order(), world.auth)
    events: Queue[OrderFeedEvent] = Queue()
    feed = world.desk.follow_orders()(events.put)
    try:
        told = events.get(timeout=SECONDS)
        while not (isinstance(told, Order) and told.order_id == order_id):
            told = events.get(timeout=SECONDS)
    finally:
        feed.close()

    assert told.state is OrderState.FILLED


def test_a_socket_that_falls_silent_is_found_by_quotes_and_connected_again(tmp_path: Path) -> None:
    clock = FakeClock()
    with a_world(tmp_path, config=replace(CONFIG, ping_interval=0.1, ping_timeout=600.0)) as world:
        told, container, sim = ToldSubscriber(world.container.broker.subscriber()), world.container, world.sim
        feed = XtsMarketFeed(
            container.broker.sessions(),
            lambda session: container.broker.server().market(session.market_root),
            MarketCalls(told, JAINAM.stream.codes, lambda _exchange, _now: True),
            clock,
            rule=QUICK,
            manner=MarketSocket(silence_seconds=10.0),
        )
        heard: Queue[FeedEvent] = Queue()
        feed.want(SBIN, FeedMode.LTP)
        with closing(feed), told.changed:
            feed.start(heard.put)
            assert told.changed.wait_for(lambda: told.calls == 1, SECONDS)
            joins = sim.sockets.joins
            assert sim.sockets.go_silent(MARKET) == 1
            number = 0
            while not sim.sockets.wait_joins(joins + 1, 0.2):
                number += 1
                sim.exchange.move(SBIN, world.price("1.01" if number % 2 else "0.99"))
                clock.advance(6.0)
                told.changed.wait(0.05)
            assert feed.health().stalls >= 1
