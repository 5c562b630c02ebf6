"""What market-data sockets are sent: shapes, doubles, subscriptions, partial text, candles, noise and faults."""

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from tests.adapters.simulator.direct_trading import SBIN
from tests.adapters.simulator.http_client import QUICK, SECONDS, Caller
from tests.adapters.simulator.socket_client import SBIN_WIRE, Event, SocketClient
from tests.fakes.clock import FakeClock

SHAPES: Final = json.loads(Path(__file__).with_name("socket_messages.json").read_text(encoding="utf-8"))["messages"]
RELIANCE: Final = InstrumentKey(Exchange.NSE, 2885)
NIFTY: Final = InstrumentKey(Exchange.NSE_INDEX, 26000)


def move(simulator: XtsSimulator, price: str) -> None:
    simulator.exchange.move(SBIN, Decimal(price))


def keys(body: dict[str, Any]) -> dict[str, Any]:
    return {name: keys(value) if isinstance(value, dict) else None for name, value in body.items()}


def last(event: Event) -> float:
    price: float = event.body["Touchline"]["LastTradedPrice"]
    return price


def is_ordered(body: dict[str, Any], shape: dict[str, Any]) -> bool:
    return list(body) == list(shape) and all(
        is_ordered(body[name], inner) for name, inner in shape.items() if inner is not None
    )


