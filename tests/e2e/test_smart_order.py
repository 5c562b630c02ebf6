"""Smart orders against the exchange's own position."""

from decimal import Decimal
from pathlib import Path
from threading import Thread

import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.faults.fault import Fault, FaultKind
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.openalgo.order_api import place_order_api, place_smartorder_api
from tests.e2e.world import BOOKED_TO, INSTRUMENTS, SBIN, World, a_world, order, smart

SCENARIOS = [
    pytest.param(0, 75, 75, 1, id="open-long"),
    pytest.param(0, -75, -75, 1, id="open-short"),
    pytest.param(75, 150, 150, 1, id="increase-long"),
    pytest.param(-75, -150, -150, 1, id="increase-short"),
    pytest.param(150, 75, 75, 1, id="reduce-long"),
    pytest.param(-150, -75, -75, 1, id="reduce-short"),
    pytest.param(75, 0, 0, 1, id="close-long"),
    pytest.param(-75, 0, 0, 1, id="close-short"),
    pytest.param(75, -75, -75, 1, id="reverse-long"),
    pytest.param(-75, 75, 75, 1, id="reverse-short"),
    pytest.param(75, 75, 75, 0, id="no-change-long"),
    pytest.param(-75, -75, -75, 0, id="no-change-short"),
    pytest.param(0, 0, 0, 0, id="no-change-flat"),
]


def hold(world: World, units: int) -> None:
    """Take a position to begin with."""
    if units:
        place_order_api(order(quantity=abs(units), action="BUY" if units > 0 else "SELL"), world.auth)


@pytest.mark.parametrize(("start", "target", "end", "orders"), SCENARIOS)
def test_the_target_is_reached_with_the_fewest_orders(
    world: World, start: int, target: int, end: int, orders: int
) -> None:
    hold(world, start)
    before = world.sent()

    _, body, _ = place_smartorder_api(smart(float(target)), world.auth)

    assert (world.net(), world.sent() - before) == (end, orders)
    assert ("No action needed" in body.get("message", "")) is (orders == 0)


@pytest.mark.parametrize("account", list(AccountKind))
def test_every_kind_of_account_reads_its_own_position(tmp_path: Path, account: AccountKind) -> None:
    with a_world(tmp_path, account) as world:
        hold(world, 75)

        reply, _, order_id = place_smartorder_api(smart(25), world.auth)

        assert reply is not None
        assert (reply.status, order_id is not None, world.net()) == (200, True, 25)


def test_a_resting_order_that_reaches_the_target_is_no_reason_for_another(world: World) -> None:
    place_order_api(order(quantity=75, pricetype="LIMIT", price=world.price("0.98")), world.auth)

    reply, body, _ = place_smartorder_api(smart(75), world.auth)

    assert (reply, world.sent()) == (None, 1)
    assert "No action needed" in body["message"]


def test_a_protective_stop_does_not_count_as_an_exit_under_way(world: World) -> None:
    hold(world, 75)
    place_order_api(order(quantity=75, action="SELL", pricetype="SL-M", trigger_price=world.price("0.98")), world.auth)

    reply, _, _ = place_smartorder_api(smart(75), world.auth)

    assert (reply, world.sent(), world.net()) == (None, 2, 75)


def test_an_order_that_fills_while_the_signal_repeats_is_not_doubled(world: World) -> None:
    place_order_api(order(quantity=75, pricetype="LIMIT", price=world.price("0.98")), world.auth)
    world.sim.exchange.move(SBIN, world.price("0.97"))

    place_smartorder_api(smart(75), world.auth)

    assert (world.net(), world.sent()) == (75, 1)


def test_a_lagging_position_book_is_waited_for_not_traded_on(world: World) -> None:
    world.sim.faults.add(Fault(FaultKind.POSITION_LAG, on="place", seconds=1.5))
    signals = [Thread(target=place_smartorder_api, args=(smart(75), world.auth)) for _ in range(10)]

    for signal in signals:
        signal.start()
    for signal in signals:
        signal.join(20)

    assert (world.net(), world.sent()) == (75, 1)


def test_an_order_that_the_book_does_not_show_yet_counts(world: World) -> None:
    world.sim.faults.add(Fault(FaultKind.BOOK_DELAY, on="place", seconds=2.0))
    world.sim.faults.add(Fault(FaultKind.POSITION_LAG, on="place", seconds=2.0))

    place_smartorder_api(smart(75), world.auth)
    place_smartorder_api(smart(75), world.auth)

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


def test_flat_with_a_quantity_is_no_entry_unless_the_policy_says_so(tmp_path: Path) -> None:
    with a_world(tmp_path) as world:
        reply, _, _ = place_smartorder_api(smart(0, quantity=75, action="SELL"), world.auth)
        assert (reply, world.net()) == (None, 0)

    with a_world(tmp_path / "upstream", JAINAM_FLAT_TARGET_POLICY="openalgo") as world:
        place_smartorder_api(smart(0, quantity=75, action="SELL"), world.auth)
        assert world.net() == -75


def test_a_carried_position_is_what_it_is(tmp_path: Path) -> None:
    with a_world(tmp_path, config=SimulatorConfig(instruments=INSTRUMENTS, rate_limits=False)) as world:
        slot = Slot(BOOKED_TO[AccountKind.PRO], "NRML", SBIN)
        world.sim.exchange.carry_in(slot, 100, Decimal(800))

        place_smartorder_api(smart(40, product="NRML"), world.auth)
        place_smartorder_api(smart(40, product="NRML"), world.auth)

        assert (world.net(product="NRML"), world.sent()) == (40, 1)


def test_an_exit_cancels_a_resting_entry_instead_of_selling_short(world: World) -> None:
    place_order_api(order(quantity=75, pricetype="LIMIT", price=world.price("0.98")), world.auth)

    reply, body, _ = place_smartorder_api(smart(0), world.auth)
    world.sim.exchange.move(SBIN, world.price("0.97"))

    assert (reply, world.net(), world.sent(), world.sim.exchange.working_orders()) == (None, 0, 1, [])
    assert "No action needed" in body["message"]


def test_an_exit_of_a_position_with_a_resting_increase_ends_flat(world: World) -> None:
    hold(world, 75)
    place_order_api(order(quantity=75, pricetype="LIMIT", price=world.price("0.98")), world.auth)

    reply, _, _ = place_smartorder_api(smart(0), world.auth)
    world.sim.exchange.move(SBIN, world.price("0.97"))

    assert reply is not None
    assert (reply.status, world.net(), world.sent()) == (200, 0, 3)


def test_orders_that_lead_away_and_cannot_be_cancelled_stop_a_smart_order(world: World) -> None:
    place_order_api(order(quantity=75, pricetype="LIMIT", price=world.price("0.98")), world.auth)
    world.sim.faults.add(Fault(FaultKind.REFUSED, on="cancel", times=None, code="e-orders-0021", text="Not now"))

    reply, _, _ = place_smartorder_api(smart(0), world.auth)

    assert reply is not None
    assert (reply.status, world.net(), world.sent()) == (409, 0, 1)
