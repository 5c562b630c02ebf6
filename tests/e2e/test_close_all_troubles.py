"""What can go wrong around an emergency close, at the worst moment."""

import random
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.adapters.system.symbol_guard import ThreadGuard
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.openalgo.data import BrokerData
from jainam_prop.entrypoints.openalgo.order_api import (
    close_all_positions,
    place_order_api,
    place_smartorder_api,
)
from tests.e2e.processes import start, together
from tests.e2e.troubles import QUICK, eventually
from tests.e2e.world import (
    BOOKED_TO,
    INSTRUMENTS,
    SBIN,
    UNPACED,
    a_desk,
    a_world,
    order,
    settings_text,
    smart,
)
from tests.fakes.broker.portfolio import hold, left, reversed_positions, some

NAMES = ("SBIN", "RELIANCE", "TCS", "INFY", "ICICIBANK")


def test_a_close_goes_before_the_smart_orders_that_line_up(tmp_path: Path) -> None:
    """The broker holds one order of the first signal and then the one of the close, so that all others stand still."""
    with a_world(tmp_path, timing=replace(QUICK, call=100.0, close_all=100.0)) as world:
        faults, key, guard = world.sim.faults, PositionKey(SBIN, "MIS"), world.container.infra.guard()
        assert isinstance(guard, ThreadGuard)
        with ThreadPoolExecutor(31) as pool:
            for side in ("BUY", "SELL"):
                faults.add(Fault(FaultKind.HOLD, on="place", where={"orderSide": side}, seconds=90.0))
            signals = [pool.submit(place_smartorder_api, smart(75), world.auth) for _ in range(30)]
            assert faults.wait_holding(60)
            assert eventually(lambda: guard.waiting().get(key, 0) == 29, 60)
            closing = pool.submit(close_all_positions, "", world.auth)
            assert eventually(lambda: guard.waiting().get(key, 0) == 30, 60)
            faults.release()
            assert faults.wait_holding(60)
            answered = sum(signal.done() for signal in signals)
            faults.release()

        assert (closing.result()[1], answered <= 1, world.net()) == (200, True, 75)
        assert reversed_positions(world.sim.exchange, {}) == []


def test_an_exit_and_a_close_are_quick_while_a_hundred_callers_wait_for_quotes_that_hang(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_REQUEST_TIMEOUT="10") as world, ThreadPoolExecutor(100) as callers:
        for symbol in ("SBIN", "RELIANCE", "TCS"):
            place_order_api(order(symbol=symbol), world.auth)
        world.sim.faults.add(Fault(FaultKind.HOLD, on="quotes", times=None))
        prices, asked = BrokerData(world.auth), world.sim.exchange.requests
        waiting = [callers.submit(prices.get_quotes, "SBIN", "NSE") for _ in range(100)]
        assert eventually(lambda: asked["quotes"] >= 20)
        began = time.monotonic()
        _, exited, _ = place_smartorder_api(smart(0), world.auth)
        _, close_status = close_all_positions("", world.auth)
        took = time.monotonic() - began
        still = sum(not each.done() for each in waiting)
        world.sim.faults.clear()
        world.sim.faults.release()

    assert (exited["status"], close_status, left(world.sim.exchange)) == ("success", 200, {})
    assert (took < 8.0, still) == (True, 100)


def test_two_closes_at_once_of_more_than_one_can_send_in_time_reverse_nothing(tmp_path: Path) -> None:
    brisk = {"JAINAM_ORDER_RATE": "15", "JAINAM_REQUEST_TIMEOUT": "2.5"}
    config = SimulatorConfig(instruments=INSTRUMENTS)
    with XtsSimulator(config) as sim, a_desk(sim, tmp_path, **brisk) as one, a_desk(sim, tmp_path, **brisk) as two:  # type: ignore[arg-type]
        sim.exchange.set_funds(BOOKED_TO[one.account], Decimal(10**12))
        holdings = some(sim.exchange.universe, random.Random(2), 40, with_stops=False)  # noqa: S311
        for holding in holdings:
            hold(sim.exchange, BOOKED_TO[one.account], holding)
        start = left(sim.exchange)
        sessions = [world.desk.sessions.session_for(world.auth).unwrap() for world in (one, two)]
        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(
                lambda world, session: world.desk.close_all_positions(session).unwrap(), (one, two), sessions
            )

        assert (len(sim.exchange.all_orders()), reversed_positions(sim.exchange, start), left(sim.exchange)) == (
            40,
            [],
            {},
        )
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

        assert (bodies[-1][1], world.net(), reversed_positions(world.sim.exchange, {})) == (200, 0, [])
