"""The stream of a real OpenAlgo, whose web server and proxy are processes of their own, through what ends streams."""

import subprocess
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, Final

import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE, MARKET
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.sessions.session import AccountKind
from tests.e2e.openalgo_site import (
    ABSENT,
    CHECKOUT,
    PYTHON,
    Site,
    a_site,
    host_environment,
    open_client,
    order_update,
    until,
)
from tests.e2e.world import SBIN

pytestmark = pytest.mark.skipif(not (CHECKOUT and PYTHON), reason=ABSENT)

WANTED: Final = [{"exchange": "NSE", "symbol": "SBIN"}]
STEP: Final = Decimal("0.35")


@pytest.fixture(scope="module")
def broker() -> Iterator[XtsSimulator]:
    with XtsSimulator(SimulatorConfig(instruments=2_000)) as running:
        yield running


@pytest.fixture(scope="module")
def site(broker: XtsSimulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A host whose user is logged in, with a client that hears prices and orders."""
    folder = tmp_path_factory.mktemp("host") / "openalgo"
    with a_site(broker, folder, "--patch-host", account=AccountKind.PRO) as running:
        entered = running.log_in()
        assert entered.json()["status"] == "success", entered.text

        def is_there() -> bool:
            status = running.web.get("/api/master-contract/status").json()["status"]
            return status in {"success", "error"}

        until("no instruments", is_there, 120)
        open_client(running)
        running.connect()
        yield running
        running.call("disconnect")


def ticks(site: Site, broker: XtsSimulator) -> Callable[[], list[dict[str, Any]]]:
    """Return what moves the price to another one, the same each time, and returns the ticks of it."""
    price = broker.exchange.market(SBIN).last_price + STEP

    def heard() -> list[dict[str, Any]]:
        broker.exchange.move(SBIN, price)
        heard = [each for each in site.call("heard") if each.get("symbol") == "SBIN"]
        return [each for each in heard if each["data"].get("ltp") == float(price)]

    return heard


def log_in_elsewhere(site: Site) -> None:
    """Run ``jainam-prop login --force`` with the host's settings, as a process of its own."""
    starter = "from jainam_prop.entrypoints.cli.main import main; main()"
    asked = [PYTHON, "-c", starter, "login", "--force", "--json"]
    done = subprocess.run(asked, cwd=site.folder, env=host_environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_client_of_two_modes_gets_both(site: Site, broker: XtsSimulator) -> None:
    assert site.call("subscribe_ltp", instruments=WANTED) is True
    assert site.call("subscribe_depth", instruments=WANTED) is True
    modes: set[object] = set()
    moved = ticks(site, broker)

    def heard() -> bool:
        for tick in moved():
            modes.add(tick.get("mode", tick["data"].get("mode")))
        return {1, 3} <= modes or {"ltp", "depth"} <= {str(mode).lower() for mode in modes}

    until("not both modes", heard)
    site.call("unsubscribe_depth", instruments=WANTED)


def test_prices_go_on_after_a_login_of_another_process(site: Site, broker: XtsSimulator) -> None:
    assert site.call("subscribe_ltp", instruments=WANTED) is True
    until("no tick before", ticks(site, broker))
    before = {session.token for session in broker.sessions.live() if session.application == MARKET}

    log_in_elsewhere(site)
    now = {session.token for session in broker.sessions.live() if session.application == MARKET}
    assert now.isdisjoint(before)

    until("no tick after the login of another process", ticks(site, broker), 20)


def test_prices_go_on_after_the_market_token_died(site: Site, broker: XtsSimulator) -> None:
    assert site.call("subscribe_ltp", instruments=WANTED) is True
    until("no tick before", ticks(site, broker))

    for session in broker.sessions.live():
        if session.application == MARKET:
            broker.sessions.close(session.token)

    until("no tick after the token died", ticks(site, broker), 20)


def test_order_updates_go_on_after_a_logout_event_with_a_valid_token(site: Site, broker: XtsSimulator) -> None:
    assert site.call("subscribe_orders")
    assert broker.sockets.send_raw('42["logout"]', INTERACTIVE) == 1
    order = {"strategy": "day", "symbol": "SBIN", "exchange": "NSE", "action": "BUY", "product": "MIS"}

    update = order_update(site, lambda: site.call("placeorder", price_type="MARKET", quantity=1, **order))

    assert (update["symbol"], update["action"]) == ("SBIN", "BUY")
