"""Order endpoints over HTTP: what is accepted, what is refused at once, and what the answers look like."""

from dataclasses import replace
from decimal import Decimal

import httpx
import pytest

from jainam_prop.adapters.simulator.config import BEYOND_FLOAT
from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.orders.order import OrderState, PriceType
from tests.adapters.simulator.direct_trading import SBIN
from tests.adapters.simulator.http_client import QUICK, Caller, limit_order, market_order


def only_order_state(simulator: XtsSimulator) -> OrderState:
    (order,) = simulator.exchange.all_orders()
    return order.state


def test_numbers_may_be_sent_as_texts(simulator: XtsSimulator, dealer: Caller) -> None:
    body = limit_order(790) | {"orderQuantity": "10", "limitPrice": "790", "stopPrice": "0", "disclosedQuantity": "0"}

    assert dealer.post("/orders", **body).status_code == 200
    assert only_order_state(simulator) is OrderState.FILLED


@pytest.mark.parametrize(
    ("word", "price_type"),
    [
        ("MARKET", PriceType.MARKET),
        ("Limit", PriceType.LIMIT),
        ("STOPLIMIT", PriceType.SL),
        ("StopMarket", PriceType.SL_M),
    ],
)
def test_order_types_are_read_in_two_spellings_and_written_in_one(
    simulator: XtsSimulator, dealer: Caller, word: str, price_type: PriceType
) -> None:
    dealer.place(orderType=word, limitPrice=770, stopPrice=800, orderSide="BUY")

    (order,) = simulator.exchange.all_orders()
    (row,) = dealer.get("/orders/dealerorderbook").json()["result"]
    assert order.terms.price_type is price_type
    assert row["OrderType"] in {"Market", "Limit", "StopLimit", "StopMarket"}


@pytest.mark.parametrize(
    ("change", "field", "message", "kind"),
    [
        ({"orderSide": "Buy"}, "orderSide", '"orderSide" must be one of [BUY, SELL]', "any.allowOnly"),
        ({"orderQuantity": 0}, "orderQuantity", '"orderQuantity" must be larger than or equal to 1', "number.min"),
        ({"orderQuantity": "ten"}, "orderQuantity", '"orderQuantity" must be a number', "number.base"),
        ({"timeInForce": None}, "timeInForce", '"timeInForce" is required', "any.required"),
        ({"limitPrice": -1}, "limitPrice", '"limitPrice" must be larger than or equal to 0', "number.min"),
        (
            {"orderUniqueIdentifier": "x" * 21},
            "orderUniqueIdentifier",
            '"orderUniqueIdentifier" length must be less than or equal to 20 characters long',
            "string.max",
        ),
    ],
)
def test_a_field_that_is_wrong_is_named(
    simulator: XtsSimulator, dealer: Caller, change: dict[str, object], field: str, message: str, kind: str
) -> None:
    reply = dealer.place(**change)

    assert (reply.status_code, reply.json()["description"]) == (400, "Bad Request")
    assert reply.json()["result"]["errors"] == [
        {"field": [field], "location": "body", "messages": [message], "types": [kind]},
    ]
    assert simulator.exchange.all_orders() == []


def test_every_wrong_field_is_named_at_once(dealer: Caller) -> None:
    reply = dealer.place(orderSide="x", productType="NRLM", exchangeSegment="NSE", orderType="LMT")

    errors = reply.json()["result"]["errors"]
    assert [error["field"][0] for error in errors] == ["exchangeSegment", "orderSide", "productType", "orderType"]


def test_an_unknown_instrument_and_a_broken_lot_are_refused_at_once(simulator: XtsSimulator, dealer: Caller) -> None:
    nifty = simulator.exchange.universe.nearest_future("NIFTY")
    unknown = dealer.place(exchangeInstrumentID=99_999_999)
    broken = dealer.place(exchangeSegment="NSEFO", exchangeInstrumentID=nifty.key.token, orderQuantity=nifty.lot + 1)

    assert (unknown.status_code, broken.status_code) == (400, 400)
    assert broken.json()["description"] == "Order quantity is not a multiple of lot size."
    assert simulator.exchange.all_orders() == []


