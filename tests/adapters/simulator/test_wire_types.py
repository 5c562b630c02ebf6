"""Names and JSON types of everything that the server writes, against a table drawn from the protocol reference."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.sessions.session import AccountKind
from tests.adapters.simulator.http_client import QUICK, Caller

TABLE: Final[dict[str, Any]] = json.loads(Path(__file__).with_name("wire_types.json").read_text(encoding="utf-8"))
WORDS: Final[dict[type, str]] = {bool: "boolean", int: "number", float: "number", str: "text", type(None): "null"}
WIRE: Final = Path(__file__).parents[2] / "wire"
SBIN: Final = {"exchangeSegment": 1, "exchangeInstrumentID": 3045}


def shape(value: object) -> object:
    """Return names and JSON types; a list counts by its first item."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return WORDS[type(value)]


@pytest.fixture
def day(dealer: Caller) -> dict[str, Any]:
    """Return what a dealer gets to see of a day on which it traded."""
    placed = dealer.place().json()["result"]
    resting = dealer.place(orderType="LIMIT", limitPrice=770).json()["result"]["AppOrderID"]
    cover = dealer.post(
        "/orders/cover", exchangeSegment="NSECM", exchangeInstrumentID=3045, orderSide="BUY", orderType="LIMIT",
        orderQuantity=10, disclosedQuantity=0, limitPrice=770, stopPrice=760, orderUniqueIdentifier="cover0001",
    ).json()["result"]  # fmt: skip
    return {
        "placed": placed,
        "cover": cover,
        "cancelled": dealer.delete("/orders", appOrderID=resting).json()["result"],
        "order": dealer.get("/orders/dealerorderbook").json()["result"][0],
        "trade": dealer.get("/orders/dealertradebook").json()["result"][0],
        "position": dealer.get("/portfolio/dealerpositions", dayOrNet="NetWise").json()["result"]["positionList"][0],
        "converted": dealer.put(
            "/portfolio/positions/convert", **SBIN | {"exchangeSegment": "NSECM"}, targetQty="5", isDayWise=True,
            oldProductType="MIS", newProductType="NRML",
        ).json()["result"],
        "balance": dealer.get("/user/balance").json()["result"]["BalanceList"][0],
        "holding": dealer.get("/portfolio/holdings").json()["result"]["RMSHoldings"]["Holdings"]["INE062A01020"],
        "profile": dealer.get("/user/profile").json()["result"],
    }  # fmt: skip


def recorded(name: str) -> dict[str, Any]:
    """Return the body of a reply below ``tests/wire``."""
    body: dict[str, Any] = json.loads((WIRE / f"{name}.json").read_text(encoding="utf-8"))["response"]["body"]
    return body


def test_replies_to_commands_are_as_those_below_wire() -> None:
    contract = {"exchangeSegment": "NSECM", "exchangeInstrumentID": 3045}
    prices = {"orderType": "LIMIT", "limitPrice": 770, "disclosedQuantity": 0, "orderQuantity": 10}
    with XtsSimulator(replace(QUICK, margin_calculator=True)) as simulator, Caller(simulator) as dealer:
        resting = dealer.place(orderType="LIMIT", limitPrice=770).json()["result"]["AppOrderID"]
        covered = dealer.post(
            "/orders/cover", **contract, **prices, orderSide="BUY", stopPrice=760, orderUniqueIdentifier="cover0001"
        ).json()["result"]
        bracket = dealer.post(
            "/orders/bracket", **contract, **prices, orderSide="BUY", squarOff=5, stopLossPrice=4, trailingStoploss=0,
            isProOrder=True, orderUniqueIdentifier="jpbo1",
        )  # fmt: skip
        entry = bracket.json()["result"]["AppOrderID"]
        dealer.place()
        found = {
            "linked_orders/bracket_pro": bracket,
            "linked_orders/modify_bracket_normal": dealer.put(
                "/orders/bracket", appOrderID=entry, orderQuantity=10, limitPrice=771, stopLossPrice=4,
                orderUniqueIdentifier="jpbo1",
            ),
            "linked_orders/cancel_bracket_pro": dealer.delete("/orders/bracket", boEntryOrderId=entry),
            "linked_orders/exit_cover_normal": dealer.put("/orders/cover", appOrderID=covered["ExitAppOrderID"]),
            "order_gateway/modify_limit_pro": dealer.put(
                "/orders", appOrderID=resting, modifiedProductType="MIS", modifiedOrderType="LIMIT",
                modifiedOrderQuantity=9, modifiedDisclosedQuantity=0, modifiedLimitPrice=771, modifiedStopPrice=0,
                modifiedTimeInForce="DAY", orderUniqueIdentifier="mark0001",
            ),
            "order_gateway/cancel_answered_with_an_object": dealer.delete("/orders", appOrderID=resting),
            "margins/basket_pro": dealer.post(
                "/orders/margindetails", portfolio=[{
                    "exchange": 1, "exchangeInstrumentId": 3045, "productType": "MIS", "orderType": "LIMIT",
                    "orderSide": "BUY", "quantity": 10, "price": 770, "stopPrice": 0, "orderSessionType": 1,
                }],
            ),
            "position_gateway/square_off_normal": dealer.put(
                "/portfolio/squareoff", **contract, productType="MIS", squareoffMode="NetWise",
                positionSquareOffQuantityType="ExactQty", squareOffQtyValue=5, blockOrderSending=False,
                cancelOrders=True,
            ),
            "position_gateway/square_off_all_pro": dealer.put("/portfolio/squareoffall", squareoffMode="NetWise"),
        }  # fmt: skip

    replies = {name: reply.json() for name, reply in found.items()}
    assert {name: shape(reply) for name, reply in replies.items()} == {name: shape(recorded(name)) for name in found}
    words = ("type", "code", "description")
    assert {name: [reply[word] for word in words] for name, reply in replies.items()} == {
        name: [recorded(name)[word] for word in words] for name in found
    }


