"""Books without rows, which XTS answers in more than one way."""

from dataclasses import replace

import pytest

from jainam_prop.adapters.simulator.config import EmptyBooks
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from tests.adapters.simulator.http_client import QUICK, Caller

NORMAL = {
    "/orders": "e-orders-0005",
    "/orders/trades": "e-tradeBook-0005",
    "/portfolio/positions": "e-portfolio-0005",
}
DEALER = {
    "/orders/dealerorderbook": "e-orders-0005",
    "/orders/dealertradebook": "e-tradeBook-0005",
    "/portfolio/dealerpositions": "e-portfolio-0005",
}


def answers(dealer: Caller, paths: dict[str, str]) -> dict[str, object]:
    """Return the code of every refusal, and the result of every success."""
    found: dict[str, object] = {}
    for path in paths:
        reply = dealer.get(path, dayOrNet="NetWise")
        body = reply.json()
        found[path] = body["code"] if reply.status_code == 400 else body["result"]
    return found


def lists(paths: dict[str, str]) -> dict[str, object]:
    return {path: {"positionList": []} if "position" in path else [] for path in paths}


def test_at_jainam_normal_books_refuse_and_dealer_books_are_lists(dealer: Caller) -> None:
    assert answers(dealer, NORMAL) == NORMAL
    assert answers(dealer, DEALER) == lists(DEALER)


@pytest.mark.parametrize(
    ("setting", "expected"), [(EmptyBooks.ERROR, NORMAL | DEALER), (EmptyBooks.LIST, lists(NORMAL | DEALER))]
)
def test_other_servers_do_the_same_everywhere(setting: EmptyBooks, expected: dict[str, object]) -> None:
    with XtsSimulator(replace(QUICK, empty_books=setting)) as simulator, Caller(simulator) as dealer:
        assert answers(dealer, NORMAL | DEALER) == expected


def test_the_words_are_those_of_the_live_server(dealer: Caller) -> None:
    assert dealer.get("/orders/trades").json() == {
        "type": "error",
        "code": "e-tradeBook-0005",
        "description": "Data Not Available",
        "result": {},
    }
    assert dealer.get("/orders/dealertradebook").json() == {
        "type": "success",
        "code": "s-dealertrade-0001",
        "description": "Success trade book",
        "result": [],
    }
