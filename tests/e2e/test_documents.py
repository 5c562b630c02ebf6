"""Every command and every program of the documents runs as it is written, in a new shell, at the simulator.

`tests.e2e.documents` has the list of what is left out, and why.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.server.server import XtsSimulator, settings_lines
from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.settings import settings_from
from tests.adapters.xts.http.loopback import unused_port
from tests.adapters.xts.sdk.conftest import SOURCES
from tests.architecture.project import ROOT
from tests.children import start_child
from tests.e2e.documents import NOT_RUN, OTHER_STATUS, RUN, Snippet, all_snippets, snippets
from tests.entrypoints.cli.test_transcript import RECORDED
from tests.entrypoints.hosting.trees import make_host
from tests.terminal import typed

HERE: Final = re.compile(r"make |python -m |chmod .*\.env\.example")
"""What is typed in the folder of the project."""

UNTIL: Final = {"--print-env": "SECRET_MARKET", "simulate": "Ctrl-C", "watch": "SBIN"}
"""Words of commands that run until Ctrl-C, and what these show before."""

EVERY: Final = all_snippets()


@pytest.fixture(scope="module")
def sim() -> Iterator[XtsSimulator]:
    config = SimulatorConfig(instruments=300, rate_limits=False)
    with XtsSimulator(config) as running, running.ticker.running(4.0):
        yield running


@pytest.fixture(scope="module")
def synced(sim: XtsSimulator, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return settings that lead to the simulator, with today's instruments in the store."""
    store = tmp_path_factory.mktemp("synced") / "store.db"
    own = {"JAINAM_DATABASE_URL": f"sqlite:///{store}", "JAINAM_TOKEN_KEY": "a key for tests only"}
    lines = dict(line.split("=", 1) for line in settings_lines(sim)) | own
    container = open_container(settings_from(lines))
    container.app().sync_instruments().unwrap()
    container.shutdown_resources()
    return lines


@pytest.fixture
def folder(synced: dict[str, str], tmp_path: Path) -> Path:
    """Make a reader's home, with settings and a store, an OpenAlgo that git knows, and a copy of Symphony's SDK."""
    shutil.copy(synced["JAINAM_DATABASE_URL"].removeprefix("sqlite:///"), tmp_path / "store.db")
    lines = synced | {"JAINAM_DATABASE_URL": f"sqlite:///{tmp_path / 'store.db'}"}
    for name in (".env", "simulator.env"):
        (tmp_path / name).write_text("".join(f"{key}={value}\n" for key, value in lines.items()))
    with (tmp_path / "simulator.env").open("a") as simulators:
        simulators.write("JAINAM_TOKEN_KEY=of-a-simulator\n")  # so that a simulator may write it anew
    shutil.copytree(RECORDED, tmp_path / "first-day")
    sdk = tmp_path / "path" / "to" / "new"
    sdk.mkdir(parents=True)
    for source in SOURCES.glob("*.py.txt"):
        (sdk / source.stem).write_bytes(source.read_bytes())
    for place in (tmp_path, make_host(tmp_path / "openalgo")):
        (place / ".venv" / "bin").mkdir(parents=True)
        command = place / ".venv" / "bin" / "jainam-prop"
        command.write_text(f'#!/bin/sh\nexec {sys.executable} -m jainam_prop "$@"\n')
        command.chmod(0o755)
    return tmp_path


def environment(folder: Path) -> dict[str, str]:
    """Return the variables of a new shell: nothing of this process but where its programs are."""
    kept = {name: os.environ[name] for name in ("PATH", "PYTHONPATH", "LANG") if name in os.environ}  # noqa: TID251
    return kept | {"HOME": str(folder), "TERM": "xterm", "PYTHONWARNINGS": "error"}