def test_the_interactive_application_writes_what_the_table_says(day: dict[str, Any]) -> None:
    day["profile"]["ClientExchangeDetailsList"] = {
        "NSECM": day["profile"]["ClientExchangeDetailsList"]["NSECM"],
    }

    assert {name: shape(value) for name, value in day.items()} == {name: TABLE[name] for name in day}


def test_rows_have_their_keys_in_the_order_of_the_table(day: dict[str, Any]) -> None:
    for name in ("trade", "position"):
        assert list(day[name]) == list(TABLE[name])


def test_the_history_has_rows_of_the_same_kind(dealer: Caller) -> None:
    order_id = dealer.place().json()["result"]["AppOrderID"]

    rows = dealer.get("/orders", appOrderID=order_id).json()["result"]

    assert [shape(row) for row in rows] == [TABLE["order"]] * 3
    assert [row["OrderAverageTradedPrice"] for row in rows] == ["", "", "780.15"]


def test_an_acceptance_has_no_identifier_when_the_order_had_none(dealer: Caller) -> None:
    assert shape(dealer.place(orderUniqueIdentifier=None).json()["result"]) == {
        "AppOrderID": "number",
        "ClientID": "text",
    }


def test_logins_write_what_the_table_says(simulator: XtsSimulator, dealer: Caller) -> None:
    login = simulator.credentials[AccountKind.NORMAL]
    interactive, market = (
        dealer.http.post(path, json={"appKey": keys.key, "secretKey": keys.secret}).json()["result"]
        for path, keys in (
            ("/interactive/user/session", login.interactive),
            ("/apimarketdata/auth/login", login.market),
        )
    )
    interactive["enums"]["exchangeInfo"] = {"NSECM": interactive["enums"]["exchangeInfo"]["NSECM"]}

    assert shape(interactive) == TABLE["login"]
    assert shape(market) == TABLE["market_login"]


@pytest.mark.parametrize("code", [1501, 1502, 1505, 1510, 1512])
def test_quotes_are_texts_that_hold_what_the_table_says(dealer: Caller, code: int) -> None:
    reply = dealer.market("POST", "/instruments/quotes", instruments=[SBIN], xtsMessageCode=code, publishFormat="JSON")

    (text,) = reply.json()["result"]["listQuotes"]

    assert reply.json()["result"] | {"listQuotes": []} == {"mdp": code, "quotesList": [SBIN], "listQuotes": []}
    assert shape(json.loads(text)) == TABLE[f"quote_{code}"]


def test_the_market_data_application_writes_what_the_table_says(dealer: Caller) -> None:
    window = {"startTime": "Mar 10 2026 091500", "endTime": "Mar 10 2026 092000", "compressionValue": "60"}
    subscription = {"instruments": [SBIN], "xtsMessageCode": 1501}
    found = {
        "client_config": dealer.market("GET", "/config/clientConfig"),
        "index_list": dealer.market("GET", "/instruments/indexlist", exchangeSegment=1),
        "bars": dealer.market("GET", "/instruments/ohlc", **SBIN, **window),
        "subscribed": dealer.market("POST", "/instruments/subscription", **subscription),
    }

    assert {name: shape(reply.json()["result"]) for name, reply in found.items()} == {
        name: TABLE[name] for name in found
    }


def test_look_ups_write_what_the_table_says(dealer: Caller) -> None:
    nifty = {"exchangeSegment": 2, "series": "OPTIDX", "symbol": "NIFTY", "optionType": "CE", "strikePrice": 25000}
    option = dealer.market("GET", "/instruments/instrument/optionSymbol", **nifty).json()["result"][0]
    searched = dealer.market("GET", "/search/instruments", searchString="SBIN").json()["result"][0]

    assert shape(option) == TABLE["option"]
    assert shape(searched) == TABLE["searched"]


def test_other_servers_write_other_dates() -> None:
    config = replace(QUICK, iso_dates=True)
    with XtsSimulator(config) as simulator, Caller(simulator) as dealer:
        dealer.place()
        (order,) = dealer.get("/orders/dealerorderbook").json()["result"]

    assert (len(order["LastUpdateDateTime"]), order["LastUpdateDateTime"][10]) == (27, "T")
    assert order["ExchangeTransactTime"].endswith("+05:30")
    assert order["OrderExpiryDate"] == "1980-01-01T00:00:00"


def test_dates_are_indian_wall_clocks(dealer: Caller) -> None:
    dealer.place()

    (row,) = dealer.get("/orders/dealerorderbook").json()["result"]

    day, _, time = row["LastUpdateDateTime"].partition(" ")
    assert [len(part) for part in (*day.split("-"), *time.split(":"))] == [2, 2, 4, 2, 2, 2]
    assert row["OrderExpiryDate"] == "01-01-1980 00:00:00"
