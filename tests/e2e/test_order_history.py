"""The history of one order: every state it passed through, oldest first."""

from pathlib import Path

import pytest

from jainam_prop.adapters.simulator.faults.fault import Fault, FaultKind
from jainam_prop.domain.errors import Invalid, Unreadable
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.domain.sessions.session import AccountKind, Session
from jainam_prop.entrypoints.openalgo.order_api import cancel_order, place_order_api
from tests.e2e.world import World, a_world, order


def session(world: World) -> Session:
    return world.desk.keeper.session_for(world.auth).unwrap()


def rest(world: World) -> str:
    """Place an order that rests and return its id."""
    _, _, order_id = place_order_api(order(pricetype="LIMIT", price=world.price("0.98")), world.auth)
    assert order_id is not None
    return order_id


@pytest.mark.parametrize("account", list(AccountKind))
def test_every_state_is_there_oldest_first(tmp_path: Path, account: AccountKind) -> None:
    with a_world(tmp_path, account) as world:
        order_id = rest(world)
        cancel_order(order_id, world.auth)

        states = world.desk.read_books.order_history(session(world), order_id).unwrap()

        assert {state.order_id for state in states} == {order_id}
        assert [state.state for state in states] == [
            OrderState.PENDING_NEW,
            OrderState.NEW,
            OrderState.PENDING_CANCEL,
            OrderState.CANCELLED,
        ]


def test_one_that_does_not_show_yet_is_looked_for_again(world: World) -> None:
    world.sim.faults.add(Fault(FaultKind.HISTORY_DELAY, on="place", seconds=0.8))
    order_id = rest(world)

    assert [state.state for state in world.desk.read_books.order_history(session(world), order_id).unwrap()][-1:] == [
        OrderState.NEW
    ]


def test_an_order_that_the_broker_does_not_know_is_no_empty_history(world: World) -> None:
    error = world.desk.read_books.order_history(session(world), "4242").failure()

    assert isinstance(error, Unreadable)
    assert "order 4242" in error.message


@pytest.mark.parametrize("order_id", ["", " ", "42x"])
def test_what_is_no_order_id_is_not_asked_for(world: World, order_id: str) -> None:
    assert isinstance(world.desk.read_books.order_history(session(world), order_id).failure(), Invalid)
    assert world.sim.exchange.requests["order_history"] == 0