def installed_from_git(host: Path, variables: dict[str, str]) -> None:
    """Make a host that git keeps, with the plug-in in it."""
    if shutil.which("git") is None:
        pytest.skip("git is not on this machine")
    lines = """
    printf '.env\\n.venv\\nbroker/jainam_prop/\\n' > .gitignore
    git init -q -b main && git add -A
    git -c user.name=made-up -c user.email=made@up.example commit -qm first
    git clone -q --bare . ../upstream && git remote add origin ../upstream && git fetch -q
    git branch -q --set-upstream-to origin/main
    jainam-prop openalgo install . --patch-host --yes
    """
    assert typed(lines, folder=host, environment=variables).status == 0


def answers(synced: dict[str, str]) -> dict[str, str]:
    """Return what a reader types at each question."""
    return {
        "[y/N]": "y",
        "Symphony server": "B",
        "Account type": "PRO",
        "(orders) key": synced["JAINAM_INTERACTIVE_API_KEY"],
        "(orders) secret": synced["JAINAM_INTERACTIVE_API_SECRET"],
        "data key": synced["JAINAM_MARKET_API_KEY"],
        "data secret": synced["JAINAM_MARKET_API_SECRET"],
    }


@pytest.mark.parametrize(
    "snippet",
    [each for each in EVERY if each.language in {"sh", "inline"} and set(each.lines) - set(each.left_out)],
    ids=lambda each: f"{each.place} {each.lines[0][:40]}",
)
def test_commands_run_as_they_are_written(snippet: Snippet, folder: Path, synced: dict[str, str]) -> None:
    lines = [line for line in snippet.lines if line not in snippet.left_out]
    if re.search(r"openalgo (uninstall|upgrade) \.", lines[0]):
        installed_from_git(folder / "openalgo", environment(folder))

    ran = typed(
        "\n".join(lines).replace("--port 7777", f"--port {unused_port()}"),  # others may run the tests at this moment
        folder=ROOT if HERE.match(lines[0]) else folder / "openalgo" if lines[0].endswith(" .") else folder,
        environment=environment(folder),
        answers=answers(synced),
        interrupt_at=next((text for word, text in UNTIL.items() if word in lines[-1].split()), None),
    )

    expected = next((why for pattern, why in OTHER_STATUS.items() if re.fullmatch(pattern, lines[-1])), "0")
    assert ran.status == int(expected[0]), ran.shown


@pytest.mark.parametrize("snippet", [each for each in EVERY if each.language == "python"], ids=lambda each: each.place)
def test_programs_run_as_they_are_written(snippet: Snippet, folder: Path) -> None:
    program = start_child(snippet.text, environment=environment(folder), folder=folder)
    _, errors = program.communicate()

    assert (program.returncode, errors) == (0, "")


@pytest.mark.parametrize("snippet", [each for each in EVERY if each.language == "dotenv"], ids=lambda each: each.place)
def test_settings_are_understood_as_they_are_written(snippet: Snippet, folder: Path) -> None:
    (folder / ".env").write_text(snippet.text)

    ran = typed("jainam-prop config show --json", folder=folder, environment=environment(folder))

    assert ran.status == 0, ran.shown


def test_every_block_is_run_or_listed_with_the_reason() -> None:
    assert [each.place for each in EVERY if each.language not in {*RUN, "inline"} and not each.is_block_left_out] == []


@pytest.mark.parametrize("pattern", NOT_RUN)
def test_nothing_is_listed_that_no_document_says(pattern: str) -> None:
    said = [line for each in EVERY for line in (f"```{each.language}", *each.lines)]
    assert any(re.fullmatch(pattern, line) for line in said)


def test_a_block_that_is_not_listed_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.e2e.documents.ROOT", tmp_path)
    document = tmp_path / "README.md"
    document.write_text("```ruby\nputs 1\n```\n\nType `jainam-prop\n  status` or `status`.\n\n```sh\nmake test\n```\n")

    found = list(snippets(document))

    assert found == [
        Snippet("README.md:1", "ruby", "puts 1\n"),
        Snippet("README.md:8", "sh", "make test\n"),
        Snippet("README.md:5", "inline", "jainam-prop status"),
    ]
    assert [each.is_block_left_out for each in found] == [False, False, False]
    assert [each.left_out for each in found] == [[], ["make test"], []]
