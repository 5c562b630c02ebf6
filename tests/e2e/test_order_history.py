"""The history of one order: every state it passed through, oldest first."""

from pathlib import Path

import pytest

from jainam_prop.domain.orders.order import OrderState
from jainam_prop.domain.sessions.session import AccountKind, Session
from jainam_prop.entrypoints.openalgo.order_api import cancel_order, place_order_api
from tests.e2e.world import World, a_world, order


def session(world: World) -> Session:
    return world.desk.sessions.session_for(world.auth).unwrap()


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
