"""Defects of other integrations that cost money; each number is a row of the trap list in docs/traps.md."""

import pytest

from jainam_prop.adapters.simulator.faults.fault import Fault, FaultKind
from jainam_prop.domain.orders.order import OrderState, Side
from jainam_prop.entrypoints.openalgo.order_api import (
    cancel_order,
    close_all_positions,
    get_open_position,
    get_order_book,
    place_order_api,
    place_smartorder_api,
)
from tests.e2e.world import RELIANCE, SBIN, TCS, World, order, smart


def test_01_an_unreadable_position_book_sends_no_smart_order(world: World) -> None:
    place_order_api(order(quantity=75), world.auth)
    world.sim.faults.add(Fault(FaultKind.SERVER_ERROR, on="dealer_positions", times=None))

    reply, body, order_id = place_smartorder_api(smart(75), world.auth)

    assert reply is not None
    assert (reply.status, order_id, world.sent(), world.net()) == (502, None, 1, 75)
    assert "Could not be read" in body["message"]


def test_02_close_all_claims_nothing_when_positions_cannot_be_read(world: World) -> None:
    place_order_api(order(), world.auth)
    world.sim.faults.add(Fault(FaultKind.SERVER_ERROR, on="dealer_positions", times=None))

    body, status = close_all_positions("", world.auth)

    assert (status, body["status"], world.sent()) == (502, "error", 1)


def test_03_close_all_names_every_refused_leg(world: World) -> None:
    for symbol in ("SBIN", "RELIANCE", "TCS"):
        place_order_api(order(symbol=symbol), world.auth)
    world.sim.faults.add(Fault(FaultKind.RMS_REJECT, on="place", times=3, text="RMS: margin exceeds"))

    body, status = close_all_positions("", world.auth)

    assert status == 502
    assert {(leg["symbol"], leg["state"]) for leg in body["data"]} == {
        ("SBIN", "rejected"),
        ("RELIANCE", "rejected"),
        ("TCS", "rejected"),
    }
    assert body["message"].count("RMS: margin exceeds") == 3
    assert [world.net(key) for key in (SBIN, RELIANCE, TCS)] == [10, 10, 10]


def test_04_a_lost_reply_of_one_leg_does_not_stop_the_others(world: World) -> None:
    for symbol in ("SBIN", "RELIANCE", "TCS"):
        place_order_api(order(symbol=symbol), world.auth)
    world.sim.faults.add(Fault(FaultKind.REPLY_LOST, on="place"))

    body, status = close_all_positions("", world.auth)

    assert (status, body["message"]) == (200, "All Open Positions Squared Off")
    assert [world.net(key) for key in (SBIN, RELIANCE, TCS)] == [0, 0, 0]
    assert world.sent() == 6


def test_05_close_all_cancels_a_resting_stop_before_it_can_reverse(world: World) -> None:
    place_order_api(order(quantity=75), world.auth)
    place_order_api(order(quantity=75, action="SELL", pricetype="SL-M", trigger_price=world.price("0.98")), world.auth)

    _, status = close_all_positions("", world.auth)
    world.sim.exchange.move(SBIN, world.price("0.97"))

    assert (status, world.net(), world.sim.exchange.working_orders()) == (200, 0, [])


def test_07_an_order_whose_reply_was_lost_is_found_not_sent_again(world: World) -> None:
    world.sim.faults.add(Fault(FaultKind.REPLY_LOST, on="place"))

    reply, _, order_id = place_order_api(order(), world.auth)

    assert reply.status == 200
    assert [str(held.order_id) for held in world.sim.exchange.all_orders()] == [order_id]


def test_07_an_order_that_cannot_be_found_is_unknown_and_must_not_be_sent_again(world: World) -> None:
    world.sim.faults.add(Fault(FaultKind.REPLY_LOST, on="place"))
    world.sim.faults.add(Fault(FaultKind.BOOK_DELAY, on="place", seconds=60))

    reply, body, order_id = place_order_api(order(), world.auth)

    assert (reply.status, order_id) == (504, None)
    assert "Do not resend" in body["message"]
    assert len(world.sim.exchange.all_orders()) == 1


def test_08_orders_of_the_same_second_carry_different_identifiers(world: World) -> None:
    for _ in range(5):
        place_order_api(order(quantity=1), world.auth)

    identifiers = [held.intake.identifier for held in world.sim.exchange.all_orders()]
    assert len(set(identifiers)) == 5
    assert all(identifier.isalnum() and len(identifier) <= 20 for identifier in identifiers)


def test_10_a_position_in_the_list_is_found(world: World) -> None:
    place_order_api(order(quantity=75), world.auth)

    reply, body, order_id = place_smartorder_api(smart(75), world.auth)

    assert (reply, order_id, world.sent()) == (None, None, 1)
    assert body["status"] == "success"
    assert "No action needed" in body["message"]
    assert get_open_position("SBIN", "NSE", "MIS", world.auth) == "75"


