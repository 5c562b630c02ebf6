"""Every trouble on the way of an order over HTTP: at most one order per intent, and the caller hears the truth.

Every other verb meets the same troubles on the fake broker. The table says what is heard: 200 where the exchange did
it, 400 where the broker refused, 503 where nothing left, 504 where nobody can know ("may be live, do not resend"). What
was answered with "Request sent" and refused afterwards is accepted, and the order book tells the rest.
"""

import threading
from pathlib import Path
from typing import Final

import pytest
from returns.pipeline import is_successful

from jainam_prop.entrypoints.openalgo.order_api import (
    get_order_book,
    place_order_api,
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
from tests.e2e.world import World, order

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
    session = world.desk.sessions.session_for(world.auth).unwrap()
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


def test_a_broker_that_is_back_in_a_moment_gets_the_order_once(tmp_path: Path) -> None:
    with a_troubled_desk(tmp_path) as (world, gate):
        gate.shut()
        back = threading.Timer(PACE.retries[0] / 2, gate.open)
        back.start()

        reply, _, _ = place_order_api(order(), world.auth)

        back.join()
        assert (reply.status, len(world.sim.exchange.all_orders())) == (200, 1)
