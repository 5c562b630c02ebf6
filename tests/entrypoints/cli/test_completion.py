"""What the three shells complete, and the manual page from the same definitions."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from jainam_prop.entrypoints.cli.main import root
from jainam_prop.entrypoints.settings import settings_from
from tests.entrypoints.cli.shell import Shell, run
from tests.entrypoints.cli.test_main import commands


def completed(shell: Shell, line: str) -> list[str]:
    """The values that a shell is offered for the last word of a line."""
    *words, last = line.split(" ")
    found = ShellComplete(root, {"obj": shell.context}, "jainam-prop", "_X").get_completions(words, last)
    return [item.value for item in found]


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("squ", ["square-off", "square-off-all"]),
        ("place N", ["NSE", "NFO", "NSE_INDEX"]),
        ("place NSE SBI", ["SBIN"]),
        ("place NSE:SBI", ["NSE:SBIN"]),
        ("place NSE : SBI", ["SBIN"]),
        ("place NSE S", []),
        ("place NSE SBIN B", ["BUY"]),
        ("place NSE:SBIN S", ["SELL"]),
        ("place NSE SBIN BUY 1 --product ", ["MIS", "NRML", "CNC"]),
        ("place NSE SBIN BUY 1 --type SL", ["SL", "SL-M"]),
        ("quote RELI", ["RELIANCE"]),
        ("quote BSE RELI", ["RELIANCE"]),
        ("bars NSE:SBI", ["NSE:SBIN"]),
        ("instruments lookup NSE RELI", ["RELIANCE"]),
        ("convert NSE SBIN 1 --from M", ["MIS"]),
        ("watch SBIN --mode d", ["depth"]),
    ],
)
def test_words_are_completed(shell: Shell, line: str, values: list[str]) -> None:
    assert completed(shell, line) == values


def test_open_orders_are_completed_where_there_is_a_session(shell: Shell) -> None:
    assert completed(shell, "cancel ") == []
    shell.given("place NSE SBIN BUY 1 --type LIMIT --price 750 --yes", "place NSE SBIN BUY 1 --yes")
    working = [str(order.order_id) for order in shell.sim.exchange.all_orders() if order.resting_price]

    assert completed(shell, "cancel ") == completed(shell, "modify ") == working[:1]
    assert shell.sim.exchange.requests["login"] == 1


def test_nothing_is_said_where_nothing_can_be_completed(shell: Shell) -> None:

    lost = Shell(shell.sim, replace(shell.context, reader=lambda _: settings_from({})))

    assert (completed(lost, "place NSE SBI"), completed(lost, "cancel ")) == ([], [])


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder with the program, as on a search path."""
    file = tmp_path / "jainam-prop"
    entry = "import sys; sys.argv[0] = 'jainam-prop'; from jainam_prop.entrypoints.cli.main import main; main()"
    file.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{entry}" "$@"\n', encoding="utf-8")
    file.chmod(0o755)
    return tmp_path


def in_shell(name: str, program: Path, *lines: str) -> str:
    """What a shell prints that has the program on its search path."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not on this machine")
    script = "\n".join((f"PATH={program}:$PATH" if name != "fish" else f"set -x PATH {program} $PATH", *lines))
    return subprocess.run([found, "-c", script], capture_output=True, text=True, check=True).stdout


def test_bash_completes(program: Path) -> None:
    asked = "COMP_WORDS=(jainam-prop watch SBIN --mode d); COMP_CWORD=4; _jainam_prop_completion jainam-prop"

    out = in_shell("bash", program, 'eval "$(jainam-prop completion bash)"', asked, 'echo "${COMPREPLY[@]}"')

    assert out == "depth\n"


def test_fish_completes(program: Path) -> None:
    out = in_shell("fish", program, "jainam-prop completion fish | source", 'complete -C "jainam-prop pla"')

    assert out == "place\tPlace an order.\n"


def test_zsh_completes(program: Path) -> None:
    lines = (
        "autoload -Uz compinit; compinit -u -D",
        'eval "$(jainam-prop completion zsh)"',
        "compadd() { print -r -- ${(P)argv[-1]} }",
        "words=(jainam-prop watch SBIN --mode d); CURRENT=5; _jainam_prop_completion",
    )

    assert in_shell("zsh", program, *lines) == "depth\n"


def test_the_manual_names_every_command_and_option() -> None:
    ran = run(None, "manual")

    page = ran.out.replace("\\-", "-")
    assert ran.status == 0
    for name, command in commands():
        assert f'.SS "{name} [OPTIONS]' in page
        assert all(option in page for each in command.params for option in each.opts if option.startswith("--"))
    assert not [line for line in ran.out.splitlines() if line.startswith("'")]
