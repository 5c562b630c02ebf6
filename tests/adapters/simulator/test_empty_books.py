"""Books without rows, which XTS answers in more than one way."""

from dataclasses import replace

import pytest

from jainam_prop.adapters.simulator.faults.fault import Fault, FaultKind
from jainam_prop.adapters.simulator.server.config import EmptyBooks
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from tests.adapters.simulator.caller import QUICK, Caller

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


def answers(desk: Caller, paths: dict[str, str]) -> dict[str, object]:
    """Return the code of every refusal, and the result of every success."""
    found: dict[str, object] = {}
    for path in paths:
        reply = desk.get(path, dayOrNet="NetWise")
        body = reply.json()
        found[path] = body["code"] if reply.status_code == 400 else body["result"]
    return found


def lists(paths: dict[str, str]) -> dict[str, object]:
    return {path: {"positionList": []} if "position" in path else [] for path in paths}


def test_at_jainam_normal_books_refuse_and_dealer_books_are_lists(desk: Caller) -> None:
    assert answers(desk, NORMAL) == NORMAL
    assert answers(desk, DEALER) == lists(DEALER)


@pytest.mark.parametrize(
    ("setting", "expected"), [(EmptyBooks.ERROR, NORMAL | DEALER), (EmptyBooks.LIST, lists(NORMAL | DEALER))]
)
def test_other_servers_do_the_same_everywhere(setting: EmptyBooks, expected: dict[str, object]) -> None:
    with XtsSimulator(replace(QUICK, empty_books=setting)) as simulator, Caller(simulator) as desk:
        assert answers(desk, NORMAL | DEALER) == expected


def test_the_answer_can_be_changed_while_it_runs(simulator: XtsSimulator, desk: Caller) -> None:
    simulator.faults.add(Fault(FaultKind.EMPTY_AS_ERROR))
    assert answers(desk, DEALER) == DEALER

    simulator.faults.clear()
    simulator.faults.add(Fault(FaultKind.EMPTY_AS_LIST))
    assert answers(desk, NORMAL) == lists(NORMAL)


def test_the_words_are_those_of_the_live_server(desk: Caller) -> None:
    assert desk.get("/orders/trades").json() == {
        "type": "error",
        "code": "e-tradeBook-0005",
        "description": "Data Not Available",
        "result": {},
    }
    assert desk.get("/orders/dealertradebook").json() == {
        "type": "success",
        "code": "s-dealertrade-0001",
        "description": "Success trade book",
        "result": [],
    }
