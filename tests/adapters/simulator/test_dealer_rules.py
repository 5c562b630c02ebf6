"""For whom a call acts: investors, NORMAL dealers with clients, PRO dealers with five asterisks."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.sessions.session import AccountKind
from tests.adapters.simulator.http_client import QUICK, Caller

BOOKS = ("/orders/dealerorderbook", "/orders/dealertradebook", "/portfolio/dealerpositions")


@pytest.fixture
def investor(simulator: XtsSimulator) -> Iterator[Caller]:
    with Caller(simulator, AccountKind.INVESTOR) as caller:
        yield caller


@pytest.fixture
def normal(simulator: XtsSimulator) -> Iterator[Caller]:
    with Caller(simulator, AccountKind.NORMAL) as caller:
        yield caller


def rows(caller: Caller, path: str, **query: object) -> list[dict[str, object]]:
    result = caller.get(path, dayOrNet="NetWise", **query).json()["result"]
    found: list[dict[str, object]] = result["positionList"] if isinstance(result, dict) else result
    return found


def test_an_investor_names_no_client_and_one_he_names_is_not_looked_at(investor: Caller) -> None:
    taken = investor.place(clientID="SOMEBODY")

    assert taken.json()["result"]["ClientID"] == "INVEST01"
    assert [row["ClientID"] for row in rows(investor, "/orders")] == ["INVEST01"]
    assert [row["AccountID"] for row in rows(investor, "/portfolio/positions")] == ["INVEST01"]


@pytest.mark.parametrize("path", BOOKS)
def test_an_investor_has_no_business_at_dealer_books(investor: Caller, path: str) -> None:
    reply = investor.get(path, dayOrNet="NetWise")

    assert (reply.status_code, reply.json()["description"]) == (400, "Supplied client not mapped under dealer")


def test_a_normal_dealer_acts_for_the_client_he_names(simulator: XtsSimulator, normal: Caller) -> None:
    normal.place()
    normal.place(clientID="CLIENT02", orderQuantity=3)

    assert [row["ClientID"] for row in rows(normal, BOOKS[0])] == ["CLIENT01"]
    assert [row["LastTradedQuantity"] for row in rows(normal, BOOKS[1], clientID="CLIENT02")] == [3]
    assert [row["Quantity"] for row in rows(normal, BOOKS[2], clientID="CLIENT02")] == ["3"]
    assert {slot.account: line.net for slot, line in simulator.exchange.positions().items()} == {
        "CLIENT01": 10, "CLIENT02": 3,
    }  # fmt: skip


@pytest.mark.parametrize("client", ["*****", "DEALER01", "CLIENT99"])
def test_a_normal_dealer_cannot_act_for_others(simulator: XtsSimulator, normal: Caller, client: str) -> None:
    reply = normal.place(clientID=client)

    assert (reply.status_code, reply.json()["description"]) == (400, "Supplied client not mapped under dealer")
    assert simulator.exchange.all_orders() == []


@pytest.mark.parametrize("client", ["PRODESK01", "Pro", "CLIENT01"])
def test_a_pro_dealer_is_known_by_asterisks_alone(dealer: Caller, client: str) -> None:
    codes = {path: dealer.get(path, dayOrNet="NetWise", clientID=client).json()["code"] for path in BOOKS}

    assert codes == dict(zip(BOOKS, ("e-order-00002", "e-trade-00002", "e-portfolio-00005"), strict=True))
    assert dealer.get(BOOKS[0]).status_code == 200


def test_stray_blanks_around_the_client_are_trimmed(dealer: Caller) -> None:
    assert dealer.get(BOOKS[0], clientID=" ***** ").status_code == 200


@pytest.mark.parametrize("path", BOOKS)
def test_a_dealer_book_asks_for_the_client(dealer: Caller, path: str) -> None:
    reply = dealer.get(path, dayOrNet="NetWise", clientID=None)

    assert (reply.status_code, reply.json()["code"]) == (400, "e-property-validation-failed")
    assert reply.json()["result"] == {
        "status": 400,
        "statusText": "Bad Request",
        "errors": [
            {
                "field": ["clientID"],
                "location": "query",
                "messages": ['"clientID" is required'],
                "types": ["any.required"],
            },
        ],
    }


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/orders", "e-orders-0005"),
        ("/orders/trades", "e-tradeBook-0005"),
        ("/portfolio/positions", "e-portfolio-0005"),
    ],
)
def test_a_normal_book_without_client_claims_to_be_empty_to_a_dealer_who_has_rows(
    dealer: Caller, path: str, code: str
) -> None:
    dealer.place()

    reply = dealer.get(path, dayOrNet="NetWise", clientID=None)

    assert (reply.status_code, reply.json()["code"]) == (400, code)
    assert reply.json()["description"] == "Data Not Available"
    assert len(rows(dealer, path)) == 1


def test_holdings_without_client_trip_the_server_up(dealer: Caller) -> None:
    reply = dealer.get("/portfolio/holdings", clientID=None)

    assert (reply.status_code, "Internal Server Error" in reply.text) == (500, True)


def test_an_order_without_client_is_not_placed_for_a_dealer(simulator: XtsSimulator, dealer: Caller) -> None:
    assert dealer.place(clientID=None).json()["code"] == "e-property-validation-failed"
    assert simulator.exchange.all_orders() == []


def test_one_client_cannot_touch_the_orders_of_another(normal: Caller) -> None:
    order_id = normal.place(orderType="LIMIT", limitPrice=770).json()["result"]["AppOrderID"]

    reply = normal.delete("/orders", appOrderID=order_id, clientID="CLIENT02")

    assert (reply.status_code, reply.json()["description"]) == (400, "Order not found")


def test_rows_of_a_pro_desk_may_carry_another_word() -> None:
    with XtsSimulator(replace(QUICK, pro_row_client="Pro")) as simulator, Caller(simulator) as dealer:
        assert dealer.place().json()["result"]["ClientID"] == "*****"
        assert [row["ClientID"] for row in rows(dealer, BOOKS[0])] == ["Pro"]
