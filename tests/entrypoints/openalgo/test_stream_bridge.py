"""What OpenAlgo's pool subscribes, as it subscribes it, and what its bus gets for it."""

import json
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey, InstrumentKind
from jainam_prop.domain.market_data.feed_state import FeedState
from jainam_prop.domain.market_data.tick import FeedMode, OpenInterest, Stale, Tick
from jainam_prop.entrypoints.openalgo.streaming.bridge import StreamBridge
from tests.fakes.instrument_store import InMemoryInstrumentStore
from tests.fakes.market_feed import FakeMarketFeed

LTP, QUOTE, DEPTH = FeedMode
SBIN: Final = Instrument(
    Exchange.NSE, 3045, "SBIN", "SBIN-EQ", "SBIN", InstrumentKind.EQUITY, 1, Decimal("0.05"),
    lower_band=Decimal("700.10"), upper_band=Decimal("855.65"),
)  # fmt: skip
CALL: Final = Instrument(
    Exchange.NFO, 40_300, "BANKNIFTY29DEC2640300CE", "BANKNIFTY26DEC40300CE", "BANKNIFTY", InstrumentKind.CALL, 30,
    Decimal("0.05"), expiry=date(2026, 12, 29), strike=Decimal(40_300),
)  # fmt: skip
NIFTY: Final = Instrument(
    Exchange.NSE_INDEX, 26_000, "NIFTY", "NIFTY 50", "NIFTY", InstrumentKind.INDEX, 1, Decimal("0.05")
)
TRADED: Final = 1_795_000_000
SILENT: Final = ("401", "403", "unauthorized", "forbidden", "auth", "token", "expired", "denied", "credentials")


def tick(key: InstrumentKey, last: float | None = 780.5, **cells: Any) -> Tick:  # noqa: ANN401 (any cell of a tick)
    """A quote of which everything is known; a bare one has neither book nor day."""
    full: dict[str, Any] = {
        "mode": DEPTH,
        "average_price": 779.25, "change_percent": 1.5, "open": 770.0, "high": 782.0, "low": 768.4, "close": 769.0,
        "last_quantity": 25, "volume": 125_000, "total_buy": 4_000, "total_sell": 3_000,
        "bids": ((780.45, 100, 2),), "asks": ((780.55, 50, 1),),
        "traded_at": TRADED, "updated_at": TRADED + 1, "sequence": 9,
    }  # fmt: skip
    return Tick(key, last, **(full | cells))


class Bus:
    """Keeps what was published, as the host's socket would write it."""

    def __init__(self) -> None:
        self.published: list[tuple[str, dict[str, Any]]] = []

    def publish(self, topic: str, cells: dict[str, Any]) -> None:
        self.published.append((topic, json.loads(json.dumps(cells, allow_nan=False))))

    def topics(self) -> list[str]:
        return [topic for topic, _ in self.published]


@pytest.fixture
def feed() -> FakeMarketFeed:
    return FakeMarketFeed()


@pytest.fixture
def bus() -> Bus:
    return Bus()


@pytest.fixture
def bridge(feed: FakeMarketFeed, bus: Bus) -> StreamBridge:
    made = StreamBridge(feed, InMemoryInstrumentStore(SBIN, CALL, NIFTY), bus.publish)
    made.start()
    return made


def ask(bridge: StreamBridge, mode: object, symbol: str = "SBIN", exchange: str = "NSE") -> dict[str, Any]:
    return bridge.subscribe(symbol, exchange, mode, 5)


def test_a_last_price_is_all_that_its_mode_says(bridge: StreamBridge, feed: FakeMarketFeed, bus: Bus) -> None:
    assert ask(bridge, 1) == {"status": "success", "message": "Subscribed"}

    feed.say(tick(SBIN.key))

    common = {"symbol": "SBIN", "exchange": "NSE", "mode": 1, "timestamp": (TRADED + 1) * 1000}
    assert bus.published == [("NSE_SBIN_LTP", common | {"ltp": 780.5, "ltt": TRADED * 1000})]


