"""The order path, the feeds and a close in a process whose threads, locks and sockets eventlet has made green."""

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Final

from jainam_prop.adapters.simulator.catalogue.universe import Listing
from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.exchange.orders import Intake, Terms
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.orders.order import PriceType, Side, Validity
from jainam_prop.domain.sessions.session import AccountKind
from tests.architecture.project import ROOT
from tests.e2e.world import BOOKED_TO, INSTRUMENTS, SBIN, settings_text

ACCOUNT: Final = AccountKind.PRO
ORDERS_BEFORE: Final = 1_200
"""More than OpenAlgo's event bus holds."""
PATCHED: Final = (
    "import eventlet; eventlet.monkey_patch(); import sys; "
    "from tests.e2e.patched_day import main; main(int(sys.argv[1]))"
)


def trade_before(broker: XtsSimulator) -> None:
    """Let the account have bought and sold one unit by turns at the exchange since the morning."""
    listing: Listing = broker.exchange.find(SBIN.exchange, "SBIN-EQ")
    login = broker.credentials[ACCOUNT].user_id
    terms = Terms("MIS", PriceType.MARKET, 1, Decimal(0), Decimal(0), 0, Validity.DAY)
    for number in range(ORDERS_BEFORE):
        side = Side.SELL if number % 2 else Side.BUY
        broker.exchange.order_entry.place(Intake(login, BOOKED_TO[ACCOUNT], listing, side, terms))


def test_a_day_works_where_eventlet_made_all_threads_green(tmp_path: Path) -> None:
    config = SimulatorConfig(instruments=INSTRUMENTS, rate_limits=False, ticks_per_second=20)
    with XtsSimulator(config) as broker:
        trade_before(broker)
        done = subprocess.run(
            [sys.executable, "-c", PATCHED, str(ORDERS_BEFORE)],
            cwd=ROOT,
            env=dict(os.environ) | settings_text(broker, tmp_path, ACCOUNT),  # noqa: TID251
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        net = broker.exchange.net(BOOKED_TO[ACCOUNT], SBIN, "MIS")

    assert json.loads(done.stdout) == {
        "followed": True,
        "dropped": 0,
        "ticked": True,
        "placed": [200] * 8,
        "smart": "success",
        "closed": "success",
    }
    assert net == 0
