"""Many threads and processes that fire the same smart order at once."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest

from jainam_prop.adapters.simulator.config import INVESTOR, NORMAL_DEALER, PRO_DEALER, SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.openalgo.order_api import place_order_api
from tests.e2e.processes import start, together
from tests.e2e.troubles import SOAK
from tests.e2e.world import INSTRUMENTS, a_desk, order, settings_text

PROCESSES: Final = 4
THREADS: Final = 16
OPEN: Final = pytest.param(0, 75, id="open")
OTHERS: Final = [pytest.param(75, -75, id="reverse"), pytest.param(75, 0, id="close"), pytest.param(75, 75, id="there")]


@pytest.mark.parametrize(("before", "target"), [OPEN, *OTHERS] if SOAK else [OPEN])
def test_64_threads_in_4_processes_reach_the_target_with_the_fewest_orders(
    tmp_path: Path, before: int, target: int
) -> None:
    with XtsSimulator(SimulatorConfig(instruments=INSTRUMENTS)) as sim:
        texts = settings_text(sim, tmp_path, AccountKind.PRO, JAINAM_REQUEST_TIMEOUT="10" if SOAK else "4")
        with a_desk(sim, tmp_path) as world:
            if before:
                place_order_api(order(quantity=before), world.auth)
            crowd = [start("crowd.py", texts, tmp_path, str(THREADS), str(target)) for _ in range(PROCESSES)]
            heard = Counter(line["http"] for output in together(crowd) for line in output)

            assert (world.net(), world.sent()) == (target, (before > 0) + (before != target))
    assert (heard.total(), heard[200]) == (PROCESSES * THREADS, int(before != target))
    assert heard.keys() <= {
        200,
        None,
        409,
        502,
        503,
    }  # done, nothing to do, held back, unsure, no line
    assert sim.exchange.requests["login"] == 1


@pytest.mark.parametrize("account", [AccountKind.NORMAL, AccountKind.PRO])
def test_a_process_that_names_the_client_and_one_that_does_not_share_locks_and_journal(
    tmp_path: Path, account: AccountKind
) -> None:
    """A NORMAL dealer with one client acts for it, named or not; a PRO desk has none to name."""
    dealer = replace(NORMAL_DEALER, clients=("CLIENT01",))
    with XtsSimulator(SimulatorConfig(instruments=INSTRUMENTS, logins=(INVESTOR, dealer, PRO_DEALER))) as sim:
        texts = settings_text(sim, tmp_path, account, JAINAM_REQUEST_TIMEOUT="10" if SOAK else "4")
        unnamed = {name: text for name, text in texts.items() if name != "JAINAM_CLIENT_ID"}
        with a_desk(sim, tmp_path, account, JAINAM_CLIENT_ID="CLIENT01") as world:
            for late in (FaultKind.BOOK_DELAY, FaultKind.POSITION_LAG):  # so that only the journal knows of the order
                sim.faults.add(Fault(late, on="place", times=None, seconds=60.0))
            processes = [unnamed | {"JAINAM_CLIENT_ID": "CLIENT01"}, unnamed] * 2
            crowd = [start("crowd.py", each, tmp_path, "4", "75") for each in processes]
            heard = Counter(line["http"] for output in together(crowd) for line in output)

            assert (world.net(), world.sent(), heard[200], heard.total()) == (75, 1, 1, 16)
            assert len(world.desk.journal.recent()) == 1
    assert sim.exchange.requests["login"] == 1