def test_a_depth_has_every_spelling_and_five_rows(bridge: StreamBridge, feed: FakeMarketFeed, bus: Bus) -> None:
    depth = {"actual_depth": 5, "requested_depth": 5, "is_fallback": False}
    assert ask(bridge, 3) == {"status": "success", "message": "Subscribed"} | depth

    feed.say(tick(SBIN.key))

    nobody = {"price": 0.0, "quantity": 0, "orders": 0}
    assert bus.published == [
        (
            "NSE_SBIN_DEPTH",
            {
                "symbol": "SBIN", "exchange": "NSE", "mode": 3, "timestamp": (TRADED + 1) * 1000, "ltp": 780.5,
                "ltt": TRADED * 1000, "open": 770.0, "high": 782.0, "low": 768.4, "close": 769.0,
                "change_percent": 1.5, "volume": 125_000, "last_quantity": 25, "last_trade_quantity": 25,
                "average_price": 779.25, "avg_trade_price": 779.25, "total_buy_quantity": 4_000,
                "total_sell_quantity": 3_000, "change": 11.5, "bid_price": 780.45, "bid_size": 100,
                "ask_price": 780.55, "ask_size": 50, "lower_circuit": 700.1, "upper_circuit": 855.65,
                "depth": {
                    "buy": [{"price": 780.45, "quantity": 100, "orders": 2}, nobody, nobody, nobody, nobody],
                    "sell": [{"price": 780.55, "quantity": 50, "orders": 1}, nobody, nobody, nobody, nobody],
                },
            },
        )
    ]  # fmt: skip


def test_what_a_packet_does_not_say_is_not_there(bridge: StreamBridge, feed: FakeMarketFeed, bus: Bus) -> None:
    ask(bridge, 2)
    unknown = dict.fromkeys(("average_price", "change_percent", "open", "high", "low", "close", "last_quantity"))

    feed.say(tick(SBIN.key, **unknown, volume=None, total_buy=None, total_sell=None, bids=(), asks=(), traded_at=None))

    (said,) = bus.published
    assert said == (
        "NSE_SBIN_QUOTE",
        {"symbol": "SBIN", "exchange": "NSE", "mode": 2, "timestamp": (TRADED + 1) * 1000, "ltp": 780.5},
    )


def test_before_the_first_trade_nothing_is_said_but_a_book(
    bridge: StreamBridge, feed: FakeMarketFeed, bus: Bus
) -> None:
    for mode in (LTP, QUOTE, DEPTH):
        ask(bridge, mode)
        feed.say(tick(SBIN.key, None))

    ((topic, cells),) = bus.published
    assert topic == "NSE_SBIN_DEPTH"
    assert "ltp" not in cells
    assert "change" not in cells


def test_every_mode_that_was_asked_for_is_published_the_highest_first(
    bridge: StreamBridge, feed: FakeMarketFeed, bus: Bus
) -> None:
    for mode in (LTP, DEPTH):
        ask(bridge, mode)
    feed.say(tick(SBIN.key))

    depth, ltp = (cells for _, cells in bus.published)
    assert bus.topics() == ["NSE_SBIN_DEPTH", "NSE_SBIN_LTP"]
    assert {name: depth[name] for name in ltp if name != "mode"} == {name: ltp[name] for name in ltp if name != "mode"}
    assert (depth["mode"], ltp["mode"], set(ltp)) == (
        3,
        1,
        {"symbol", "exchange", "mode", "timestamp", "ltp", "ltt"},
    )
    assert feed.subscriptions.modes == {SBIN.key: DEPTH}


@pytest.mark.parametrize(("late", "topics"), [(LTP, ["NSE_SBIN_LTP"]), (QUOTE, ["NSE_SBIN_QUOTE", "NSE_SBIN_LTP"])])
def test_a_tick_of_a_lower_mode_on_its_way_is_no_empty_book(
    bridge: StreamBridge, feed: FakeMarketFeed, bus: Bus, late: FeedMode, topics: list[str]
) -> None:
    for mode in (LTP, QUOTE, DEPTH):
        ask(bridge, mode)

    feed.say(tick(SBIN.key, mode=late))
    feed.say(tick(SBIN.key, None, mode=late))

    assert bus.topics() == topics
    assert not any("depth" in cells for _, cells in bus.published)


def test_a_stale_price_is_published_as_stale_and_without_a_price(
    bridge: StreamBridge, feed: FakeMarketFeed, bus: Bus
) -> None:
    ask(bridge, QUOTE, CALL.symbol, "NFO")
    feed.say(tick(CALL.key, 101.5))
    feed.say(Stale(CALL.key, 4.26))
    feed.say(OpenInterest(CALL.key, 61_500))

    (_, price), (topic, stale) = bus.published
    assert price["ltp"] == 101.5
    assert (topic, stale.pop("timestamp") > 0) == (f"NFO_{CALL.symbol}_QUOTE", True)
    assert stale == {
        "symbol": CALL.symbol, "exchange": "NFO", "mode": 2, "stale": True, "stale_seconds": 4.3,
    }  # fmt: skip


