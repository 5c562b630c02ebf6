"""Many orders at once, rate limits that bite, and exits that go first all the same."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults.fault import Fault, FaultKind
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.orders.order import Side
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.entrypoints.openalgo.order_api import (
    close_all_positions,
    place_order_api,
    place_smartorder_api,
)
from tests.e2e.troubles import QUICK, SkippingClock, per_identifier
from tests.e2e.world import INSTRUMENTS, RELIANCE, UNPACED, World, a_desk, a_world, order, smart

THREADS: Final = 10
STRICT: Final = SimulatorConfig(instruments=INSTRUMENTS)
"""A broker that enforces its rate chart."""


def at_once(count: int, call: Callable[[int], Any]) -> list[Any]:
    """Make calls from as many threads, all at the same moment."""
    starting = threading.Barrier(count)

    def go(number: int) -> Any:  # noqa: ANN401
        starting.wait(10)
        return call(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(go, range(count)))


def test_ten_threads_place_at_once_and_each_gets_its_own_order(world: World) -> None:
    replies = at_once(THREADS, lambda _: [place_order_api(order(quantity=1), world.auth) for _ in range(5)])

    ids = [order_id for thread in replies for reply, _, order_id in thread if reply.status == 200]
    assert len(ids) == len(set(ids)) == 5 * THREADS == world.sent() == world.net()
    assert [len(held) for held in per_identifier(world).values()] == [1] * 5 * THREADS


def test_a_burst_above_the_rate_chart_is_paced_and_every_order_placed(tmp_path: Path) -> None:
    with a_world(tmp_path, config=STRICT, JAINAM_REQUEST_TIMEOUT="10") as world:
        replies = at_once(THREADS, lambda _: [place_order_api(order(quantity=1), world.auth) for _ in range(6)])

        heard = Counter(reply.status for thread in replies for reply, _, _ in thread)
        assert (heard, world.net()) == (Counter({200: 60}), 60)
        # On a machine with more to do than it can, orders arrive closer together than they left. Unpaced it is dozens.
        assert world.sim.rate_refusals <= 5


def test_a_storm_of_rate_limits_ends_with_all_orders_placed_and_nobody_logged_in(tmp_path: Path) -> None:
    with a_world(tmp_path, config=STRICT, JAINAM_REQUEST_TIMEOUT="10", JAINAM_RETRY_DELAYS="0.2,0.4,0.8") as world:
        world.sim.faults.add(Fault(FaultKind.RATE_LIMITED, on="place", times=12))
        world.sim.faults.add(Fault(FaultKind.RATE_LIMITED, on="place", skip=20, times=3, wrapped=True))

        replies = at_once(THREADS, lambda _: [place_order_api(order(quantity=1), world.auth) for _ in range(3)])

        heard = Counter(reply.status for thread in replies for reply, _, _ in thread)
        assert (heard, world.net()) == (Counter({200: 30}), 30)
        assert [len(held) for held in per_identifier(world).values()] == [1] * 30
        assert world.sim.exchange.requests["login"] == 1


class TestExits:
    """Exits go where entries must not, and before them where both may."""

    def test_in_reduce_exits_pass_and_entries_do_not(self, tmp_path: Path) -> None:
        with a_world(tmp_path) as opening:
            place_order_api(order(quantity=75), opening.auth)
            place_order_api(order(symbol="RELIANCE", quantity=30), opening.auth)
            place_order_api(order(symbol="TCS", quantity=40), opening.auth)
            with a_desk(opening.sim, tmp_path, JAINAM_TRADING_STATE="REDUCE") as world:
                entry = place_order_api(order(), world.auth)
                reversal = place_order_api(order(action="SELL", quantity=76), world.auth)
                larger = place_smartorder_api(smart(80), world.auth)
                partly = place_order_api(order(action="SELL", quantity=25), world.auth)
                smaller = place_smartorder_api(smart(10, symbol="RELIANCE"), world.auth)
                body, status = close_all_positions("", world.auth)

                statuses = [reply.status for reply, _, _ in (entry, reversal, larger, partly, smaller) if reply]
                assert statuses == [409, 409, 409, 200, 200]
                assert (status, body["message"]) == (200, "All Open Positions Squared Off")
                assert not any(line.net for line in world.sim.exchange.positions().values())

    def test_two_exits_at_once_in_reduce_reverse_nothing(self, tmp_path: Path) -> None:
        with a_world(tmp_path) as opening:
            place_order_api(order(quantity=75), opening.auth)
            with a_desk(opening.sim, tmp_path, JAINAM_TRADING_STATE="REDUCE") as world:
                replies = at_once(4, lambda _: place_order_api(order(action="SELL", quantity=75), world.auth))

                assert Counter(reply.status for reply, _, _ in replies) == Counter({200: 1, 409: 3})
                assert world.net() == 0

    def test_with_the_circuit_open_exits_pass_and_entries_do_not(self, tmp_path: Path) -> None:
        with a_world(tmp_path, timing=QUICK) as world:
            place_order_api(order(quantity=75), world.auth)
            place_order_api(order(symbol="RELIANCE", quantity=30), world.auth)
            world.sim.faults.add(Fault(FaultKind.RESET, on="place", times=3))
            lost = [place_order_api(order(), world.auth)[0].status for _ in range(3)]
            entry = place_order_api(order(symbol="TCS"), world.auth)
            larger = place_smartorder_api(smart(40, symbol="RELIANCE"), world.auth)

            plain = place_order_api(order(action="SELL", quantity=25), world.auth)

            assert larger[0] is not None
            assert (lost, entry[0].status, larger[0].status) == ([504] * 3, 409, 409)
            assert "circuit breaker" in entry[1]["message"]
            assert (plain[0].status, world.net()) == (200, 50)

    @pytest.mark.parametrize("exit_by", ["smart order", "close-all"])
    def test_with_the_circuit_open_a_position_can_be_left(self, tmp_path: Path, exit_by: str) -> None:
        with a_world(tmp_path, timing=QUICK) as world:
            place_order_api(order(symbol="RELIANCE", quantity=30), world.auth)
            world.sim.faults.add(Fault(FaultKind.RESET, on="place", times=3))
            for _ in range(3):
                place_order_api(order(), world.auth)
            assert place_order_api(order(symbol="TCS"), world.auth)[0].status == 409

            if exit_by == "smart order":
                place_smartorder_api(smart(0, symbol="RELIANCE"), world.auth)
            else:
                close_all_positions("", world.auth)

            assert world.net(RELIANCE) == 0

    def test_smart_orders_close_the_circuit_again_by_their_own_reads(self, tmp_path: Path) -> None:
        clock = SkippingClock()
        with (
            XtsSimulator(UNPACED) as sim,
            a_desk(sim, tmp_path, timing=QUICK, prepare=lambda desk: desk.infra.clock.override(clock)) as world,
        ):
            world.sim.faults.add(Fault(FaultKind.RESET, on="place", times=3))
            for _ in range(3):
                place_order_api(order(), world.auth)
            assert place_order_api(order(symbol="TCS"), world.auth)[0].status == 409
            clock.skip(11.0)

            reply, _, _ = place_smartorder_api(smart(30, symbol="RELIANCE"), world.auth)

            assert reply is not None
            assert (reply.status, world.net(RELIANCE)) == (200, 30)

    def test_with_the_entry_queue_full_a_close_goes_first(self, tmp_path: Path) -> None:
        with a_world(tmp_path, config=STRICT, JAINAM_ORDER_RATE="5", JAINAM_REQUEST_TIMEOUT="4") as world:
            for symbol in ("SBIN", "RELIANCE", "TCS"):
                place_order_api(order(symbol=symbol, quantity=10), world.auth)
            resting = order(pricetype="LIMIT", price=world.price("0.98"), quantity=1)
            with ThreadPoolExecutor(40) as pool:
                entries = [pool.submit(place_order_api, resting, world.auth) for _ in range(40)]
                throttle = world.container.infra.throttle()
                assert not throttle.wait(CallFamily.ORDER, 0.01)
                body, status = close_all_positions("", world.auth)
                heard = {entry.result(30)[0].status for entry in entries}

            assert (status, body["message"]) == (200, "All Open Positions Squared Off")
            assert heard <= {200, 409}
            sides = [each.side for each in world.sim.exchange.all_orders()]
            assert sides.count(Side.SELL) == 3
            assert Side.SELL not in sides[3 + 3 * 5 :]  # three windows of the rate at most, where entries fill eight
