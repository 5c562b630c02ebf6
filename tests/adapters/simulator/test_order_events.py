"""What interactive sockets are told, in whose name, and in which shape."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.sessions.session import AccountKind
from tests.adapters.simulator.direct_trading import SBIN
from tests.adapters.simulator.http_client import QUICK, Caller, limit_order
from tests.adapters.simulator.socket_client import Event, SocketClient, types_of
from tests.fakes.clock import FakeClock

SHAPES: Final[dict[str, dict[str, str]]] = json.loads(
    Path(__file__).with_name("socket_events.json").read_text(encoding="utf-8")
)["events"]
FILLED_AT_ONCE: Final = ["order", "order", "order", "trade", "position", "position"]


def chosen(body: dict[str, Any], *names: str) -> list[Any]:
    return [body[name] for name in names]


def named(events: list[Event], name: str) -> list[dict[str, Any]]:
    return [event.body for event in events if event.name == name]


def test_a_fill_is_told_as_orders_trade_and_both_views_of_the_position(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.orders(simulator, dealer) as client:
        number = dealer.place().json()["result"]["AppOrderID"]
        events = client.events(6)

    assert [event.name for event in events] == FILLED_AT_ONCE
    fields = ("AppOrderID", "OrderStatus", "CumulativeQuantity", "LeavesQuantity", "OrderAverageTradedPrice")
    assert [chosen(body, *fields) for body in named(events, "order")] == [
        [number, "PendingNew", 0, 10, ""],
        [number, "New", 0, 10, ""],
        [number, "Filled", 10, 0, "780.15"],
    ]
    (trade,) = named(events, "trade")
    assert chosen(trade, "OrderUniqueIdentifier", "LastTradedQuantity", "LastTradedPrice", "OrderStatus") == [
        "mark0001", 10, 780.15, "Filled",
    ]  # fmt: skip
    assert [chosen(body, "IsDayWiseNetWise", "NetPosition", "LongPosition") for body in named(events, "position")] == [
        ["DAYWISE", "10", "10"],
        ["NETWISE", "10", "10"],
    ]


def test_events_have_the_keys_and_types_of_the_live_server(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.orders(simulator, dealer) as client:
        dealer.place()
        events = client.events(6)
        dealer.put(
            "/portfolio/positions/convert", exchangeSegment="NSECM", exchangeInstrumentID=3045, targetQty=10,
            isDayWise=True, oldProductType="MIS", newProductType="NRML",
        )  # fmt: skip
        events.append(client.skip_to("tradeConversion"))
        simulator.sockets.market_status("NSEFO", 2)
        events.append(client.skip_to("marketStatusUpdate"))

    filled = {event.name: event.body for event in events}
    assert {name: types_of(body) for name, body in filled.items()} == _filled_shapes()


def _filled_shapes() -> dict[str, dict[str, str]]:
    """Return the recorded shapes, in which the order had not filled: its average was then a text."""
    return SHAPES | {"order": SHAPES["order"] | {"OrderAverageTradedPriceAPI": "number"}}


def test_modify_and_cancel_are_told_state_by_state(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.orders(simulator, dealer) as client:
        number = dealer.post("/orders", **limit_order(770)).json()["result"]["AppOrderID"]
        dealer.delete("/orders", appOrderID=number)
        events = client.events(4)

    assert [body["OrderStatus"] for body in named(events, "order")] == [
        "PendingNew", "New", "PendingCancel", "Cancelled",
    ]  # fmt: skip
    assert {body["OrderAverageTradedPriceAPI"] for body in named(events, "order")} == {"NaN"}


def test_a_rejection_comes_with_its_reason(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.faults.add(Fault(FaultKind.RMS_REJECT, on="place", text="OEMS:RMS : Margin Exceeds"))
    with SocketClient.orders(simulator, dealer) as client:
        dealer.place()
        events = client.events(2)

    assert [chosen(body, "OrderStatus", "CancelRejectReason") for body in named(events, "order")] == [
        ["PendingNew", ""],
        ["Rejected", "OEMS:RMS : Margin Exceeds"],
    ]


def test_a_resting_order_that_the_market_reaches_is_told(simulator: XtsSimulator, dealer: Caller) -> None:
    dealer.post("/orders", **limit_order(779))
    with SocketClient.orders(simulator, dealer) as client:
        simulator.exchange.move(SBIN, Decimal(778))
        events = client.events(4)

    assert [event.name for event in events] == ["order", "trade", "position", "position"]
    assert [body["OrderStatus"] for body in named(events, "order")] == ["Filled"]


@pytest.mark.parametrize("client", ["CLIENT01", "CLIENT02"])
def test_a_dealer_hears_of_all_of_his_clients_and_nobody_else_does(simulator: XtsSimulator, client: str) -> None:
    with (
        Caller(simulator, AccountKind.NORMAL) as dealer,
        Caller(simulator, AccountKind.INVESTOR) as investor,
        SocketClient.orders(simulator, dealer) as first,
        SocketClient.orders(simulator, investor) as other,
    ):
        dealer.place(clientID=client)
        investor.place()
        events, others = first.events(6), other.events(6)

    assert {body["ClientID"] for body in named(events, "order")} == {client}
    assert {body["AccountID"] for body in named(events, "position")} == {client}
    assert {body["ClientID"] for body in named(others, "order")} == {"INVEST01"}
    assert {body["LoginID"] for body in named(others, "position")} == {"INVEST01"}


def test_a_pro_desk_hears_of_its_own_book_under_its_mark(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.orders(simulator, dealer) as client:
        dealer.place()
        events = client.events(6)

    assert {body["ClientID"] for body in named(events, "order")} == {"*****"}
    assert {body["AccountID"] for body in named(events, "position")} == {"*****"}


def test_a_conversion_is_told_with_the_positions_that_it_changes(simulator: XtsSimulator, dealer: Caller) -> None:
    dealer.place()
    with SocketClient.orders(simulator, dealer) as client:
        dealer.put(
            "/portfolio/positions/convert", exchangeSegment="NSECM", exchangeInstrumentID=3045, targetQty=4,
            isDayWise=True, oldProductType="MIS", newProductType="NRML",
        )  # fmt: skip
        events = client.events(5)

    (told,) = named(events, "tradeConversion")
    assert chosen(told, "OriginalProduct", "TargetProduct", "TargetQty", "OrderSide", "IsProOrder", "Status") == [
        "MIS", "NRML", 4, "BUY", True, "PositionConverted",
    ]  # fmt: skip
    net = [body for body in named(events, "position") if body["IsDayWiseNetWise"] == "NETWISE"]
    assert [chosen(body, "ProductType", "NetPosition") for body in net] == [["MIS", "6"], ["NRML", "4"]]


def test_a_position_that_lags_is_not_told(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.faults.add(Fault(FaultKind.POSITION_LAG, seconds=60, times=1))
    with SocketClient.orders(simulator, dealer) as client:
        dealer.place()
        dealer.place()
        events = client.events(10)

    assert [event.name for event in events] == [*FILLED_AT_ONCE[:4], *FILLED_AT_ONCE]


def test_a_market_status_is_told_in_american_dates() -> None:
    clock = FakeClock()
    with (
        XtsSimulator(QUICK, clock) as simulator,
        Caller(simulator) as dealer,
        SocketClient.orders(simulator, dealer) as client,
    ):
        simulator.sockets.market_status("NSEFO", 2)
        event = client.event()

    wall = clock.now()
    assert event.name == "marketStatusUpdate"
    assert event.body["timeStamp"].startswith(f"{wall.month}-{wall.day}-{wall.year} ")
    assert chosen(event.body, "exchangeSegment", "marketSession") == ["NSEFO", "NormalStart"]


def test_a_drop_in_the_middle_of_a_fill_loses_what_follows(simulator: XtsSimulator, dealer: Caller) -> None:
    with SocketClient.orders(simulator, dealer) as client:
        simulator.faults.add(Fault(FaultKind.SOCKET_DROPPED, on="trade"))
        dealer.place()
        assert not any("position" in str(frame) for frame in client.rest())
    assert simulator.sockets.connected() == 0
