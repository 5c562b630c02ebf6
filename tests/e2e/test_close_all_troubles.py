"""What can go wrong around an emergency close, at the worst moment."""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.faults.fault import Fault, FaultKind
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.adapters.system.symbol_guard import ThreadGuard
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.openalgo.order_api import (
    close_all_positions,
    place_order_api,
    place_smartorder_api,
)
from tests.e2e.portfolio import hold, left, reversed_positions, some, trade
from tests.e2e.processes import start, together
from tests.e2e.troubles import QUICK, eventually, per_identifier
from tests.e2e.world import (
    BOOKED_TO,
    INSTRUMENTS,
    RELIANCE,
    SBIN,
    TCS,
    UNPACED,
    World,
    a_desk,
    a_world,
    order,
    settings_text,
    smart,
)

NAMES = ("SBIN", "RELIANCE", "TCS", "INFY", "ICICIBANK")


def states(body: dict[str, Any]) -> dict[str, str]:
    return {leg["symbol"]: leg["state"] for leg in body["data"]}


def test_a_token_that_dies_in_the_middle_costs_one_login_and_nothing_else(world: World) -> None:
    for symbol in NAMES:
        place_order_api(order(symbol=symbol), world.auth)
    world.sim.faults.add(Fault(FaultKind.TOKEN_KILLED, on="place", skip=2))

    _, status = close_all_positions("", world.auth)

    assert (status, left(world), world.sim.exchange.requests["login"]) == (200, {}, 2)
    assert all(len(held) == 1 for held in per_identifier(world).values())


@pytest.mark.parametrize("is_shared", [True, False])
@pytest.mark.parametrize("kind", [FaultKind.SERVER_ERROR, FaultKind.FALSE_EMPTY, FaultKind.RATE_LIMITED])
def test_a_position_book_that_fails_after_the_plan_proves_nothing(
    tmp_path: Path, kind: FaultKind, *, is_shared: bool
) -> None:
    with a_world(tmp_path, timing=QUICK if is_shared else replace(QUICK, poll=0.001)) as world:
        place_order_api(order(), world.auth)
        slot = Slot(BOOKED_TO[world.account], "NRML", RELIANCE)
        world.sim.exchange.carry_in(slot, 100, Decimal(1300))
        refused = Fault(FaultKind.RMS_REJECT, on="place", times=None, where={"exchangeInstrumentID": "2885"})
        world.sim.faults.add(refused)
        world.sim.faults.add(Fault(kind, on="dealer_positions", times=None, skip=1))

        body, status = close_all_positions("", world.auth)

        # Whether the other leg could go depends on how soon after the plan it was, when its book may be shared.
        assert (status, left(world)[slot]) == (502, 100)
        assert states(body)["RELIANCE"] in {"rejected", "unknown"}


def test_a_carried_position_is_not_closed_because_every_later_book_is_empty(tmp_path: Path) -> None:
    with a_world(tmp_path, timing=replace(QUICK, poll=0.001)) as world:
        slot = Slot(BOOKED_TO[world.account], "NRML", RELIANCE)
        world.sim.exchange.carry_in(slot, 100, Decimal(1300))
        world.sim.faults.add(Fault(FaultKind.FALSE_EMPTY, on="dealer_positions", times=None, skip=1))

        body, status = close_all_positions("", world.auth)

        assert (status, left(world), states(body)) == (502, {slot: 100}, {"RELIANCE": "unknown"})
        assert "the position book is empty, although it had rows today" in body["message"]


def test_one_book_that_is_falsely_empty_is_no_flat_account(world: World) -> None:
    world.sim.exchange.carry_in(Slot(BOOKED_TO[world.account], "NRML", RELIANCE), 100, Decimal(1300))
    world.sim.faults.add(Fault(FaultKind.FALSE_EMPTY, on="dealer_positions"))

    _, status = close_all_positions("", world.auth)

    assert (status, left(world), world.sent()) == (200, {}, 1)


def test_an_entry_whose_cancel_takes_its_time_is_waited_for(tmp_path: Path) -> None:
    with a_world(tmp_path, timing=replace(QUICK, call=2.0)) as world:
        place_order_api(order(quantity=75), world.auth)
        place_order_api(order(quantity=25, pricetype="LIMIT", price=world.price("0.98")), world.auth)
        world.sim.faults.add(Fault(FaultKind.SETTLE_DELAY, on="cancel", seconds=0.4))

        _, status = close_all_positions("", world.auth)

        _, entry, closing = world.sim.exchange.all_orders()
        assert (status, left(world), entry.state) == (200, {}, OrderState.CANCELLED)
        assert closing.placed_at > entry.history[-1].at


