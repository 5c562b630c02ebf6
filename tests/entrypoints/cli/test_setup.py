"""`init` writes what it was told and tests it; `config show` tells where each setting comes from."""

import os
import stat
from pathlib import Path
from typing import Final

import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.server.server import XtsSimulator, settings_lines
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.terminal import Terminal
from tests.entrypoints.cli.shell import Ran, run

KEYS: Final = ("INTERACTIVE_API_KEY", "INTERACTIVE_API_SECRET", "MARKET_API_KEY", "MARKET_API_SECRET")


@pytest.fixture(autouse=True)
def an_empty_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder and a home without settings, and no setting in the environment."""
    for name in os.environ:  # noqa: TID251 (whatever the tests are started with)
        if name.startswith(("JAINAM_", "BROKER_API_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(*words: str, typed: str | None = None) -> Ran:
    return run(CliContext(Terminal.of_process()), *words, typed=typed)


def typed_keys(sim: XtsSimulator) -> str:
    lines = dict(line.split("=", 1) for line in settings_lines(sim))
    return "".join(f"{lines[f'JAINAM_{name}']}\n" for name in KEYS)


@pytest.mark.parametrize("words", [("init",), ("init", "--user"), ("--env-file", "{}", "init")])
def test_init_writes_a_private_file_and_tests_the_login(
    words: tuple[str, ...], an_empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = an_empty_home / "given.env"
    given.touch()
    with XtsSimulator(SimulatorConfig(instruments=50)) as sim:
        monkeypatch.setenv("JAINAM_BASE_URL", sim.base_url)
        agreed = "y\n" if "{}" in words else ""
        answer = ran(*(word.format(given) for word in words), typed=f"{agreed}B\nPRO\n{typed_keys(sim)}")

    path = {"init": an_empty_home / ".env", "--user": an_empty_home / "config/jainam-prop/settings.env"}.get(
        words[-1], given
    )
    path = given if "{}" in words else path
    assert answer.status == 0, answer
    assert "The login works. Next: jainam-prop instruments sync" in answer.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "JAINAM_ACTIVE_SYMPHONY_SERVER=B" in path.read_text()


def test_an_answer_that_is_no_choice_is_asked_for_again_before_anything_is_written(an_empty_home: Path) -> None:
    answer = ran("init", "--no-login", typed="D\na\nPROP\ninvestor\nk1\ns1\nk2\ns2\n")

    assert "'D' is not one of A, B, C." in answer.out + answer.err
    assert (an_empty_home / ".env").read_text().splitlines()[:2] == [
        "JAINAM_ACTIVE_SYMPHONY_SERVER=A",
        "JAINAM_ACTIVE_ACCOUNT_TYPE=INVESTOR",
    ]


def test_a_secret_is_not_shown_while_it_is_typed_nor_afterwards() -> None:
    answer = ran("init", "--no-login", typed="B\nPRO\nkey-1\ncanary-1\nkey-2\ncanary-2\n")

    assert answer.status == 0
    assert "canary" not in answer.out + answer.err


def test_a_refused_login_is_said_in_the_brokers_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with XtsSimulator(SimulatorConfig(instruments=50)) as sim:
        monkeypatch.setenv("JAINAM_BASE_URL", sim.base_url)
        answer = ran("init", typed="B\nPRO\nwrong\nwrong\nwrong\nwrong\n")

    assert answer.status == 1
    assert "Invalid" in answer.err


def test_other_lines_of_a_file_stay(an_empty_home: Path) -> None:
    (an_empty_home / ".env").write_text("# mine\nJAINAM_ORDER_RATE=5\nJAINAM_MARKET_API_KEY='old' # market\n")

    ran("init", "--no-login", typed="y\nA\nNORMAL\nCLI042\nk1\ns1\nk2\ns2\n")

    lines = (an_empty_home / ".env").read_text().splitlines()
    assert lines[:3] == ["# mine", "JAINAM_ORDER_RATE=5", "JAINAM_MARKET_API_KEY='k2' # market"]
    assert set(lines[3:]) == {
        "JAINAM_ACTIVE_SYMPHONY_SERVER=A",
        "JAINAM_ACTIVE_ACCOUNT_TYPE=NORMAL",
        "JAINAM_CLIENT_ID=CLI042",
        "JAINAM_INTERACTIVE_API_KEY=k1",
        "JAINAM_INTERACTIVE_API_SECRET=s1",
        "JAINAM_MARKET_API_SECRET=s2",
    }


def test_without_a_terminal_nothing_is_written(an_empty_home: Path) -> None:
    answer = ran("init")

    assert answer.status == 1
    assert not (an_empty_home / ".env").exists()


def test_config_show_names_the_source_of_each_setting_and_no_secret(
    an_empty_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = an_empty_home / "config/jainam-prop/settings.env"
    mine.parent.mkdir(parents=True)
    mine.write_text("JAINAM_ORDER_RATE=5\nJAINAM_RETRY_DELAYS=1\nJAINAM_MARKET_API_KEY=canary\n")
    (an_empty_home / ".env").write_text(
        "JAINAM_RETRY_DELAYS=0.5,2\nJAINAM_DATABASE_URL=postgresql://u:canary@db/x\nJAINAM_VERIFY_SSL=true\n"
    )
    monkeypatch.setenv("JAINAM_VERIFY_SSL", "false")

    answer = ran("--profile", "A-PRO", "config", "show", "--json")

    found = {row["name"]: (row["value"], row["origin"]) for row in answer.data}
    expected = {
        "JAINAM_ORDER_RATE": ("5", str(mine)),
        "JAINAM_RETRY_DELAYS": ("0.5,2", str(an_empty_home / ".env")),
        "JAINAM_DATABASE_URL": ("postgresql://u:***@db/x", str(an_empty_home / ".env")),
        "JAINAM_VERIFY_SSL": ("false", "the environment"),
        "JAINAM_MARKET_API_KEY": ("set", str(mine)),
        "JAINAM_MARKET_API_SECRET": ("unset", "default"),
        "JAINAM_ACTIVE_SYMPHONY_SERVER": ("A", "the command line"),
        "JAINAM_CONNECT_TIMEOUT": ("5.0", "default"),
    }
    assert {name: found[name] for name in expected} == expected
    assert "canary" not in answer.out


def test_the_given_file_stands_alone(an_empty_home: Path) -> None:
    (an_empty_home / ".env").write_text("JAINAM_ORDER_RATE=5\n")
    given = an_empty_home / "given.env"
    given.write_text("JAINAM_DRY_RUN=true\n")

    found = {row["name"]: row["value"] for row in ran("--env-file", str(given), "config", "show", "--json").data}

    assert (found["JAINAM_DRY_RUN"], found["JAINAM_ORDER_RATE"]) == ("true", "10.0")


@pytest.mark.parametrize("words", [("--env-file", "gone.env"), ("--profile", "B")])
def test_a_file_or_a_profile_that_cannot_be_is_bad_usage(words: tuple[str, ...]) -> None:
    assert ran(*words, "config", "show").status == 2


def test_missing_settings_say_where_they_were_looked_for(an_empty_home: Path) -> None:
    (an_empty_home / ".env").write_text("JAINAM_ORDER_RATE=5\n")

    answer = ran("status")

    assert answer.status == 1
    places = (
        f"looked in the environment, {an_empty_home / '.env'}, {an_empty_home}/config/jainam-prop/settings.env (no such"
    )
    assert places in " ".join(answer.err.split())
    assert "Next: jainam-prop init" in answer.err
