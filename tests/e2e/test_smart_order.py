"""Smart orders against the exchange's own position."""

from pathlib import Path
from threading import Thread

import pytest

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.openalgo.order_api import place_order_api, place_smartorder_api
from tests.e2e.world import World, a_world, order, smart


def hold(world: World, units: int) -> None:
    """Take a position to begin with."""
    if units:
        place_order_api(order(quantity=abs(units), action="BUY" if units > 0 else "SELL"), world.auth)


@pytest.mark.parametrize("account", list(AccountKind))
def test_every_kind_of_account_reads_its_own_position(tmp_path: Path, account: AccountKind) -> None:
    with a_world(tmp_path, account) as world:
        hold(world, 75)

        reply, _, order_id = place_smartorder_api(smart(25), world.auth)

        assert reply is not None
        assert (reply.status, order_id is not None, world.net()) == (200, True, 25)


def test_a_resting_order_that_reaches_the_target_is_no_reason_for_another(world: World) -> None:
    place_order_api(order(quantity=75, pricetype="LIMIT", price=world.price("0.98")), world.auth)

    reply, body, _ = place_smartorder_api(smart(75, pricetype="LIMIT", price=world.price("0.99")), world.auth)

    assert (reply, world.sent()) == (None, 1)
    assert "No action needed" in body["message"]


def test_a_lagging_position_book_is_waited_for_not_traded_on(world: World) -> None:
    world.sim.faults.add(Fault(FaultKind.POSITION_LAG, on="place", seconds=1.5))
    signals = [Thread(target=place_smartorder_api, args=(smart(75), world.auth)) for _ in range(10)]

    for signal in signals:
        signal.start()
    for signal in signals:
        signal.join(20)

    assert (world.net(), world.sent()) == (75, 1)


def test_a_smart_order_above_the_freeze_quantity_goes_out_in_slices(world: World) -> None:
    future = world.nifty_future()
    assert future.largest_order is not None
    target = future.largest_order + future.lot_size

    reply, body, _ = place_smartorder_api(
        smart(target, symbol=future.symbol, exchange="NFO", product="NRML"), world.auth
    )

    assert reply is not None
    assert (reply.status, len(body["orderids"]), world.net(future.key, "NRML")) == (200, 2, target)
