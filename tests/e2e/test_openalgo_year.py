"""A real OpenAlgo through updates and changes of its settings, as a git checkout and as in its Docker image."""

import json
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.hosting.host_env import EnvFile
from tests.e2e.openalgo_site import (
    ABSENT,
    CHECKOUT,
    PYTHON,
    Site,
    a_running_site,
    configure,
    free_ports,
    open_client,
    order_update,
    run_command,
    until,
)
from tests.e2e.test_eventlet import trade_before
from tests.e2e.world import BOOKED_TO, SBIN

pytestmark = pytest.mark.skipif(not (CHECKOUT and PYTHON), reason=ABSENT)

ACCOUNT: Final = AccountKind.PRO
WEEK: Final = 7 * 24 * 3600
BUY: Final = {
    "symbol": "SBIN", "exchange": "NSE", "action": "BUY", "product": "MIS", "price_type": "MARKET", "strategy": "year",
}  # fmt: skip


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=made up", "-c", "user.email=made@up.example")
    done = subprocess.run(["git", "-C", str(folder), *who, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit_of_a_week_ago() -> str:
    """Return the newest commit of the checkout that is a week older than its newest one; "" without a history."""
    if not (Path(CHECKOUT) / ".git").is_dir():
        return ""
    newest = int(git(Path(CHECKOUT), "log", "-1", "--format=%ct"))
    return git(Path(CHECKOUT), "log", "-1", "--first-parent", "--format=%H", f"--before={newest - WEEK}")


@pytest.fixture(scope="module")
def broker() -> Iterator[XtsSimulator]:
    with XtsSimulator(SimulatorConfig(instruments=2_000)) as running:
        yield running


def trade(site: Site, broker: XtsSimulator) -> None:
    """Log in with the password and the broker, buy one unit, and see it in the order book and at the exchange."""
    entered = site.log_in()  # a host that still knows the broker's login leads to its dashboard at once
    assert "/dashboard" in (entered.headers.get("Location") or "") or entered.json()["status"] == "success"
    until("no instruments", lambda: site.web.get("/api/master-contract/status").json()["status"] == "success", 120)
    open_client(site)
    before = broker.exchange.net(BOOKED_TO[ACCOUNT], SBIN, "MIS")
    placed = site.call("placeorder", quantity=1, **BUY)
    assert placed["status"] == "success", placed
    assert broker.exchange.net(BOOKED_TO[ACCOUNT], SBIN, "MIS") == before + 1
    rows = site.call("orderbook")["data"]["orders"]
    assert [row["order_status"] for row in rows if row["orderid"] == placed["orderid"]] == ["complete"]


def verdicts(folder: Path) -> set[str]:
    return {row["verdict"] for row in json.loads(run_command(folder, "--json", command="check").stdout)["data"]}


def change_settings(folder: Path) -> None:
    """Move the host to another domain and port, turn the list of brokers around, and write comments."""
    port, stream, bus = free_ports(3)
    file = EnvFile((folder / ".env").read_text())
    for name, value in {
        "HOST_SERVER": f"http://localhost:{port}",
        "CORS_ALLOWED_ORIGINS": f"http://localhost:{port}",
        "REDIRECT_URL": f"http://localhost:{port}/jainam_prop/callback",
        "VALID_BROKERS": ",".join(reversed((file.value("VALID_BROKERS") or "").split(","))),
        "FLASK_PORT": str(port),
        "WEBSOCKET_PORT": str(stream),
        "WEBSOCKET_URL": f"ws://localhost:{stream}",
        "ZMQ_PORT": str(bus),
    }.items():
        file = file.with_value(name, value)
    lines = [
        "# moved to another machine",
        *(f"{line}  # mine" if "_BROKERS" in line else line for line in file.text.splitlines()),
    ]
    (folder / ".env").write_text("\n".join(lines) + "\n")


def stored_user(folder: Path) -> str | None:
    """Return the broker's user of the login that the host keeps."""
    with closing(sqlite3.connect(folder / "db" / "openalgo.db")) as sql:
        (found,) = sql.execute("SELECT user_id FROM auth").fetchall()
    user: str | None = found[0]
    return user


@pytest.mark.parametrize("patch", [["--patch-host"], []], ids=["patched", "not patched"])
def test_a_checkout_is_used_for_a_week_brought_up_to_date_and_left(
    tmp_path: Path, broker: XtsSimulator, patch: list[str]
) -> None:
    old = commit_of_a_week_ago()
    if not old:
        pytest.skip("the checkout has no history of a week")
    upstream, folder = tmp_path / "upstream.git", tmp_path / "openalgo"
    git(tmp_path, "clone", "-q", "--bare", "--shared", CHECKOUT, str(upstream))
    newest = git(upstream, "rev-parse", "HEAD")
    git(upstream, "update-ref", "HEAD", old)
    git(tmp_path, "clone", "-q", str(upstream), str(folder))
    configure(folder, broker, ACCOUNT)
    run_command(folder, "--yes", *patch)
    tracked = git(folder, "status", "--porcelain", "--untracked-files=no")
    with a_running_site(folder) as site:
        trade(site, broker)
    change_settings(folder)
    assert verdicts(folder) <= {"ok", "caution"}
    with a_running_site(folder) as site:
        trade(site, broker)

    git(upstream, "update-ref", "HEAD", newest)
    if patch:
        run_command(folder, "--yes", command="upgrade")
    else:
        git(folder, "pull", "-q", "--ff-only")
    run_command(folder, "--yes", *patch)
    assert git(folder, "rev-parse", "HEAD") == newest
    assert verdicts(folder) <= {"ok", "caution"}
    with a_running_site(folder) as site:
        trade(site, broker)
    assert stored_user(folder) == (broker.credentials[ACCOUNT].user_id if patch else None)
    settings = (folder / ".env").read_text()
    run_command(folder, "--yes", "--purge", command="uninstall")

    assert bool(tracked) is bool(patch)
    assert git(folder, "status", "--porcelain", "--untracked-files=no") == ""
    assert not (folder / "broker" / "jainam_prop").exists()
    kept = settings.replace("jainam_prop,", "").replace("/jainam_prop/callback", "/nobody/callback")
    assert (folder / ".env").read_text() == kept


def make_image(folder: Path, broker: XtsSimulator) -> None:
    """Copy the host without git and with empty settings, as its Dockerfile does, and install into that."""
    ignored = shutil.ignore_patterns(".git", "node_modules", "__pycache__", "docs", "db", "log", "tmp", ".venv", ".env")
    shutil.copytree(CHECKOUT, folder, ignore=ignored)
    for name in ("db", "log", "tmp", "keys", "strategies/scripts"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for name, words in {"python": "", "gunicorn": "-m gunicorn"}.items():
        path = folder / ".venv" / "bin" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\nexec "{PYTHON}" {words} "$@"\n')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
    (folder / ".env").write_text("")
    run_command(folder, "--yes", "--patch-host")
    (folder / "start.sh").write_text(
        (folder / "start.sh").read_text().replace("/app/", f"{folder}/").replace("cd /app", f"cd {folder}")
    )
    configure(folder, broker, ACCOUNT)


def test_an_image_without_git_runs_as_its_start_script_does(tmp_path: Path, broker: XtsSimulator) -> None:
    folder = tmp_path / "app"
    trade_before(broker)
    make_image(folder, broker)
    run_command(folder, "--yes")  # the settings are mounted now
    assert verdicts(folder) <= {"ok", "caution"}
    port = EnvFile((folder / ".env").read_text()).value("FLASK_PORT") or ""

    with a_running_site(folder, "env", f"PORT={port}", f"HOME={tmp_path}", "bash", "start.sh") as site:
        trade(site, broker)
        site.connect()
        assert site.call("subscribe_orders")
        assert site.call("subscribe_ltp", instruments=[{"exchange": "NSE", "symbol": "SBIN"}]) is True
        moved = broker.exchange.market(SBIN).last_price + Decimal("0.35")

        def heard() -> bool:
            broker.exchange.move(SBIN, moved)
            return any(each.get("data", each).get("ltp") == float(moved) for each in site.call("heard"))

        until("no tick of the moved price", heard)
        assert order_update(site, lambda: site.call("placeorder", quantity=1, **BUY))["symbol"] == "SBIN"
        assert site.call("closeposition", strategy="year")["status"] == "success"
        log = site.log()

    assert broker.exchange.net(BOOKED_TO[ACCOUNT], SBIN, "MIS") == 0
    assert [word for word in ("at capacity", "--- Logging error ---", "jainam_prop/adapters") if word in log] == []
