"""What else can go wrong at the worst moment."""

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from returns.pipeline import is_successful
from sqlalchemy import event

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.container import Container
from jainam_prop.entrypoints.openalgo.order_api import (
    close_all_positions,
    place_order_api,
    place_smartorder_api,
)
from tests.e2e.processes import start
from tests.e2e.troubles import QUICK, SkippingClock
from tests.e2e.world import (
    SBIN,
    UNPACED,
    World,
    a_desk,
    a_world,
    order,
    settings_text,
    smart,
)


class TestBooksThatLag:
    """Signals that repeat while the books are behind."""

    def test_a_clock_two_minutes_fast_does_not_take_a_fill_of_now_for_an_old_one(self, tmp_path: Path) -> None:
        clock = SkippingClock()
        clock.ahead = timedelta(minutes=2)
        prepare = lambda desk: desk.infra.clock.override(clock)  # noqa: E731
        with XtsSimulator(UNPACED) as sim, a_desk(sim, tmp_path) as first:
            sim.faults.add(Fault(FaultKind.POSITION_LAG, on="place", seconds=1.0))
            place_smartorder_api(smart(75), first.auth)
            with a_desk(sim, tmp_path, prepare=prepare) as second:
                place_smartorder_api(smart(75), second.auth)

            assert (first.net(), first.sent()) == (75, 1)


class TestAroundOrders:
    """Journal, instruments, processes and accounts."""

    def test_while_instruments_are_replaced_every_order_is_placed(self, world: World) -> None:
        stop = threading.Event()

        def sync() -> None:
            while not stop.is_set():
                assert is_successful(world.desk.sync_instruments())

        with ThreadPoolExecutor(5) as pool:
            syncing = pool.submit(sync)
            placing = [
                pool.submit(lambda: [place_order_api(order(quantity=1), world.auth)[0].status for _ in range(10)])
                for _ in range(4)
            ]
            heard = [status for each in placing for status in each.result(60)]
            stop.set()
            syncing.result(60)

        assert (heard, world.net()) == ([200] * 40, 40)

    def test_with_a_journal_that_cannot_be_written_entries_are_refused_and_exits_go(self, tmp_path: Path) -> None:
        with XtsSimulator(UNPACED) as sim:
            with a_desk(sim, tmp_path) as world:
                place_order_api(order(quantity=75), world.auth)
                stop = order(quantity=75, action="SELL", pricetype="SL-M", trigger_price=world.price("0.98"))
                place_order_api(stop, world.auth)
            with a_desk(sim, tmp_path, timing=QUICK, prepare=_read_only_journal) as world:
                plain, said, _ = place_order_api(order(), world.auth)
                repeated, _, _ = place_smartorder_api(smart(0), world.auth)
                body, status = close_all_positions("", world.auth)
                working = len(sim.exchange.working_orders())

                assert repeated is not None
                assert (plain.status, repeated.status, status, world.sent(), world.net()) == (409, 200, 200, 3, 0)
                assert "the order journal cannot be written" in said["message"]
                assert (working, body["message"].partition(";")[0]) == (0, "No open positions")
                assert "the order journal cannot be written" in body["message"].casefold()

    def test_with_a_journal_that_cannot_be_read_entries_are_refused_and_exits_go(self, tmp_path: Path) -> None:
        with a_world(tmp_path, timing=QUICK) as world:
            place_order_api(order(quantity=75), world.auth)
            with closing(sqlite3.connect(tmp_path / "desk-orders.db")) as broken:
                broken.execute("DROP TABLE jainam_order_intents")

            plain, said, _ = place_order_api(order(), world.auth)
            more, refused, _ = place_smartorder_api(smart(150), world.auth)
            reply, _, _ = place_smartorder_api(smart(0), world.auth)
            _, status = close_all_positions("", world.auth)

            assert reply is not None
            assert more is not None
            assert (plain.status, reply.status, status, world.sent(), world.net()) == (409, 200, 200, 2, 0)
            assert "order journal" in said["message"]
            assert (more.status, "order journal" in refused["message"]) == (502, True)

    def test_a_process_that_is_killed_while_it_decides_lets_the_next_one_decide(self, tmp_path: Path) -> None:
        with XtsSimulator(UNPACED) as sim, a_desk(sim, tmp_path) as world:
            place_order_api(order(quantity=75), world.auth)
            sim.faults.add(Fault(FaultKind.HOLD, on="dealer_positions"))
            doomed = start("crowd.py", settings_text(sim, tmp_path, AccountKind.PRO), tmp_path, "1", "75")
            with ThreadPoolExecutor(1) as pool:
                pool.submit(lambda: doomed.communicate("go\n"))
                assert sim.faults.wait_holding(20)
                doomed.kill()
            sim.faults.clear()

            reply, _, _ = place_smartorder_api(smart(0), world.auth)

            assert reply is not None
            assert (reply.status, world.net()) == (200, 0)

    def test_the_orders_of_one_client_are_not_another_s(self, tmp_path: Path) -> None:
        with XtsSimulator(UNPACED) as sim:
            with a_desk(sim, tmp_path, AccountKind.NORMAL, timing=QUICK) as one:
                sim.faults.add(Fault(FaultKind.RESET, on="place"))
                assert place_order_api(order(), one.auth)[0].status == 504
            with a_desk(sim, tmp_path, AccountKind.NORMAL, timing=QUICK, JAINAM_CLIENT_ID="CLIENT02") as other:
                reply, _, _ = place_smartorder_api(smart(10), other.auth)

                assert reply is not None
                assert (reply.status, sim.exchange.net("CLIENT02", SBIN, "MIS")) == (200, 10)


def _read_only_journal(desk: Container) -> None:
    """Let the journal's database take no more writes, as a full disk would."""
    event.listen(
        desk.infra.journal_database(), "connect", lambda connection, _record: connection.execute("PRAGMA query_only=ON")
    )