@pytest.mark.parametrize(
    ("pricetype", "limit"),
    [
        pytest.param("SL", "0.97", id="12-SL-keeps-its-limit"),
        pytest.param("SL-M", "0", id="13-SL-M-has-no-limit"),
    ],
)
def test_stop_orders_keep_their_meaning(world: World, pricetype: str, limit: str) -> None:
    price, trigger = world.price(limit), world.price("0.98")
    request = order(action="SELL", pricetype=pricetype, price=price, trigger_price=trigger)

    reply, _, _ = place_order_api(request, world.auth)

    terms = world.sim.exchange.all_orders()[0].terms
    assert reply.status == 200
    assert (terms.price_type.value, terms.price, terms.trigger) == (pricetype, price, trigger)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        pytest.param({"pricetype": "LMT", "price": 100}, "pricetype 'LMT' is unknown", id="14-price-type"),
        pytest.param({"product": "NRLM"}, "product 'NRLM' is unknown", id="16-product"),
        pytest.param({"exchange": "NSEE"}, "exchange 'NSEE' is unknown", id="16-exchange"),
        pytest.param({"action": "HOLD"}, "action 'HOLD' is unknown", id="15-side"),
        pytest.param({"quantity": 0}, "quantity 0 must be above zero", id="zero"),
        pytest.param({"quantity": -5}, "quantity -5 must be above zero", id="negative"),
        pytest.param({"quantity": "75.5"}, "quantity '75.5' is not a whole number", id="34-fraction"),
        pytest.param({"quantity": ""}, "quantity '' is not a whole number", id="34-blank"),
        pytest.param({"quantity": None}, "quantity 'None' is not a whole number", id="34-null"),
        pytest.param({"pricetype": "LIMIT"}, "price must be above zero", id="limit-without-price"),
        pytest.param({"pricetype": "SL", "price": 9}, "trigger_price must be above zero", id="stop-without-trigger"),
        pytest.param({"symbol": "SBINN"}, "'SBINN' is not listed on NSE", id="37-unknown-symbol"),
        pytest.param({"symbol": "NIFTY", "exchange": "NSE_INDEX"}, "is an index", id="index"),
    ],
)
def test_bad_input_is_named_and_never_sent(world: World, changes: dict[str, object], named: str) -> None:
    before = sum(world.sim.exchange.requests.values())

    reply, body, order_id = place_order_api(order(**changes), world.auth)

    assert (reply.status, order_id) == (400, None)
    assert named in body["message"]
    assert sum(world.sim.exchange.requests.values()) == before


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


def test_15_a_lower_case_side_is_understood(world: World) -> None:
    place_order_api(order(action="sell"), world.auth)

    assert world.sim.exchange.all_orders()[0].side is Side.SELL


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
def test_26_no_order_id_is_no_success(world: World, fault: Fault, status: int) -> None:
    world.sim.faults.add(fault)

    reply, body, order_id = place_order_api(order(), world.auth)

    assert (reply.status, order_id, body["status"]) == (status, None, "error")


@pytest.mark.parametrize("kind", [FaultKind.BAD_JSON, FaultKind.SERVER_ERROR])
def test_26_an_answer_that_makes_no_sense_is_looked_up(world: World, kind: FaultKind) -> None:
    world.sim.faults.add(Fault(kind, on="place", processed=True))

    reply, _, order_id = place_order_api(order(), world.auth)

    assert (reply.status, order_id) == (200, str(world.sim.exchange.all_orders()[0].order_id))
    assert world.sent() == 1


def test_29_a_position_of_another_product_is_not_this_one(world: World) -> None:
    place_order_api(order(quantity=75, product="CNC"), world.auth)

    reply, _, _ = place_smartorder_api(smart(75), world.auth)

    assert reply is not None
    assert (reply.status, world.net(), world.net(product="CNC")) == (200, 75, 75)


def test_21_cancel_reaches_a_partly_filled_order(world: World) -> None:
    world.sim.exchange.set_levels(SBIN, bids=[], asks=[(world.price("1.0"), 4)])
    _, _, order_id = place_order_api(order(pricetype="LIMIT", price=world.price("1.0")), world.auth)
    assert order_id is not None

    body, status = cancel_order(order_id, world.auth)

    held = world.sim.exchange.all_orders()[0]
    assert (status, body["orderid"], held.state, held.filled) == (200, order_id, OrderState.CANCELLED, 4)


def test_44_an_unreadable_order_book_is_an_error_not_an_empty_book(world: World) -> None:
    world.sim.faults.add(Fault(FaultKind.SERVER_ERROR, on="dealer_order_book", times=None))

    book = get_order_book(world.auth)

    assert isinstance(book, dict)
    assert book["status"] == "error"