def test_a_touchline_comes_twice_in_two_shapes_with_one_number(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.market(simulator, dealer, 1501) as client:
        move(simulator, "781.5")
        first, second = client.events(2)

    assert (first.name, second.name) == ("1501-json-full", "1501-json-full")
    assert is_ordered(first.body, SHAPES["1501 quotes first"])
    assert is_ordered(second.body, SHAPES["1501 quotes last"])
    assert first.body == second.body
    assert (last(first), first.body["Touchline"]["BidInfo"]["Price"]) == (781.5, 781.45)


def test_the_first_image_is_flat_and_comes_with_the_subscription(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.market(simulator, dealer) as client:
        for code in (1501, 1512):
            dealer.market("POST", "/instruments/subscription", instruments=[SBIN_WIRE], xtsMessageCode=code)
        touchline, price = client.events(2)

    assert is_ordered(touchline.body, SHAPES["1501 flat"])
    assert is_ordered(price.body, SHAPES["1512 short"])


@pytest.mark.parametrize("code", [1502, 1510, 1512])
def test_other_messages_have_the_recorded_shape(simulator: XtsSimulator, dealer: Caller, code: int) -> None:
    with SocketClient.market(simulator, dealer, code) as client:
        move(simulator, "779.6")
        event = client.event()

    assert event.name == f"{code}-json-full"
    assert keys(event.body) == SHAPES[str(code)]


def test_a_depth_message_has_the_whole_book(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.market(simulator, dealer, 1502) as client:
        simulator.exchange.set_levels(SBIN, bids=[(Decimal("779.5"), 40)], asks=[])
        body = client.event().body

    assert [(row["Price"], row["Size"]) for row in body["Bids"]] == [(779.5, 40)]
    assert body["Asks"] == []
    assert body["Touchline"]["AskInfo"]["Price"] == 0


def test_times_at_nse_count_from_1980_on_the_indian_wall() -> None:
    with (
        XtsSimulator(QUICK, FakeClock()) as simulator,
        Caller(simulator) as dealer,
        SocketClient.market(simulator, dealer, 1512) as client,
    ):
        move(simulator, "781")
        body = client.event().body

    assert body["LastUpdateTime"] == body["ExchangeTimeStamp"] == 1_471_685_400  # 2026-08-20 09:30 in India


def test_a_fill_is_a_tick(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.market(simulator, dealer, 1512) as client:
        dealer.place(orderQuantity=7)
        body = client.event().body

    assert (body["LastTradedPrice"], body["LastTradedQunatity"]) == (780.15, 7)


def test_only_what_is_subscribed_is_sent(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.market(simulator, dealer, 1512) as client:
        simulator.exchange.move(RELIANCE, Decimal(1300))
        move(simulator, "781")
        subscription = {"instruments": [SBIN_WIRE], "xtsMessageCode": 1512}
        heard = [client.event().body["ExchangeInstrumentID"]]
        dealer.market("PUT", "/instruments/subscription", **subscription)
        move(simulator, "782")
        dealer.market("POST", "/instruments/subscription", **subscription)
        heard.append(client.event().body["LastTradedPrice"])

    assert heard == [3045, 782.0]


def test_subscriptions_survive_a_reconnect_with_the_same_token(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.market(simulator, dealer, 1512):
        simulator.sockets.drop()
    with SocketClient.market(simulator, dealer) as client:
        move(simulator, "783")
        assert client.event().body["LastTradedPrice"] == 783.0


def test_subscriptions_die_with_the_session(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.market(simulator, dealer, 1512):
        keys_of_login = dealer.login.market
        dealer.market_token = dealer.log_in("/apimarketdata/auth/login", keys_of_login.key, keys_of_login.secret)
    with SocketClient.market(simulator, dealer) as client:
        move(simulator, "783")
        simulator.sockets.market_status("NSECM", 2)
        assert client.event().name == "1507-json-full"


def test_every_socket_of_a_session_gets_its_ticks(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.market(simulator, dealer, 1512) as one, SocketClient.market(simulator, dealer) as two:
        move(simulator, "783")
        assert one.event().body == two.event().body


def test_a_market_status_has_the_recorded_shape(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.market(simulator, dealer) as client:
        simulator.sockets.market_status("NSEFO", 2)
        body = client.event().body

    assert keys(body) == SHAPES["1507"]
    assert (body["ExchangeSegment"], body["exchangeSegment"], body["tradingSession"]) == (2, 2, 2)


def test_a_candle_follows_its_minute() -> None:
    clock = FakeClock()
    with (
        XtsSimulator(QUICK, clock) as simulator,
        Caller(simulator) as dealer,
        SocketClient.market(simulator, dealer, 1505) as client,
    ):
        for price in ("781", "784", "780"):
            move(simulator, price)
        dealer.place()
        clock.advance(60)
        move(simulator, "790")
        event = client.event()

    assert keys(event.body) == SHAPES["1505"]
    assert {name: event.body[name] for name in ("BarTime", "Open", "High", "Low", "Close", "BarVolume")} == {
        "BarTime": 1_787_218_259, "Open": 780.1, "High": 784.0, "Low": 780.0, "Close": 780.05, "BarVolume": 10,
    }  # fmt: skip


def test_an_index_is_published(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.market(simulator, dealer) as client:
        nifty = [{"exchangeSegment": 1, "exchangeInstrumentID": 26000}]
        dealer.market("POST", "/instruments/subscription", instruments=nifty, xtsMessageCode=1502)
        simulator.sockets.publish(NIFTY)
        image, tick = client.events(2)

    assert [last(image), last(tick)] == [25012.35, 25012.35]
    assert [row["Price"] for row in tick.body["Bids"]] == [0] * 5
    with pytest.raises(LookupError):
        simulator.sockets.publish(InstrumentKey(Exchange.NSE, 99_999_999))


def test_partial_text_names_what_has_changed() -> None:
    with (
        XtsSimulator(QUICK, FakeClock()) as simulator,
        Caller(simulator) as dealer,
        SocketClient.market(simulator, dealer, 1502, 1510, broadcastMode="Partial") as client,
    ):
        simulator.exchange.move(SBIN, Decimal("780.10"))
        simulator.exchange.set_levels(
            SBIN,
            bids=[(Decimal("780.05"), 60), (Decimal("780"), 70)],
            asks=[(Decimal("780.15"), 200_000), (Decimal("780.2"), 10)],
        )
        events = client.events(4)

    assert [(event.name, event.text) for event in events] == [
        ("1502-json-partial", "t:1_3045"),
        ("1510-json-partial", "t:1_3045"),
        (
            "1502-json-partial",
            "t:1_3045,tb:130,ts:200010,ai:1|10|||2|0|0|0|3|0|0|0|4|0|0|0,bi:0|60|||1|70|||2|0|0|0|3|0|0|0|4|0|0|0",
        ),
        ("1510-json-partial", "t:1_3045"),
    ]


def test_the_first_partial_text_of_a_socket_is_whole() -> None:
    with (
        XtsSimulator(QUICK, FakeClock()) as simulator,
        Caller(simulator) as dealer,
        SocketClient.market(simulator, dealer, broadcastMode="Partial") as client,
    ):
        for code in (1501, 1512):
            dealer.market("POST", "/instruments/subscription", instruments=[SBIN_WIRE], xtsMessageCode=code)
        touchline, price = client.events(2)

    assert touchline.text == (
        "t:1_3045,ltp:780.1,ltq:1,tb:1000000,ts:1000000,v:0,ap:780.1,ltt:1471685400,lut:1471685400,pc:0,o:780.1,h:780.1,"
        "l:780.1,c:780.1,vp:,ai:200000|780.15|1|0,bi:200000|780.05|1|0"
    )
    assert price.text == "t:1_3045,ltp:780.1,ltq:1,lut:1471685400,bt:1,mt:1"


def test_a_candle_is_partial_text_too() -> None:
    clock = FakeClock()
    with (
        XtsSimulator(QUICK, clock) as simulator,
        Caller(simulator) as dealer,
        SocketClient.market(simulator, dealer, 1505, broadcastMode="Partial") as client,
    ):
        move(simulator, "781")
        clock.advance(60)
        move(simulator, "782")
        event = client.event()

    assert (event.name, event.text) == (
        "1505-json-partial",
        "t:1_3045,o:780.1,h:781,l:780.1,c:781,bt:1787218259,bv:0,pv:0",
    )


def test_a_tick_may_come_twice_and_late(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.market(simulator, dealer, 1512) as client:
        simulator.faults.add(Fault(FaultKind.TICK_TWICE, on="tick"))
        move(simulator, "781")
        simulator.faults.add(Fault(FaultKind.TICK_LATE, on="tick", where={"exchangeInstrumentID": "3045"}))
        for price in ("782", "783", "784"):
            move(simulator, price)
        heard = [event.body["LastTradedPrice"] for event in client.events(5)]

    assert heard == [781, 781, 783, 782, 784]


def test_band_noise_is_about_others_and_can_be_switched_off(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.market(simulator, dealer, 1512) as client:
        simulator.faults.add(Fault(FaultKind.BAND_NOISE))
        for price in ("781", "782", "783"):
            move(simulator, price)
        events = client.events(6)
        simulator.faults.clear()
        move(simulator, "784")
        assert client.event().body["LastTradedPrice"] == 784.0

    noise = [event.text for event in events if event.name == "1105-json-partial"]
    assert [event.name for event in events] == ["1512-json-full", "1105-json-partial"] * 3
    assert [text.count(",") for text in noise] == [0, 5, 4]
    assert not any("_3045" in text for text in noise)
    assert "110:" in noise[2]


def test_a_drop_strikes_a_chosen_tick(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.market(simulator, dealer, 1512) as client:
        simulator.faults.add(Fault(FaultKind.SOCKET_DROPPED, on="tick", skip=1))
        move(simulator, "781")
        assert client.event().body["LastTradedPrice"] == 781.0
        move(simulator, "782")
        assert client.rest() == []


def test_prices_walk_by_themselves_while_told_to(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.market(simulator, dealer, 1512) as client:
        with simulator.ticker.running(500, [SBIN], most=20) as walker:
            walker.join(SECONDS)
        heard = [event.body["LastTradedPrice"] for event in client.events(20)]

    steps = [round(after - before, 2) for before, after in zip([780.1, *heard], heard, strict=False)]
    assert set(steps) == {-0.05, 0.05}


def test_a_configured_rate_moves_what_is_subscribed_indices_included() -> None:
    config = replace(QUICK, ticks_per_second=500.0)
    with (
        XtsSimulator(config) as simulator,
        Caller(simulator) as dealer,
        SocketClient.market(simulator, dealer, 1512) as client,
    ):
        for segment, token in ((1, 26000), (1, 99_999_999)):
            wanted = [{"exchangeSegment": segment, "exchangeInstrumentID": token}]
            dealer.market("POST", "/instruments/subscription", instruments=wanted, xtsMessageCode=1512)
        heard = {event.body["ExchangeInstrumentID"] for event in client.events(10)}

    assert heard == {3045, 26000}
