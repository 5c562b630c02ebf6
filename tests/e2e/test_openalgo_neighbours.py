"""A real OpenAlgo's own tests and tools, before the plug-in is installed and with it: the other brokers are unmoved."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

import pytest

from tests.e2e.openalgo_site import ABSENT, CHECKOUT, PYTHON, run_command

pytestmark = pytest.mark.skipif(not (CHECKOUT and PYTHON), reason=ABSENT)

NEIGHBOURS: Final = ("zerodha", "dhan", "fivepaisaxts")
FILES: Final = (
    "test_smartorder_logic.py",
    "test_dhan_margin_api.py",
    "test_flattrade_protocol.py",
    "test_order_update_adapters.py",
    "test_aliceblue_order_types.py",
    "test_auth_resume.py",
)
"""Those of the host's tests that look at brokers and need no network."""
_SECONDS: Final = 300
_MODULES: Final = (
    "api.auth_api",
    "api.order_api",
    "api.data",
    "api.funds",
    "mapping.order_data",
    "mapping.transform_data",
)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("neighbours") / "openalgo"
    shutil.copytree(CHECKOUT, folder, ignore=shutil.ignore_patterns(".git", "node_modules", "__pycache__"))
    shutil.copy(folder / ".sample.env", folder / ".env")
    (folder / "db").mkdir(exist_ok=True)
    return folder


def run(host: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run the host's Python in its folder, knowing nothing of ours but what is installed."""
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("JAINAM_", "PYTHON"))}  # noqa: TID251
    return subprocess.run(
        [PYTHON, "-B", *arguments],
        cwd=host,
        env=environment | {"PYTHONPATH": str(host)},
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )


def outcomes(host: Path, *chosen: str) -> Mapping[str, str]:
    """Run tests of the host and return what became of each."""
    report = host.with_name("outcomes.xml")
    ran = run(host, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *chosen)
    assert report.is_file(), ran.stdout + ran.stderr
    found = {
        f"{case.get('classname')}::{case.get('name')}": next(
            (kind for kind in ("failure", "error", "skipped") if case.find(kind) is not None), "passed"
        )
        for case in ElementTree.parse(report).iter("testcase")  # noqa: S314 (pytest's own)
    }
    report.unlink()
    return found


def imported(host: Path) -> Mapping[str, str]:
    """Import each module of the neighbours as the host does; return what it said where it did not work."""
    code = "import importlib, sys; importlib.import_module(sys.argv[1])"
    names = [f"broker.{broker}.{module}" for broker in NEIGHBOURS for module in _MODULES]
    tried = {name: run(host, "-c", code, name) for name in names}
    return {name: done.stderr[-200:] if done.returncode else "" for name, done in tried.items()}


def test_the_host_s_tests_and_other_brokers_give_the_same_result_before_and_after(host: Path) -> None:
    files = [f"test/{name}" for name in FILES]
    before, before_imports = outcomes(host, *files), imported(host)

    run_command(host, "--yes", "--patch-host")
    after, after_imports = outcomes(host, *files), imported(host)

    assert after == before
    assert sum(outcome == "passed" for outcome in before.values()) > 200
    assert after_imports == before_imports
    assert set(before_imports.values()) == {""}


def test_the_host_s_test_of_smart_orders_accepts_the_broker(host: Path) -> None:
    run_command(host, "--yes", "--patch-host")
    path = host / "test" / "test_smartorder_logic.py"
    path.write_text(path.read_text().replace("ALL_BROKERS = [\n", 'ALL_BROKERS = [\n    "jainam_prop",\n'))

    found = outcomes(host, str(path), "-k", "jainam_prop")

    assert len(found) >= 6
    assert set(found.values()) == {"passed"}


def test_the_host_s_capability_script_finds_everything_but_gtt(host: Path) -> None:
    run_command(host, "--yes", "--patch-host")

    written = run(host, "scripts/generate_broker_compatibility.py")

    report = (host / "audit" / "BROKER_API_COMPATIBILITY.md").read_text()
    marks = [
        re.findall(r"\| ([YS-]) (?=\|)", line) for line in report.splitlines() if line.startswith("| jainam_prop |")
    ]
    assert written.returncode == 0, written.stderr
    orders, gtt, market_data, account, margin, _facts = marks
    assert set(orders + market_data + account) == {"Y"}
    assert set(gtt) == {"-"}
    assert margin == ["Y", "S"]