def test_a_downgrade_as_the_pool_does_it(bridge: StreamBridge, feed: FakeMarketFeed, bus: Bus) -> None:
    ask(bridge, LTP)
    ask(bridge, DEPTH)
    assert bridge.unsubscribe("SBIN", "NSE", 3) == {"status": "success", "message": "Unsubscribed"}
    ask(bridge, QUOTE)

    feed.say(tick(SBIN.key))

    assert bus.topics() == ["NSE_SBIN_QUOTE"]
    assert feed.subscriptions.modes == {SBIN.key: QUOTE}


def test_giving_back_a_lower_mode_than_there_is_changes_nothing(
    bridge: StreamBridge, feed: FakeMarketFeed, bus: Bus
) -> None:
    ask(bridge, DEPTH)
    bridge.unsubscribe("SBIN", "NSE", 1)

    feed.say(tick(SBIN.key))

    assert bus.topics() == ["NSE_SBIN_DEPTH"]


def test_giving_one_contract_back_leaves_the_others(bridge: StreamBridge, feed: FakeMarketFeed, bus: Bus) -> None:
    ask(bridge, QUOTE)
    ask(bridge, QUOTE, CALL.symbol, "NFO")
    bridge.unsubscribe("SBIN", "NSE", 2)

    for key in (SBIN.key, CALL.key):
        feed.say(tick(key))
        bridge.hear(tick(key))  # even one that the feed should not have handed on

    assert set(bus.topics()) == {f"NFO_{CALL.symbol}_QUOTE"}
    assert feed.state is FeedState.LIVE


def test_everything_given_back_leaves_the_connection(bridge: StreamBridge, feed: FakeMarketFeed, bus: Bus) -> None:
    ask(bridge, LTP)
    ask(bridge, DEPTH, CALL.symbol, "NFO")

    assert bridge.unsubscribe_all() == {"status": "success", "message": "Unsubscribed"}

    bridge.hear(tick(SBIN.key))
    assert (bus.published, feed.subscriptions.modes, feed.state) == ([], {}, FeedState.LIVE)


def test_open_interest_joins_the_last_quote_and_every_one_after(
    bridge: StreamBridge, feed: FakeMarketFeed, bus: Bus
) -> None:
    ask(bridge, QUOTE, CALL.symbol, "NFO")

    feed.say(OpenInterest(CALL.key, 60_000))  # before any price: kept, not published
    feed.say(tick(CALL.key, 101.5))
    feed.say(OpenInterest(CALL.key, 61_500))
    feed.say(tick(CALL.key, 102.0))

    assert [(cells["ltp"], cells["oi"]) for _, cells in bus.published] == [
        (101.5, 60_000), (101.5, 61_500), (102.0, 61_500),
    ]  # fmt: skip


def test_open_interest_is_no_price_of_a_contract_wanted_for_its_price_alone(
    bridge: StreamBridge, feed: FakeMarketFeed, bus: Bus
) -> None:
    ask(bridge, LTP, CALL.symbol, "NFO")

    feed.say(tick(CALL.key, 101.5))
    feed.say(OpenInterest(CALL.key, 61_500))

    assert [cells.get("oi") for _, cells in bus.published] == [None]


def test_an_index_is_published_under_the_exchange_that_was_asked_for(
    bridge: StreamBridge, feed: FakeMarketFeed, bus: Bus
) -> None:
    ask(bridge, QUOTE, "NIFTY", "NSE_INDEX")

    feed.say(tick(NIFTY.key, 26_000.5))

    assert bus.topics() == ["NSE_INDEX_NIFTY_QUOTE"]


@pytest.mark.parametrize(("asked", "actual"), [(5, 5), (20, 5), (50, 5), ("20", 5), (None, 5), (0, 5)], ids=repr)
def test_another_depth_than_was_asked_for_is_said(bridge: StreamBridge, asked: object, actual: int) -> None:
    answer = bridge.subscribe("SBIN", "NSE", 3, asked)

    assert (answer["actual_depth"], answer["is_fallback"]) == (actual, asked != actual)


