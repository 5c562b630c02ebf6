"""The command line as a whole: every command is there, starts fast, and ends with the status it should."""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator

import click
import pytest

from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.main import COMMANDS, root
from jainam_prop.entrypoints.cli.terminal import Terminal
from jainam_prop.entrypoints.settings import settings_from
from tests.entrypoints.cli.shell import run

HARMLESS = (
    "trading-state", "store check", "store backup", "store move", "store prune", "store migrate",
    "init", "config show", "config example",
    "demo", "simulate", "login", "logout", "status", "doctor", "instruments sync", "instruments search",
    "instruments lookup", "orders", "order", "trades", "positions", "holdings", "funds", "journal", "sdk check",
    "openalgo check", "quote", "bars", "watch", "completion", "manual",
)  # fmt: skip
"""Commands that send no order; every other one must ask before it acts."""

SLOW = ("sqlalchemy", "pydantic", "httpx", "pandas", "dependency_injector")


def commands(names: Iterable[str] = COMMANDS) -> Iterator[tuple[str, click.Command]]:
    """Return every command that does something, with its full name."""
    context = click.Context(root)
    for name in names:
        command = root.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from ((f"{name} {part}", inner) for part, inner in command.commands.items())
        else:
            yield name, command


def options(command: click.Command) -> set[str]:
    """The long options of a command."""
    return {name for parameter in command.params for name in parameter.opts if name.startswith("--")}


def test_help_lists_every_command_in_order() -> None:
    ran = run(None, "--help")

    below = ran.out.partition("Commands:\n")[2].splitlines()
    listed = [line.split()[0] for line in below if re.match(r"  \S", line)]
    assert (ran.status, listed) == (0, list(COMMANDS))


@pytest.mark.parametrize(("name", "command"), tuple(commands()))
def test_every_command_speaks_json_and_says_what_it_does(name: str, command: click.Command) -> None:
    assert "--json" in options(command), name
    assert command.help


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_no_line_of_a_help_is_cut_off_or_too_long_for_80_columns(name: str) -> None:
    _, _, below = run(None, *name.split(), "--help").out.partition("\n")

    assert [line for line in below.splitlines() if line.endswith("...") or len(line) > 80] == []


@pytest.mark.parametrize(("name", "command"), tuple(commands()))
def test_whatever_sends_orders_asks_first_and_can_be_rehearsed(name: str, command: click.Command) -> None:
    assert (options(command) >= {"--yes", "--dry-run"}) == (name not in HARMLESS)


def test_no_help_waits_for_the_database_the_network_or_the_container() -> None:
    program = f"""
import sys
from jainam_prop.entrypoints.cli.main import COMMANDS, root
for name in ("", *COMMANDS):
    root([*name.split(), "--help"], standalone_mode=False)
print(sorted(set({SLOW!r}) & set(sys.modules)))
"""
    printed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert printed.splitlines()[-1] == "[]"


def test_missing_settings_are_named_together_and_no_value_is_shown() -> None:
    lone = {"JAINAM_INTERACTIVE_API_KEY": "canary-canary-canary"}
    context = CliContext(Terminal.of_process(), reader=lambda _: settings_from(lone))

    person, machine = run(context, "orders"), run(context, "orders", "--json")

    assert (person.status, person.out, machine.document["kind"]) == (1, "", "not-configured")
    for name in ("JAINAM_INTERACTIVE_API_SECRET", "JAINAM_MARKET_API_KEY", "JAINAM_MARKET_API_SECRET"):
        assert name in person.err
    assert "canary" not in person.err + machine.out


def test_bad_usage_ends_with_2_and_a_machine_can_read_why() -> None:
    person, machine = run(None, "orders", "--wrong"), run(None, "orders", "--wrong", "--json")

    assert (person.status, person.out, machine.status) == (2, "", 2)
    assert {name: machine.document[name] for name in ("status", "kind")} == {"status": "error", "kind": "usage"}


def test_an_unknown_command_is_bad_usage() -> None:
    assert run(None, "quote-me").status == 2


def test_the_version_is_told() -> None:
    assert run(None, "--version").out.startswith("jainam-prop ")


def test_a_pipe_whose_reader_has_gone_is_no_traceback() -> None:
    entry = "from jainam_prop.entrypoints.cli.main import main; main()"
    with subprocess.Popen(
        [sys.executable, "-c", entry, "manual"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as program:
        assert program.stdout is not None
        assert program.stderr is not None
        program.stdout.close()
        said = program.stderr.read()

    assert (said, program.returncode) == (b"", 1)
