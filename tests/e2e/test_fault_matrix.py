"""Every trouble on the way, with every verb: at most one order per intent, and the caller hears the truth.

The tables say what is heard: 200 where the exchange did it, 400 where the broker refused, 503 where nothing left, 504
where nobody can know ("may be live, do not resend"). What was answered with "Request sent" and refused afterwards is
accepted, and the order book tells the rest.
"""

import threading
from pathlib import Path
from typing import Final

import pytest
from returns.pipeline import is_successful

from jainam_prop.domain.orders.order import OrderState
from jainam_prop.entrypoints.openalgo.order_api import (
    cancel_order,
    close_all_positions,
    get_order_book,
    modify_order,
    place_order_api,
    place_smartorder_api,
)
from tests.e2e.troubles import (
    DEAD_TOKEN,
    PACE,
    REFUSED,
    TROUBLES,
    a_troubled_desk,
    eventually,
    hide_orders,
    per_identifier,
    strike,
)
from tests.e2e.world import SBIN, World, order, smart

LATE_ARRIVAL: Final = "timeout before"
ASYNC_REFUSAL: Final = "RMS rejection"

PLACED: Final = {
    REFUSED: (503, 0),
    "reset before": (504, 0),
    "reset after accept": (200, 1),
    LATE_ARRIVAL: (504, 0),
    "timeout after accept": (200, 1),
    "HTML after accept": (200, 1),
    "bad JSON after accept": (200, 1),
    "429": (200, 1),
    DEAD_TOKEN: (200, 1),
    ASYNC_REFUSAL: (200, 1),
    "late book": (200, 1),
}
"""A new order: status, and how many orders the exchange holds."""

CHANGED: Final = {
    REFUSED: (503, False),
    "reset before": (504, False),
    "reset after accept": (200, True),
    LATE_ARRIVAL: (504, False),
    "timeout after accept": (200, True),
    "HTML after accept": (200, True),
    "bad JSON after accept": (200, True),
    "429": (200, True),
    DEAD_TOKEN: (200, True),
    ASYNC_REFUSAL: (200, False),
    "late book": (200, True),
}
"""New terms: status, and whether the exchange has them."""

CANCELLED: Final = {
    REFUSED: (503, OrderState.NEW),
    "reset before": (200, OrderState.CANCELLED),
    "reset after accept": (200, OrderState.CANCELLED),
    LATE_ARRIVAL: (200, OrderState.CANCELLED),
    "timeout after accept": (200, OrderState.CANCELLED),
    "HTML after accept": (200, OrderState.CANCELLED),
    "bad JSON after accept": (200, OrderState.CANCELLED),
    "429": (200, OrderState.CANCELLED),
    DEAD_TOKEN: (200, OrderState.CANCELLED),
    ASYNC_REFUSAL: (400, OrderState.REJECTED),
    "late book": (200, OrderState.CANCELLED),
}
"""A cancel: status, and the order's state. One that was lost on its way may safely be repeated, and is."""

CLOSED: Final = {
    REFUSED: (502, "rejected", 10),
    "reset before": (502, "unknown", 10),
    "reset after accept": (200, "closed", 0),
    LATE_ARRIVAL: (502, "unknown", 10),
    "timeout after accept": (200, "closed", 0),
    "HTML after accept": (200, "closed", 0),
    "bad JSON after accept": (200, "closed", 0),
    "429": (200, "closed", 0),
    DEAD_TOKEN: (200, "closed", 0),
    ASYNC_REFUSAL: (502, "rejected", 10),
    "late book": (200, "closed", 0),
}
"""One leg of a close: status, the leg's state, and what the exchange still holds of it."""


def assert_heard(world: World, status: int, body: dict[str, object]) -> None:
    assert (body["status"] == "success") == (status == 200)
    assert ("Do not resend" in str(body.get("message", ""))) == (status == 504)
    assert all(len(held) <= 1 for held in per_identifier(world).values())


def assert_resolved(world: World, trouble: str) -> None:
    """The journal knows the end of every intent, or lists it as unknown; what comes late is found."""
    unknown = trouble in {"reset before", LATE_ARRIVAL}
    assert len(world.desk.journal.open_entries()) == unknown
    if trouble == LATE_ARRIVAL:
        before = len(world.sim.exchange.all_orders())
        world.sim.faults.release()
        assert eventually(lambda: len(world.sim.exchange.all_orders()) == before + 1)
    session = world.desk.keeper.session_for(world.auth).unwrap()
    resolution = world.desk.recovery.resolve(session)
    assert is_successful(resolution)
    assert len(resolution.unwrap().unknown) == (trouble == "reset before")
    assert all(len(held) <= 1 for held in per_identifier(world).values())


