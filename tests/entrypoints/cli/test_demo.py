"""The demo: a whole day that ends with 0 only when the exchange's own records bear out every step."""

import json
import shutil
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.entrypoints.cli.answer import Answer
from jainam_prop.entrypoints.cli.command import AnsweringCommand
from jainam_prop.entrypoints.cli.demo.day import STEPS, DemoView, answer, run_steps
from jainam_prop.entrypoints.cli.demo.environment import DemoEnvironment, Step, open_environment
from jainam_prop.entrypoints.cli.terminal import Terminal
from tests.entrypoints.cli.shell import run

FEW = 4_000


def a_terminal(*, as_json: bool = False) -> tuple[Terminal, StringIO]:
    """A terminal of which everything printed is kept."""
    output = StringIO()
    console = Console(file=output, width=100, markup=False, highlight=False)
    return Terminal(console, console, can_ask=False, as_json=as_json), output


def result(env: DemoEnvironment, steps: Sequence[Step] = STEPS) -> tuple[Answer, str]:
    """Run steps in an environment and return the day's answer with what was shown."""
    terminal, output = a_terminal()
    view = DemoView(terminal)
    day = run_steps(env, view, steps)
    view.close(day, 1.0, None)
    return answer(day, 1.0, FEW), output.getvalue()


def failed(day: Answer) -> dict[str, list[str]]:
    """What did not hold, by step."""
    data = day.document["data"]
    assert isinstance(data, dict)
    return {
        step["step"]: [one["check"] for one in step["checks"] if not one["holds"]]
        for step in data["steps"]
        if step["verdict"] == "fails"
    }


@pytest.fixture
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A user's folder and settings, which the demo must neither read nor touch."""
    (tmp_path / ".env").write_text("JAINAM_BASE_URL=https://broker.invalid\nJAINAM_DRY_RUN=true\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JAINAM_BASE_URL", "https://broker.invalid")
    monkeypatch.setenv("JAINAM_DATABASE_URL", f"sqlite:///{tmp_path / 'users.db'}")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    return tmp_path


def test_the_whole_day_holds_and_touches_nothing_of_the_users(no_environment: Path) -> None:
    ran = run(None, "demo", "--instruments", str(FEW), "--json")

    assert [(step["step"], step["checks"]) for step in ran.data["steps"] if step["verdict"] != "holds"] == []
    assert (ran.status, ran.document["status"], ran.data["failed"]) == (0, "success", 0)
    assert [step["step"] for step in ran.data["steps"]] == [step.title for step in STEPS]
    assert ran.data["instruments"] >= FEW
    assert [path.name for path in no_environment.iterdir()] == [".env"]


def test_a_step_that_goes_wrong_is_marked_and_ends_the_demo_with_1() -> None:
    with open_environment(FEW) as env:
        env.simulator.faults.add(Fault(FaultKind.RMS_REJECT, on="place", text="RMS: no more"))
        day, outcome = result(env, STEPS[:4])

    ended = CliRunner().invoke(AnsweringCommand("demo", callback=lambda: day), ["--json"])
    assert (ended.exit_code, json.loads(ended.stdout)["status"]) == (1, "error")
    assert failed(day) == {"Four types of order": ["MARKET BUY 100 SBIN: at the exchange exactly as asked, Filled"]}
    assert "✗ MARKET BUY 100 SBIN" in outcome
    assert "✗ 1 of 13 checks do not hold." in outcome


def test_a_day_without_a_login_is_not_played_on() -> None:
    with open_environment(FEW) as env:
        env.simulator.faults.add(Fault(FaultKind.REFUSED, on="login", times=None, text="Invalid appKey"))
        day, _ = result(env)

    wrong = failed(day)
    assert day.status == 1
    assert list(wrong) == [step.title for step in STEPS]
    assert wrong["Smart orders"] == ["not played, because a step that it needs failed"]
    assert env.exchange.all_orders() == []


def test_the_folder_is_kept_only_on_request() -> None:
    with open_environment(FEW) as env:
        assert env.folder.is_dir()
    assert not env.folder.exists()

    with open_environment(FEW, keep=True) as env:
        pass
    try:
        assert (env.folder / "demo.log").is_file()
    finally:
        shutil.rmtree(env.folder)


def test_a_machine_reads_nothing_but_the_document() -> None:
    terminal, output = a_terminal(as_json=True)

    with open_environment(FEW) as env:
        DemoView(terminal).open(env)

    assert output.getvalue() == ""
