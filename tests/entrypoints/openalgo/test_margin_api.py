"""`calculate_margin_api`, called as OpenAlgo's margin service calls it."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.entrypoints.openalgo.margin_api import calculate_margin_api
from tests.e2e.world import SBIN, UNPACED, World, a_world

NO_ORDERS = 0


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A desk at a server that has a calculator."""
    config = replace(UNPACED, margin_calculator=True)
    with a_world(tmp_path_factory.mktemp("margins"), config=config) as there:
        yield there
        assert there.sent() == NO_ORDERS


def leg(**changes: object) -> dict[str, Any]:
    """A position as the host's service hands it on: every number is text, the side in capitals."""
    return {
        "symbol": "SBIN",
        "exchange": "NSE",
        "action": "BUY",
        "quantity": "10",
        "product": "MIS",
        "pricetype": "LIMIT",
        "price": "780.05",
        "trigger_price": "0",
    } | changes


def test_the_margin_of_a_basket_is_one_sum_of_floats(world: World) -> None:
    basket = [leg(), leg(product="CNC", price="700")]

    reply, body = calculate_margin_api(basket, world.auth)

    required = float(10 * (Decimal("780.05") / 5 + 700))
    assert (reply.status_code, reply.status) == (200, 200)
    assert body == {
        "status": "success",
        "data": {"total_margin_required": required, "span_margin": 0.0, "exposure_margin": 0.0},
    }
    assert all(type(cell) is float for cell in body["data"].values())
    assert basket == [leg(), leg(product="CNC", price="700")]


def test_numbers_may_be_numbers_and_what_the_schema_fills_in_may_be_missing(world: World) -> None:
    market = {"symbol": "SBIN", "exchange": "NSE", "action": "SELL", "quantity": 10, "product": "MIS"}

    reply, body = calculate_margin_api([market], world.auth)

    assert reply.status_code == 200
    assert body["data"]["total_margin_required"] == float(world.sim.exchange.market(SBIN).last_price * 10 / 5)


def test_every_problem_of_every_position_is_named_and_nothing_is_asked(world: World) -> None:
    asked = world.sim.exchange.requests["margin"]

    reply, body = calculate_margin_api(
        [leg(quantity="1.5", product="NRLM"), leg(), leg(symbol="SBINN"), leg(symbol="NIFTY", exchange="NSE_INDEX")],
        world.auth,
    )

    assert (reply.status_code, body["status"]) == (400, "error")
    for said in ("position 1: ", "quantity", "product", "position 3: ", "did you mean SBIN", "position 4: NIFTY is an"):
        assert said in body["message"], body
    assert "position 2" not in body["message"]
    assert world.sim.exchange.requests["margin"] == asked


def test_a_basket_of_nothing_has_no_margin(world: World) -> None:
    reply, body = calculate_margin_api([], world.auth)

    assert (reply.status_code, body) == (400, {"status": "error", "message": "there are no positions"})


@pytest.mark.parametrize(
    ("fault", "status"),
    [(FaultKind.SERVER_ERROR, 502), (FaultKind.BAD_JSON, 502), (FaultKind.REFUSED, 502), (FaultKind.RATE_LIMITED, 429)],
)
def test_what_could_not_be_read_is_an_error_with_its_reason(world: World, fault: FaultKind, status: int) -> None:
    world.sim.faults.add(Fault(fault, on="margin", times=None, text="not today", code="e-orders-0009"))

    reply, body = calculate_margin_api([leg()], world.auth)

    world.sim.faults.clear()
    assert (reply.status_code, body["status"]) == (status, "error")
    assert body["message"]


def test_a_dead_token_is_renewed_on_the_way(world: World) -> None:
    world.sim.faults.add(Fault(FaultKind.TOKEN_KILLED, on="margin"))

    reply, _ = calculate_margin_api([leg()], world.auth)

    assert reply.status_code == 200


@pytest.mark.usefixtures("world")
def test_without_a_login_there_is_no_margin() -> None:
    reply, body = calculate_margin_api([leg()], "")

    assert (reply.status_code, body["status"]) == (401, "error")


def test_a_server_without_a_calculator_is_no_error_of_the_basket(tmp_path: Path) -> None:
    with a_world(tmp_path) as world, pytest.raises(NotImplementedError, match="margins are not supported"):
        calculate_margin_api([leg()], world.auth)
