"""The import contracts hold, and each of them is seen to fail when it is broken."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.architecture.project import LAYERS, ROOT, settings, tool

CONTRACTS: Final = settings()["tool"]["importlinter"]["contracts"]
NAMES: Final = {contract["id"]: contract["name"] for contract in CONTRACTS}
COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
VERDICT: Final = re.compile(r"^(?P<name>.+) (?P<verdict>KEPT|BROKEN)\b", re.MULTILINE)


class Breach(NamedTuple):
    """One forbidden line, in a module of its own, and exactly the contracts that it breaks."""

    contracts: str
    module: str
    line: str


BREACHES: Final = (
    Breach("layers", "domain/breach.py", "import jainam_prop.application"),
    Breach("layers", "domain/breach.py", "import jainam_prop.entrypoints"),
    Breach("layers", "application/ports/breach.py", "import jainam_prop.adapters"),
    Breach("layers", "application/ports/breach.py", "import jainam_prop.entrypoints"),
    Breach("layers", "adapters/sql/breach.py", "import jainam_prop.entrypoints"),
    Breach("domain-framework", "domain/breach.py", "import httpx"),
    Breach("domain-outside", "domain/breach.py", "from time import monotonic"),
    Breach("application-framework", "application/ports/breach.py", "from pydantic import BaseModel"),
    Breach("adapters-apart container-builds", "adapters/sql/breach.py", "import jainam_prop.adapters.system"),
    Breach("adapters-apart container-builds", "adapters/xts/wire/breach.py", "import jainam_prop.adapters.sql"),
    Breach("adapters-apart simulator-reached", "adapters/sql/breach.py", "import jainam_prop.adapters.simulator"),
    Breach("adapters-apart", "adapters/unplaced/__init__.py", ""),
    Breach("xts-words", "adapters/sql/breach.py", "import jainam_prop.adapters.xts.wire"),
    Breach("xts-words", "entrypoints/breach.py", "import jainam_prop.adapters.xts.wire"),
    Breach("profiles", "entrypoints/breach.py", "import jainam_prop.adapters.xts.profiles.jainam"),
    Breach("container-builds", "entrypoints/breach.py", "import jainam_prop.adapters.sql"),
    Breach("container-builds", "entrypoints/breach.py", "import jainam_prop.adapters.xts.stream"),
    Breach("xts-layers container-builds", "adapters/xts/http/breach.py", "import jainam_prop.adapters.xts.stream"),
    Breach("simulator-layers", "adapters/simulator/api/breach.py", "import jainam_prop.adapters.simulator.sockets"),
    Breach(
        "simulator-layers one-way",
        "adapters/simulator/exchange/breach.py",
        "import jainam_prop.adapters.simulator.http",
    ),
    Breach("simulator-layers", "adapters/simulator/unplaced.py", ""),
    Breach("application-layers", "application/books/breach.py", "import jainam_prop.application.orders"),
    Breach("application-layers", "application/orders/breach.py", "import jainam_prop.application.positions"),
    Breach("application-layers", "application/unplaced.py", ""),
    Breach("simulator-reached", "entrypoints/breach.py", "import jainam_prop.adapters.simulator"),
    Breach("cli-apart", "entrypoints/cli/breach.py", "import jainam_prop.entrypoints.openalgo"),
    Breach("one-way", "entrypoints/hosting/breach.py", "import jainam_prop.entrypoints.cli"),
    Breach("no-tests", "entrypoints/breach.py", "import tests.fakes"),
)


def lint_imports(folder: Path) -> tuple[int, dict[str, str]]:
    """Run import-linter in a folder; return its exit status and its verdict on each contract."""
    command = [tool("lint-imports"), "--cache-dir", "cache"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    printed = COLOUR.sub("", run.stdout + run.stderr)
    verdicts = {found["name"]: found["verdict"] for found in VERDICT.finditer(printed)}
    if not verdicts:
        pytest.fail(printed, pytrace=False)
    return run.returncode, verdicts


@pytest.fixture(scope="module")
def copied_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code below a real `jainam_prop` folder, which python finds before the installed one."""
    folder = tmp_path_factory.mktemp("contracts")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for layer in LAYERS:
        shutil.copytree(ROOT / layer, folder / "jainam_prop" / layer, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "entrypoints" / "facade" / "__init__.py", folder / "jainam_prop")
    return folder


def test_every_contract_is_kept(copied_tree: Path) -> None:
    status, verdicts = lint_imports(copied_tree)

    assert verdicts == dict.fromkeys(NAMES.values(), "KEPT")
    assert status == 0


@pytest.mark.parametrize("breach", BREACHES, ids=lambda breach: f"{breach.contracts}: {breach.module}: {breach.line}")
def test_a_contract_fails_when_it_is_broken(copied_tree: Path, breach: Breach) -> None:
    module = copied_tree / "jainam_prop" / breach.module
    new_folder = None if module.parent.exists() else module.parent
    module.parent.mkdir(exist_ok=True)
    module.write_text(f"{breach.line}\n", encoding="utf-8")
    try:
        status, verdicts = lint_imports(copied_tree)
    finally:
        shutil.rmtree(new_folder) if new_folder else module.unlink()

    broken = {name for name, verdict in verdicts.items() if verdict == "BROKEN"}
    assert broken == {NAMES[contract] for contract in breach.contracts.split()}
    assert status != 0


def test_every_contract_has_a_breach() -> None:
    assert {contract for breach in BREACHES for contract in breach.contracts.split()} == set(NAMES)


def test_every_adapter_says_who_may_import_it() -> None:
    protected = {module for contract in CONTRACTS for module in contract.get("protected_modules", ())}
    folders = {*(ROOT / "adapters").iterdir(), *(ROOT / "adapters" / "xts").iterdir()} - {ROOT / "adapters" / "xts"}
    packages = [folder.relative_to(ROOT / "adapters") for folder in folders if (folder / "__init__.py").is_file()]
    adapters = {".".join(("jainam_prop.adapters", *package.parts)) for package in packages}

    assert adapters == protected