def test_a_stop_that_its_book_hides_after_the_cancel_is_not_forgotten(tmp_path: Path) -> None:
    with a_world(tmp_path, timing=QUICK) as world:
        place_order_api(order(quantity=75), world.auth)
        stop = order(quantity=75, action="SELL", pricetype="SL-M", trigger_price=world.price("0.98"))
        place_order_api(stop, world.auth)
        world.sim.faults.add(Fault(FaultKind.SETTLE_DELAY, on="cancel", seconds=0.6))
        world.sim.faults.add(Fault(FaultKind.SLOW, on="cancel", seconds=0.1))
        world.sim.faults.add(Fault(FaultKind.FALSE_EMPTY, on="dealer_order_book", skip=1, times=3))

        close_all_positions("", world.auth)
        world.sim.exchange.move(SBIN, world.price("0.97"))

        assert (world.net(), reversed_positions(world, {})) == (0, [])


def test_a_fill_that_no_book_shows_yet_is_no_flat_account(world: World) -> None:
    world.sim.faults.add(Fault(FaultKind.POSITION_LAG, on="place", seconds=0.6, times=1))
    world.sim.faults.add(Fault(FaultKind.BOOK_DELAY, on="place", seconds=0.6, times=1))
    place_order_api(order(quantity=75), world.auth)

    _, status = close_all_positions("", world.auth)

    assert (status, left(world)) == (200, {})


def test_a_position_book_that_never_hears_of_a_fill_is_no_flat_account(tmp_path: Path) -> None:
    with a_world(tmp_path, timing=QUICK) as world:
        world.sim.faults.add(Fault(FaultKind.POSITION_LAG, on="place", seconds=60))
        place_order_api(order(quantity=75), world.auth)

        body, status = close_all_positions("", world.auth)

        assert (status, world.net(), states(body)) == (502, 75, {"SBIN": "unknown"})


def test_an_entry_of_unknown_fate_is_no_flat_account(tmp_path: Path) -> None:
    with a_world(tmp_path, timing=QUICK) as world:
        world.sim.faults.add(Fault(FaultKind.RESET, on="place"))
        place_order_api(order(), world.auth)

        body, status = close_all_positions("", world.auth)

        assert (status, states(body)) == (502, {"SBIN": "unknown"})
        assert "the outcome of order" in body["message"]


def test_a_stop_that_fires_while_its_cancel_is_on_the_way_leaves_nothing_to_sell(world: World) -> None:
    place_order_api(order(quantity=75), world.auth)
    stop = order(quantity=75, action="SELL", pricetype="SL-M", trigger_price=world.price("0.98"))
    place_order_api(stop, world.auth)
    world.sim.faults.add(Fault(FaultKind.HOLD, on="cancel", processed=False))
    with ThreadPoolExecutor(1) as pool:
        closing = pool.submit(close_all_positions, "", world.auth)
        assert world.sim.faults.wait_holding(5)
        world.sim.exchange.move(SBIN, world.price("0.97"))
        world.sim.faults.release()
        _, status = closing.result(20)

    assert (status, world.net(), world.sent()) == (200, 0, 2)


def test_an_order_book_that_was_falsely_empty_at_first_does_not_make_a_lagging_position_look_settled(
    tmp_path: Path,
) -> None:
    with a_world(tmp_path, timing=QUICK) as world:
        trade(world, world.sim.exchange.universe.named(Exchange.NSE, "SBIN-EQ"), "MIS", 75)
        world.sim.faults.add(Fault(FaultKind.FALSE_EMPTY, on="dealer_order_book"))
        world.sim.faults.add(Fault(FaultKind.POSITION_LAG, on="place", seconds=0.5))

        close_all_positions("", world.auth)

        assert (world.net(), reversed_positions(world, {})) == (0, [])


def test_a_silent_leg_delays_nobody_beyond_a_call(tmp_path: Path) -> None:
    with a_world(tmp_path, timing=QUICK) as world:
        for symbol in NAMES:
            place_order_api(order(symbol=symbol), world.auth)
        silent = Fault(FaultKind.HOLD, on="place", processed=False, where={"exchangeInstrumentID": "3045"})
        world.sim.faults.add(silent)
        began = time.monotonic()

        body, status = close_all_positions("", world.auth)

        took = time.monotonic() - began
        assert (status, states(body)) == (502, dict.fromkeys(NAMES, "closed") | {"SBIN": "unknown"})
        assert took < 4 * QUICK.call < QUICK.close_all
        world.sim.faults.release()
        assert eventually(lambda: world.net() == 0)
        assert reversed_positions(world, {}) == []


def test_a_storm_of_rate_limits_does_not_stop_a_close(world: World) -> None:
    for symbol in NAMES:
        place_order_api(order(symbol=symbol), world.auth)
    world.sim.faults.add(Fault(FaultKind.RATE_LIMITED, on="place", times=8))

    _, status = close_all_positions("", world.auth)

    assert (status, left(world), world.sim.exchange.requests["login"]) == (200, {}, 1)