@pytest.mark.parametrize("trouble", TROUBLES)
def test_place(tmp_path: Path, trouble: str) -> None:
    status, held = PLACED[trouble]
    with a_troubled_desk(tmp_path) as (world, gate):
        strike(world, gate, trouble, "place")
        hide_orders(world, trouble)

        reply, body, order_id = place_order_api(order(), world.auth)

        orders = world.sim.exchange.all_orders()
        assert (reply.status, len(orders), order_id) == (
            status,
            held,
            str(orders[0].order_id) if status == 200 else None,
        )
        assert_heard(world, status, body)
        if trouble == ASYNC_REFUSAL:
            rows = get_order_book(world.auth)
            assert isinstance(rows, list)
            assert [(row["order_status"], row["rejection_reason"]) for row in rows] == [
                ("rejected", "RMS: margin exceeds")
            ]
        if trouble != REFUSED:
            assert_resolved(world, trouble)
        assert world.sim.exchange.requests["login"] == (2 if trouble == DEAD_TOKEN else 1)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_smart_order(tmp_path: Path, trouble: str) -> None:
    status, held = PLACED[trouble]
    with a_troubled_desk(tmp_path) as (world, gate):
        strike(world, gate, trouble, "place", last_read="dealerorderbook")
        hide_orders(world, trouble)

        reply, body, order_id = place_smartorder_api(smart(10), world.auth)

        orders = world.sim.exchange.all_orders()
        assert reply is not None
        assert (reply.status, len(orders), order_id) == (
            status,
            held,
            str(orders[0].order_id) if status == 200 else None,
        )
        assert_heard(world, status, body)
        assert world.net() == (0 if trouble == ASYNC_REFUSAL else 10 * held)
        if trouble != REFUSED:
            assert_resolved(world, trouble)
            repeated, _, _ = place_smartorder_api(smart(10), world.auth)
            assert (repeated is None) == (trouble not in {"reset before", ASYNC_REFUSAL})
            assert world.net() == (0 if trouble == "reset before" else 10)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_modify(tmp_path: Path, trouble: str) -> None:
    status, changed = CHANGED[trouble]
    with a_troubled_desk(tmp_path) as (world, gate):
        hide_orders(world, trouble)
        terms = order(pricetype="LIMIT", price=world.price("0.98"))
        _, _, order_id = place_order_api(terms, world.auth)
        strike(world, gate, trouble, "modify")
        wanted = world.price("0.97")

        body, heard = modify_order(terms | {"orderid": order_id, "price": wanted}, world.auth)

        (held,) = world.sim.exchange.all_orders()
        assert (heard, held.terms.price == wanted, held.state.is_working) == (status, changed, True)
        assert_heard(world, status, body)
        world.sim.faults.release()
        if trouble == LATE_ARRIVAL:
            assert eventually(lambda: held.terms.price == wanted)
        assert len(world.sim.exchange.all_orders()) == 1


@pytest.mark.parametrize("trouble", TROUBLES)
def test_cancel(tmp_path: Path, trouble: str) -> None:
    status, state = CANCELLED[trouble]
    with a_troubled_desk(tmp_path) as (world, gate):
        hide_orders(world, trouble)
        if trouble == ASYNC_REFUSAL:
            strike(world, gate, trouble, "place")
        _, _, order_id = place_order_api(order(pricetype="LIMIT", price=world.price("0.98")), world.auth)
        assert order_id is not None
        if trouble != ASYNC_REFUSAL:
            strike(world, gate, trouble, "cancel")

        body, heard = cancel_order(order_id, world.auth)

        (held,) = world.sim.exchange.all_orders()
        assert (heard, held.state) == (status, state)
        assert_heard(world, status, body)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_one_leg_of_a_close(tmp_path: Path, trouble: str) -> None:
    status, state, remaining = CLOSED[trouble]
    with a_troubled_desk(tmp_path) as (world, gate):
        place_order_api(order(), world.auth)
        strike(world, gate, trouble, "place", last_read="dealerorderbook")
        hide_orders(world, trouble)

        body, heard = close_all_positions("", world.auth)

        (leg,) = body["data"]
        # Where the broker is gone before the leg could be looked at again, nobody knows more than that.
        told = {state, "unknown"} if trouble == REFUSED else {state}
        assert (heard, world.net()) == (status, remaining)
        assert leg["state"] in told
        assert leg["remaining"] in {remaining, None}
        assert all(len(held) <= 1 for held in per_identifier(world).values())
        if trouble != REFUSED:
            assert_resolved(world, trouble)
        assert world.net() in {0, 10}


@pytest.mark.parametrize("trouble", [each for each in TROUBLES if each not in {REFUSED, ASYNC_REFUSAL, "late book"}])
def test_the_cancel_of_a_stop_before_a_close(tmp_path: Path, trouble: str) -> None:
    with a_troubled_desk(tmp_path) as (world, gate):
        place_order_api(order(), world.auth)
        stop = order(action="SELL", pricetype="SL-M", trigger_price=world.price("0.98"))
        place_order_api(stop, world.auth)
        strike(world, gate, trouble, "cancel")

        _, heard = close_all_positions("", world.auth)
        world.sim.exchange.move(SBIN, world.price("0.97"))

        assert (heard, world.net(), world.sim.exchange.working_orders()) == (200, 0, [])


def test_a_broker_that_is_back_in_a_moment_gets_the_order_once(tmp_path: Path) -> None:
    with a_troubled_desk(tmp_path) as (world, gate):
        gate.shut()
        back = threading.Timer(PACE.retries[0] / 2, gate.open)
        back.start()

        reply, _, _ = place_order_api(order(), world.auth)

        back.join()
        assert (reply.status, len(world.sim.exchange.all_orders())) == (200, 1)
