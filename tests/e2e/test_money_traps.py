"""What the host hears of some defects that cost money; the others are in tests/application/test_money_traps.py."""

from pathlib import Path

import pytest

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.domain.deadlines import Timing
from jainam_prop.entrypoints.openalgo.order_api import (
    close_all_positions,
    get_open_position,
    get_order_book,
    place_order_api,
    place_smartorder_api,
)
from tests.e2e.world import World, a_world, order, smart


def test_02_close_all_claims_nothing_when_positions_cannot_be_read(tmp_path: Path) -> None:
    with a_world(tmp_path, timing=Timing(close_all=1.0)) as world:
        place_order_api(order(), world.auth)
        world.sim.faults.add(Fault(FaultKind.SERVER_ERROR, on="dealer_positions", times=None))

        body, status = close_all_positions("", world.auth)

        assert (status, body["status"], world.sent()) == (502, "error", 1)


def test_07_an_order_that_cannot_be_found_is_unknown_and_must_not_be_sent_again(hasty_world: World) -> None:
    world = hasty_world
    world.sim.faults.add(Fault(FaultKind.REPLY_LOST, on="place"))
    world.sim.faults.add(Fault(FaultKind.BOOK_DELAY, on="place", seconds=60))

    reply, body, order_id = place_order_api(order(), world.auth)

    assert (reply.status, order_id) == (504, None)
    assert "Do not resend" in body["message"]
    assert len(world.sim.exchange.all_orders()) == 1


def test_10_a_position_in_the_list_is_found(world: World) -> None:
    place_order_api(order(quantity=75), world.auth)

    reply, body, order_id = place_smartorder_api(smart(75), world.auth)

    assert (reply, order_id, world.sent()) == (None, None, 1)
    assert body["status"] == "success"
    assert "No action needed" in body["message"]
    assert get_open_position("SBIN", "NSE", "MIS", world.auth) == "75"


def test_17_a_missing_quantity_is_refused(world: World) -> None:
    request = order()
    del request["quantity"]

    reply, body, _ = place_order_api(request, world.auth)

    assert (reply.status, body["message"], world.sent()) == (400, "quantity is missing", 0)


def test_every_problem_is_named_at_once(world: World) -> None:
    request = order(symbol="NOPE", action="x", product="y", pricetype="LIMIT", quantity="1.5")

    _, body, _ = place_order_api(request, world.auth)

    for name in ("symbol", "action", "product", "quantity", "price "):
        assert name in body["message"]


def test_the_host_s_order_is_not_changed(world: World) -> None:
    request = order(quantity="10", action="buy")
    before = dict(request)

    place_order_api(request, world.auth)

    assert request == before


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        pytest.param(Fault(FaultKind.REFUSED, on="place", code="e-orders-0009", text="Not today"), 400, id="refused"),
        pytest.param(Fault(FaultKind.SERVER_ERROR, on="place"), 504, id="html-before"),
    ],
)
def test_26_no_order_id_is_no_success(hasty_world: World, fault: Fault, status: int) -> None:
    world = hasty_world
    world.sim.faults.add(fault)

    reply, body, order_id = place_order_api(order(), world.auth)

    assert (reply.status, order_id, body["status"]) == (status, None, "error")


def test_44_an_unreadable_order_book_is_an_error_not_an_empty_book(world: World) -> None:
    world.sim.faults.add(Fault(FaultKind.SERVER_ERROR, on="dealer_order_book", times=None))

    book = get_order_book(world.auth)

    assert isinstance(book, dict)
    assert book["status"] == "error"