def test_a_leg_whose_guard_nobody_gives_up_waits_but_not_for_ever_and_delays_no_other(tmp_path: Path) -> None:
    with a_world(tmp_path, timing=QUICK) as world:
        for symbol in NAMES:
            place_order_api(order(symbol=symbol), world.auth)
        done, holding = threading.Event(), threading.Event()

        def hold_on() -> None:
            with world.container.infra.guard().hold(PositionKey(SBIN, "MIS"), 1.0):
                holding.set()
                done.wait(20)

        with ThreadPoolExecutor(2) as pool:
            pool.submit(hold_on)
            assert holding.wait(5)
            closing = pool.submit(close_all_positions, "", world.auth)
            assert eventually(lambda: len(left(world)) == 1, QUICK.call)
            before = world.net()
            _, status = closing.result(20)
            done.set()

        assert (before, status, left(world)) == (10, 200, {})


def test_a_close_goes_before_the_smart_orders_that_line_up(tmp_path: Path) -> None:
    patient = replace(QUICK, call=10.0, close_all=30.0)
    with a_world(tmp_path, timing=patient) as world:
        place_order_api(order(quantity=75), world.auth)
        world.sim.faults.add(Fault(FaultKind.SLOW, on="dealer_positions", times=None, seconds=0.1))
        key, guard = PositionKey(SBIN, "MIS"), world.container.infra.guard()
        assert isinstance(guard, ThreadGuard)
        with ThreadPoolExecutor(31) as pool:
            signals = [pool.submit(place_smartorder_api, smart(75), world.auth) for _ in range(30)]
            assert eventually(lambda: guard.waiting().get(key, 0) > 20)
            _, status = pool.submit(close_all_positions, "", world.auth).result(30)
            still = sum(not signal.done() for signal in signals)

        assert status == 200
        assert still > 10
        assert reversed_positions(world, {}) == []


def test_two_closes_at_once_of_more_than_one_can_send_in_time_reverse_nothing(tmp_path: Path) -> None:
    brisk = {"JAINAM_ORDER_RATE": "15", "JAINAM_REQUEST_TIMEOUT": "2.5"}
    config = SimulatorConfig(instruments=INSTRUMENTS)
    with XtsSimulator(config) as sim, a_desk(sim, tmp_path, **brisk) as one, a_desk(sim, tmp_path, **brisk) as two:  # type: ignore[arg-type]
        sim.exchange.set_funds(BOOKED_TO[one.account], Decimal(10**12))
        holdings = some(one, random.Random(2), 40, with_stops=False)  # noqa: S311
        for holding in holdings:
            hold(one, holding)
        start = left(one)
        sessions = [world.desk.keeper.session_for(world.auth).unwrap() for world in (one, two)]
        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(
                lambda world, session: world.desk.close_all_positions(session).unwrap(), (one, two), sessions
            )

        assert (len(sim.exchange.all_orders()), reversed_positions(one, start), left(one)) == (40, [], {})
        assert first.is_flat or second.is_flat


def test_a_smart_order_of_another_process_and_a_close_do_not_reverse_a_position(tmp_path: Path) -> None:
    with XtsSimulator(UNPACED) as sim, a_desk(sim, tmp_path) as world:
        place_order_api(order(quantity=75), world.auth)
        texts = settings_text(sim, tmp_path, AccountKind.PRO, JAINAM_REQUEST_TIMEOUT="5")
        rival = start("crowd.py", texts, tmp_path, "4", "0")
        with ThreadPoolExecutor(1) as pool:
            lines = pool.submit(lambda: list(together([rival])))
            bodies = [close_all_positions("", world.auth) for _ in range(4)]
            lines.result(60)
        bodies.append(close_all_positions("", world.auth))

        assert (bodies[-1][1], world.net(), reversed_positions(world, {})) == (200, 0, [])


def test_what_a_strategy_opens_again_meanwhile_is_not_called_flat(tmp_path: Path) -> None:
    with a_world(tmp_path, timing=QUICK) as world:
        place_order_api(order(quantity=75), world.auth)
        place_order_api(order(symbol="TCS", quantity=5), world.auth)
        world.sim.faults.add(Fault(FaultKind.HOLD, on="place", where={"exchangeInstrumentID": "11536"}))
        with ThreadPoolExecutor(1) as pool:
            closing = pool.submit(close_all_positions, "", world.auth)
            assert world.sim.faults.wait_holding(5)
            assert eventually(lambda: world.net() == 0)
            place_order_api(order(quantity=30), world.auth)
            world.sim.faults.release()
            body, status = closing.result(20)

        assert (world.net(TCS), world.net() == 0) == (0, status == 200), body
