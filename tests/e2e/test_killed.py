"""A process that dies with an order on its way, and what the next one makes of it."""

import signal
import sys
from pathlib import Path

import pytest
from returns.pipeline import is_successful

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.openalgo.order_api import get_positions, place_smartorder_api
from tests.e2e.doomed import AFTER, BEFORE
from tests.e2e.processes import start
from tests.e2e.troubles import QUICK, eventually, per_identifier
from tests.e2e.world import UNPACED, World, a_desk, settings_text, smart

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")


def kill_on_the_way(sim: XtsSimulator, folder: Path, moment: str) -> None:
    """Let a process die while it places an order for ten SBIN."""
    with a_desk(sim, folder):
        """The instruments are here now."""
    if moment == AFTER:
        sim.faults.add(Fault(FaultKind.HOLD, on="place"))
    process = start("doomed.py", settings_text(sim, folder, AccountKind.PRO), folder, moment)
    if moment == AFTER:
        assert sim.faults.wait_holding(20), process.communicate()[1]
        process.kill()
    _, errors = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGKILL, errors
    sim.faults.release()


def entries(world: World) -> list[tuple[IntentState, str]]:
    return [(entry.state, entry.order_id) for entry in world.desk.journal.recent()]


def test_killed_after_the_request_the_order_is_found_at_the_next_login(tmp_path: Path) -> None:
    with XtsSimulator(UNPACED) as sim:
        kill_on_the_way(sim, tmp_path, AFTER)
        with a_desk(sim, tmp_path) as world:
            (held,) = sim.exchange.all_orders()

            assert eventually(lambda: entries(world) == [(IntentState.RESOLVED, str(held.order_id))])
            assert [len(each) for each in per_identifier(world).values()] == [1]
            assert (world.net(), world.desk.journal.open_entries()) == (10, ())


def test_killed_before_the_request_the_order_is_listed_as_unknown(tmp_path: Path) -> None:
    with XtsSimulator(UNPACED) as sim:
        kill_on_the_way(sim, tmp_path, BEFORE)
        with a_desk(sim, tmp_path) as world:
            session = world.desk.sessions.session_for(world.auth).unwrap()
            resolution = world.desk.recovery.resolve(session)

            assert is_successful(resolution)
            assert [entry.state for entry in resolution.unwrap().unknown] == [IntentState.INTENDED]
            assert (sim.exchange.all_orders(), len(world.desk.journal.open_entries())) == ([], 1)


@pytest.mark.parametrize(("moment", "held"), [(BEFORE, 0), (AFTER, 10)])
def test_the_signal_that_died_on_the_way_is_not_doubled_when_it_is_repeated(
    tmp_path: Path, moment: str, held: int
) -> None:
    with XtsSimulator(UNPACED) as sim:
        kill_on_the_way(sim, tmp_path, moment)
        with a_desk(sim, tmp_path, timing=QUICK) as world:
            reply, body, _ = place_smartorder_api(smart(10), world.auth)

            assert world.net() == held
            assert (reply is None) == (moment == AFTER)
            assert ("No action needed" if moment == AFTER else "is unknown") in body["message"]


def test_recovery_costs_one_look_at_the_book(tmp_path: Path) -> None:
    with XtsSimulator(UNPACED) as sim:
        kill_on_the_way(sim, tmp_path, AFTER)
        with a_desk(sim, tmp_path) as world:
            assert eventually(lambda: world.desk.journal.open_entries() == ())
            for _ in range(5):
                get_positions(world.auth)
        looks = sim.exchange.requests["dealer_order_book"]

        assert looks <= 3  # two to settle positions in the background, one to look the order up


def test_a_recovery_that_cannot_read_the_book_holds_up_nobody(tmp_path: Path) -> None:
    with XtsSimulator(UNPACED) as sim:
        kill_on_the_way(sim, tmp_path, AFTER)
        sim.faults.add(Fault(FaultKind.HOLD, on="dealer_order_book", times=None))
        with a_desk(sim, tmp_path, timing=QUICK) as world:
            rows = get_positions(world.auth)

            assert isinstance(rows, list)
            assert [row["quantity"] for row in rows] == [10]
            assert sim.faults.wait_holding(5)
            sim.faults.clear()
            assert len(world.desk.journal.open_entries()) in {0, 1}
