"""Every log line of the package passes a real OpenAlgo's log set-up: its filter, colours on and off, with a file."""

import json
import re
import subprocess
import time
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.sessions.session import AccountKind
from tests.architecture.log_lines import log_lines
from tests.e2e.openalgo_site import ABSENT, CHECKOUT, PYTHON, Site, a_site, host_environment, open_client, until
from tests.e2e.troubles import SOAK
from tests.e2e.world import SBIN

pytestmark = pytest.mark.skipif(not (CHECKOUT and PYTHON), reason=ABSENT)

SCRIPT: Final = """
import json, logging, sys
sys.path.insert(0, sys.argv[1])
from utils.logging import setup_logging
setup_logging()
for number, (level, template, count) in enumerate(json.load(sys.stdin)):
    values = ([7, 1.5, ["x"], {"a": 1}, None] * 2)[:count]
    getattr(logging.getLogger("jainam_prop.line"), level)(f"{number}: {template}", *values)
"""


@pytest.mark.parametrize("colours", ["True", "False"])
@pytest.mark.parametrize("to_file", ["True", "False"])
def test_every_line_is_written_and_none_raises(tmp_path: Path, colours: str, to_file: str) -> None:
    lines = [line for line in log_lines() if line.template]
    asked = [
        ("error" if line.level == "exception" else line.level, line.template, len(line.conversions)) for line in lines
    ]
    settings = {"LOG_COLORS": colours, "FORCE_COLOR": colours, "LOG_TO_FILE": to_file, "LOG_LEVEL": "DEBUG"}

    done = subprocess.run(
        [PYTHON, "-B", "-c", SCRIPT, CHECKOUT],
        input=json.dumps(asked),
        cwd=tmp_path,
        env=host_environment() | settings | {"LOG_DIR": "log"},
        capture_output=True,
        text=True,
        check=True,
    )

    written = [done.stderr, *(path.read_text() for path in (tmp_path / "log").glob("*.log"))]
    assert len(written) == 1 + (to_file == "True")
    assert [text for text in written if "Traceback" in text] == []
    missing = [
        lines[number].place for number in range(len(lines)) if any(f" {number}: " not in text for text in written)
    ]
    assert missing == []
    errors = (tmp_path / "log" / "errors.jsonl").read_text().splitlines()
    assert len(errors) == sum(level == "error" for level, _, _ in asked)


LINE: Final = "[%(asctime)s] %(levelname)s of %(name)s: %(message)s"
"""A format that names the logger, so that our lines can be told from the host's."""
OURS: Final = re.compile(r"(DEBUG|INFO|WARNING|ERROR)(?:\x1b\[\d+m)* of (?:\x1b\[\d+m)*jainam_prop\.")
TRADING_SECONDS: Final = 600 if SOAK else 20
SAID: Final = {"strategy": "log", "exchange": "NSE", "product": "MIS"}
DEATH_OF_A_TOKEN: Final = Fault(FaultKind.TOKEN_KILLED, on="dealer_order_book")
"""Rare: a token that keeps dying ends the logins of the day."""
TROUBLE: Final = (
    Fault(FaultKind.REPLY_LOST, on="place"),
    Fault(FaultKind.RMS_REJECT, on="place", times=1, text="RMS: blocked"),
    Fault(FaultKind.SERVER_ERROR, on="dealer_positions"),
    Fault(FaultKind.REFUSED, on="cancel", text="Not allowed"),
    Fault(FaultKind.RATE_LIMITED, on="quotes", times=1),
    Fault(FaultKind.SOCKET_DROPPED, on="tick"),
    Fault(FaultKind.BAD_JSON, on="holdings"),
)


def trade(site: Site, broker: XtsSimulator, number: int) -> None:
    """Trade, read, and meet one trouble; whatever comes of it, this is about what is logged."""
    broker.faults.add(DEATH_OF_A_TOKEN if number % 50 == 3 else TROUBLE[number % len(TROUBLE)])
    low = float(broker.exchange.market(SBIN).last_price * Decimal("0.97") // Decimal("0.05") * Decimal("0.05"))
    resting = SAID | {"symbol": "SBIN", "action": "BUY", "price_type": "LIMIT", "price": low, "quantity": 2}
    site.call("placeorder", **resting | {"price_type": "MARKET", "price": 0})
    site.call(
        "placesmartorder",
        **SAID,
        symbol="TCS",
        action="BUY",
        price_type="MARKET",
        quantity=0,
        position_size=number % 7 - 3,
    )
    placed = site.call("placeorder", **resting).get("orderid")
    if placed:
        site.call("modifyorder", order_id=placed, **resting | {"quantity": 3})
        site.call("cancelorder", order_id=placed, strategy="log")
    site.call("placeorder", **resting | {"price": 100.03})
    site.call("placeorder", **resting | {"symbol": "NOSUCHSHARE"})
    for book in ("orderbook", "tradebook", "positionbook", "holdings", "funds"):
        site.call(book)
    for read in ("quotes", "depth"):
        site.call(read, symbol="SBIN", exchange="NSE")
    broker.exchange.move(SBIN, broker.exchange.market(SBIN).last_price)
    if number % 5 == 4:
        site.call("cancelallorder", strategy="log")
        site.call("closeposition", strategy="log")
    broker.faults.clear()


@pytest.mark.parametrize("colours", ["True", "False"])
def test_trading_in_the_host_loses_no_line_to_its_format(tmp_path: Path, colours: str) -> None:
    settings = {"LOG_COLORS": colours, "FORCE_COLOR": colours, "LOG_TO_FILE": "True", "LOG_FORMAT": LINE}
    with (
        XtsSimulator(SimulatorConfig(instruments=2_000)) as broker,
        a_site(broker, tmp_path / "openalgo", "--patch-host", account=AccountKind.PRO, **settings) as site,
    ):
        assert site.log_in().json()["status"] == "success"
        until("no instruments", lambda: site.web.get("/api/master-contract/status").json()["status"] == "success", 120)
        open_client(site)
        site.connect()
        site.call("subscribe_quote", instruments=[{"exchange": "NSE", "symbol": "SBIN"}])
        site.call("subscribe_orders")
        end, rounds = time.monotonic() + TRADING_SECONDS, 0
        while time.monotonic() < end:
            trade(site, broker, rounds)
            rounds += 1
        terminal, filed = site.log(), "".join(path.read_text() for path in (site.folder / "log").glob("*.log"))

    counts = [len(OURS.findall(written)) for written in (terminal, filed)]
    print(f"{rounds} rounds; lines of ours: {counts[0]} on the terminal, {counts[1]} in the file")  # noqa: T201
    assert [min(counts) > 2 * rounds, rounds > 0] == [True, True]
    assert ["--- Logging error ---" in written for written in (terminal, filed)] == [False, False]
    traced = re.findall(r"(?m)^(.*)\n(?:\x1b\[\d+m)*Traceback", terminal + filed)
    assert [line for line in traced if OURS.search(line)] == []