@pytest.mark.parametrize(
    ("symbol", "exchange", "mode", "code"),
    [
        ("BANKNIFTY27FEB2640300PE", "NFO", 2, "SYMBOL_NOT_FOUND"),
        ("SBIN", "NOWHERE401", 2, "SYMBOL_NOT_FOUND"),
        ("SBIN", "NSE", 4, "INVALID_MODE"),
        ("SBIN", "NSE", "QUOTE", "INVALID_MODE"),
        ("SBIN", "NSE", None, "INVALID_MODE"),
    ],
)
def test_a_refusal_looks_like_no_dead_login(
    bridge: StreamBridge, feed: FakeMarketFeed, symbol: str, exchange: str, mode: object, code: str
) -> None:
    for answer in (bridge.subscribe(symbol, exchange, mode, 5), bridge.unsubscribe(symbol, exchange, mode)):
        assert (answer["status"], answer["code"]) == ("error", code)
        assert not [word for word in SILENT if word in answer["message"].lower()]
        assert not any(character.isdigit() for character in answer["message"])
    assert feed.subscriptions.modes == {}


@pytest.mark.parametrize("state", [FeedState.REFUSED, FeedState.WAITING])
def test_a_dead_login_is_said_in_the_words_that_the_pool_knows(
    bridge: StreamBridge, feed: FakeMarketFeed, state: FeedState
) -> None:
    feed.state = state

    answer = ask(bridge, QUOTE)

    assert (answer["status"], answer["code"]) == ("error", "AUTHENTICATION_FAILED")
    assert "session expired" in answer["message"].lower()
    assert feed.subscriptions.modes == {}


def test_what_is_subscribed_before_the_connection_is_there_is_kept(feed: FakeMarketFeed, bus: Bus) -> None:
    bridge = StreamBridge(feed, InMemoryInstrumentStore(SBIN), bus.publish)
    assert ask(bridge, QUOTE)["status"] == "success"

    bridge.start()
    feed.say(tick(SBIN.key))

    assert bus.topics() == ["NSE_SBIN_QUOTE"]


def test_after_the_end_nothing_is_published(bridge: StreamBridge, feed: FakeMarketFeed, bus: Bus) -> None:
    ask(bridge, QUOTE)
    bridge.close()

    feed.say(tick(SBIN.key))

    assert (bus.published, bridge.health().state) == ([], FeedState.CLOSED)


class TestAShareThatIsInAnotherSeriesNow:
    """It has another number from that day on, while the host's pages go on with its symbol."""

    MOVED: Final = SBIN._replace(token=9_045, series="BE")

    @pytest.fixture
    def store(self) -> InMemoryInstrumentStore:
        return InMemoryInstrumentStore(SBIN, CALL, NIFTY)

    @pytest.fixture
    def bridge(self, feed: FakeMarketFeed, bus: Bus, store: InMemoryInstrumentStore) -> StreamBridge:
        made = StreamBridge(feed, store, bus.publish)
        made.start()
        for mode in (QUOTE, LTP):
            made.subscribe("SBIN", "NSE", mode, 5)
        store.replace((self.MOVED, CALL, NIFTY))
        return made

    def test_it_is_followed_once_its_old_price_is_stale(
        self, bridge: StreamBridge, feed: FakeMarketFeed, bus: Bus
    ) -> None:
        feed.say(Stale(SBIN.key, 5.0))
        bus.published.clear()
        feed.say(tick(self.MOVED.key))

        assert bus.topics() == ["NSE_SBIN_QUOTE", "NSE_SBIN_LTP"]
        assert feed.subscriptions.modes == {self.MOVED.key: QUOTE}
        assert bridge.unsubscribe("SBIN", "NSE", QUOTE)["status"] == "success"
        assert feed.subscriptions.modes == {}

    def test_the_old_one_is_given_back_with_the_symbol(self, bridge: StreamBridge, feed: FakeMarketFeed) -> None:
        bridge.unsubscribe("SBIN", "NSE", QUOTE)

        assert feed.subscriptions.modes == {}

    def test_a_page_that_subscribes_anew_leaves_no_old_one(self, bridge: StreamBridge, feed: FakeMarketFeed) -> None:
        bridge.subscribe("SBIN", "NSE", DEPTH, 5)

        assert feed.subscriptions.modes == {self.MOVED.key: DEPTH}

    def test_one_that_is_not_listed_any_more_stays_stale(
        self, bridge: StreamBridge, feed: FakeMarketFeed, store: InMemoryInstrumentStore
    ) -> None:
        store.replace((CALL, NIFTY))

        feed.say(Stale(SBIN.key, 5.0))

        assert feed.subscriptions.modes == {SBIN.key: QUOTE}
        assert bridge.unsubscribe("SBIN", "NSE", QUOTE)["status"] == "success"
        assert feed.subscriptions.modes == {}