def test_modify_takes_the_new_total(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.exchange.set_levels(SBIN, bids=[], asks=[(Decimal(780), 4)])
    order_id = dealer.post("/orders", **limit_order(780)).json()["result"]["AppOrderID"]

    reply = dealer.put(
        "/orders", appOrderID=order_id, modifiedProductType="MIS", modifiedOrderType="LIMIT",
        modifiedOrderQuantity=6, modifiedDisclosedQuantity=0, modifiedLimitPrice=779, modifiedStopPrice=0,
        modifiedTimeInForce="DAY", orderUniqueIdentifier="mark0001",
    )  # fmt: skip

    (row,) = dealer.get("/orders/dealerorderbook").json()["result"]
    assert reply.json()["result"] == {"AppOrderID": order_id, "ClientID": "*****", "OrderUniqueIdentifier": "mark0001"}
    assert (row["OrderStatus"], row["OrderQuantity"], row["LeavesQuantity"], row["CumulativeQuantity"]) == (
        "Replaced", 6, 2, 4,
    )  # fmt: skip


def test_a_cancellation_is_confirmed_with_its_order(simulator: XtsSimulator, dealer: Caller) -> None:
    order_id = dealer.post("/orders", **limit_order(770)).json()["result"]["AppOrderID"]

    reply = dealer.delete("/orders", appOrderID=order_id)

    assert reply.json()["result"] == {"AppOrderID": order_id, "ClientID": "*****"}
    assert only_order_state(simulator) == OrderState.CANCELLED


def test_huge_order_ids_travel_as_whole_json_numbers() -> None:
    config = replace(QUICK, first_order_id=BEYOND_FLOAT)
    with XtsSimulator(config) as simulator, Caller(simulator) as dealer:
        reply = dealer.post("/orders", **limit_order(770))
        cancelled = dealer.delete("/orders", appOrderID=str(BEYOND_FLOAT))

    assert f'"AppOrderID":{BEYOND_FLOAT},' in reply.text
    assert cancelled.json()["result"]["AppOrderID"] == BEYOND_FLOAT


def test_a_cover_order_starts_its_stop_when_the_entry_has_filled(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.exchange.set_levels(SBIN, bids=[(Decimal(770), 100)], asks=[(Decimal(780), 4)])
    ids = dealer.post(
        "/orders/cover", exchangeSegment="NSECM", exchangeInstrumentID=3045, orderSide="BUY", orderType="LIMIT",
        orderQuantity=10, disclosedQuantity=0, limitPrice=780, stopPrice=775, orderUniqueIdentifier="cover0001",
    ).json()["result"]  # fmt: skip
    entry, stop = simulator.exchange.all_orders()
    assert (ids["EntryAppOrderID"], ids["ExitAppOrderID"]) == (entry.order_id, stop.order_id)
    assert (entry.state, stop.state) == (OrderState.PARTIALLY_FILLED, OrderState.PENDING_NEW)

    simulator.exchange.set_levels(SBIN, bids=[(Decimal(770), 100)], asks=[(Decimal(780), 100)])
    assert (entry.state, stop.state, stop.is_waiting) == (OrderState.FILLED, OrderState.NEW, True)

    dealer.put("/orders/cover", appOrderID=stop.order_id)
    assert (stop.state, simulator.exchange.net("*****", SBIN, "CO")) == (OrderState.FILLED, 0)


def test_of_a_bracket_one_exit_cancels_the_other(simulator: XtsSimulator, dealer: Caller) -> None:
    dealer.post(
        "/orders/bracket", exchangeSegment="NSECM", exchangeInstrumentID=3045, orderType="LIMIT", orderSide="BUY",
        disclosedQuantity=0, orderQuantity=10, limitPrice=790, squarOff=5, stopLossPrice=4, trailingStoploss=1,
        isProOrder=True, orderUniqueIdentifier="bracket0001",
    )  # fmt: skip
    _, target, stop = simulator.exchange.all_orders()
    assert (target.terms.price, stop.terms.trigger) == (Decimal(795), Decimal(786))

    simulator.exchange.move(SBIN, Decimal(796))

    assert {str(order.state) for order in (target, stop)} == {"Filled", "Cancelled"}
    assert simulator.exchange.net("*****", SBIN, "BO") == 0


def test_a_bracket_is_cancelled_by_its_entry(simulator: XtsSimulator, dealer: Caller) -> None:
    order_id = dealer.post(
        "/orders/bracket", exchangeSegment="NSECM", exchangeInstrumentID=3045, orderType="LIMIT", orderSide="BUY",
        disclosedQuantity=0, orderQuantity=10, limitPrice=770, squareOff=5, stopLossPrice=4, trailingStoploss=0,
        isProOrder=True,
    ).json()["result"]["AppOrderID"]  # fmt: skip

    reply = dealer.delete("/orders/bracket", boEntryOrderId=order_id)

    assert reply.json()["code"] == "s-bracketorder-0014"
    assert simulator.exchange.working_orders() == []


def test_square_off_closes_one_position_and_square_off_all_every_one(simulator: XtsSimulator, dealer: Caller) -> None:
    dealer.place()
    dealer.place(exchangeInstrumentID=2885)
    what = {"exchangeSegment": "NSECM", "exchangeInstrumentID": 3045, "productType": "MIS"}

    dealer.put(
        "/portfolio/squareoff", **what, squareoffMode="Netwise", positionSquareOffQuantityType="Percentage",
        squareOffQtyValue=50, blockOrderSending=False, cancelOrders=True,
    )  # fmt: skip
    half = simulator.exchange.net("*****", SBIN, "MIS")
    dealer.put("/portfolio/squareoffall", squareoffMode="NetWise")

    assert (half, [line.net for line in simulator.exchange.positions().values()]) == (5, [0, 0])


def test_day_and_net_positions_differ_by_what_was_carried(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.exchange.carry_in(Slot("*****", "MIS", SBIN), -20, Decimal(790))
    dealer.place()

    found = {
        mode: dealer.get("/portfolio/dealerpositions", dayOrNet=mode).json()["result"]["positionList"][0]["Quantity"]
        for mode in ("DayWise", "NetWise")
    }
    assert found == {"DayWise": "10", "NetWise": "-10"}


def test_balance_has_nan_where_the_live_server_writes_it(dealer: Caller) -> None:
    (unified, *_) = dealer.get("/user/balance").json()["result"]["BalanceList"]

    assert unified["limitHeader"] == "ALL|ALL|ALL"
    assert unified["limitObject"]["marginUtilized"]["LimitUsed"] == "NaN"
    assert unified["limitObject"]["RMSSubLimits"]["cashAvailable"] == "100000000"


def test_paths_that_do_not_exist_are_pages(dealer: Caller) -> None:
    unknown_path, unknown_root = dealer.get("/trades"), dealer.http.get("/marketdata/config/clientConfig")

    assert (unknown_path.status_code, "Cannot GET /interactive/trades" in unknown_path.text) == (404, True)
    assert (unknown_root.status_code, "<center>nginx</center>" in unknown_root.text) == (404, True)


def test_a_market_data_application_can_be_missing() -> None:
    config = replace(QUICK, market_roots=("apibinarymarketdata",))
    with XtsSimulator(config) as simulator:
        keys = next(iter(simulator.credentials.values())).market
        body = {"appKey": keys.key, "secretKey": keys.secret}
        statuses = {
            root: httpx.post(f"{simulator.base_url}/{root}/auth/login", json=body).status_code
            for root in ("apimarketdata", "apibinarymarketdata")
        }

    assert statuses == {"apimarketdata": 404, "apibinarymarketdata": 200}


def test_requests_are_counted_by_endpoint(simulator: XtsSimulator, dealer: Caller) -> None:
    dealer.place()
    dealer.post("/orders", **market_order() | {"orderSide": "x"})
    dealer.get("/orders/dealerorderbook")

    counted = simulator.exchange.requests
    assert (counted["place"], counted["dealer_order_book"], counted["login"]) == (2, 1, 1)
