"""The command ``jainam-prop``: its list of commands, each imported only when it is called."""

from __future__ import annotations

import gc
import json
import logging
import os
import shutil
import sys
import threading
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click
from click.shell_completion import CompletionItem

from jainam_prop.entrypoints.cli.usage import HELP_SETTINGS, PLACES, SuggestingGroup

if TYPE_CHECKING:
    from jainam_prop.entrypoints.settings_source import SettingsPlaces

_HERE: Final = "jainam_prop.entrypoints.cli"
_GC_THRESHOLD: Final = 200_000


class Entry(NamedTuple):
    """Where a command is found, ``module:name`` below this package, and what it does in one line."""

    place: str
    summary: str


COMMANDS: Final[dict[str, Entry]] = {
    "init": Entry("commands.session:init", "Ask for the settings, write them down and test the login."),
    "config": Entry("commands.session:config", "Show each setting and where it comes from."),
    "demo": Entry("commands.simulate:demo", "Run a whole trading day on the embedded simulator."),
    "simulate": Entry("commands.simulate:simulate", "Serve a simulated exchange on this machine."),
    "login": Entry("commands.session:login", "Log in, or take over the login of this day."),
    "logout": Entry("commands.session:logout", "Close the sessions of both applications."),
    "status": Entry("commands.session:status", "Show the session of the day and when it ends."),
    "doctor": Entry("commands.checks:doctor", "Check everything between here and the exchange."),
    "validate-live": Entry(
        "validation.command:validate_live", "Hold a live server against what this package takes it to do."
    ),
    "instruments": Entry("commands.instruments:instruments", "Download, search and look up instruments."),
    "orders": Entry("commands.books:orders", "Show the day's orders."),
    "order": Entry("commands.books:order", "Show every state that one order passed through."),
    "trades": Entry("commands.books:trades", "Show the day's executions."),
    "positions": Entry("commands.books:positions", "Show the net positions."),
    "holdings": Entry("commands.books:holdings", "Show the shares in the depository."),
    "funds": Entry("commands.books:funds", "Show the account's limits."),
    "quote": Entry("commands.prices:quote", "Show what contracts cost at this moment."),
    "bars": Entry("commands.prices:bars", "Show historical bars of a contract, or draw them."),
    "place": Entry("commands.orders:place", "Place an order."),
    "smart": Entry("commands.positions:smart", "Take a position to a target size."),
    "modify": Entry("commands.orders:modify", "Give a working order new terms."),
    "cancel": Entry("commands.orders:cancel", "Cancel orders by their ids."),
    "cancel-all": Entry("commands.orders:cancel_all", "Cancel every order that can still trade."),
    "close-all": Entry("commands.close_all:close_all", "Square off every open position."),
    "trading-state": Entry("commands.store:trading_state", "Show or change what all processes may send."),
    "cover": Entry("commands.linked_orders:cover", "Place and exit cover orders, where the server has them."),
    "bracket": Entry(
        "commands.linked_orders:bracket", "Place, change and cancel bracket orders, where the server has them."
    ),
    "convert": Entry("commands.positions:convert", "Carry a position under another product."),
    "square-off": Entry("commands.positions:square_off", "Let the broker square off one position."),
    "square-off-all": Entry("commands.positions:square_off_all", "Let the broker square off every position."),
    "watch": Entry("commands.watch:watch", "Show live prices and your orders as they change."),
    "journal": Entry("commands.store:journal", "Show the journal: each order and its outcome."),
    "store": Entry("commands.store:store", "Check, back up, prune, migrate or move what is kept."),
    "openalgo": Entry("commands.openalgo:openalgo", "Put the plug-in into an OpenAlgo, check it, or take it out."),
    "completion": Entry("commands.manual:completion", "Print what makes a shell complete commands and values."),
    "manual": Entry("commands.manual:manual", "Print the manual page."),
    "sdk": Entry("commands.checks:sdk", "Look at Symphony's SDK before it is used."),
}
"""Commands in the order of help; a new one is a line here and a module in `commands`."""

FORMER_NAMES: Final = {"history": "bars", "candles": "bars"}
"""Names that go on working and are not listed."""


class Root(SuggestingGroup):
    """The group of all commands; help needs none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names in the order of the registry."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command."""
        entry = COMMANDS.get(FORMER_NAMES.get(cmd_name, cmd_name))
        if entry is None:
            return None
        module, _, name = entry.place.partition(":")
        command = getattr(import_module(f"{_HERE}.{module}"), name)
        if not isinstance(command, click.Command):
            raise TypeError(entry.place)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; ``history`` followed by an order's id shows that order."""
        name, *given = args
        values = [word for word in given if not word.startswith("-")]
        if name == "history" and values and all(word.isdigit() for word in values):
            args = ["order", *given]
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete the name of a command without importing any, or an option."""
        begun = [(name, entry.summary) for name, entry in COMMANDS.items() if name.startswith(incomplete)]
        named = [CompletionItem(name, help=summary) for name, summary in begun]
        return named + click.Command.shell_complete(self, ctx, incomplete)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Remember whether --json was given, so that bad usage is answered in JSON too."""
        ctx.meta["as_json"] = "--json" in args
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; bad usage ends with 2, in lines that break no word on a terminal."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            if not ctx.meta["as_json"]:
                raise _wrapped(error) from None
            document = {"status": "error", "kind": "usage", "message": error.format_message()}
            click.echo(json.dumps(document, ensure_ascii=False, indent=2))
            ctx.exit(error.exit_code)


def _wrapped(error: click.UsageError) -> click.UsageError:
    if not sys.stderr.isatty():
        return error
    lines = click.wrap_text(f"Error: {error.format_message()}", shutil.get_terminal_size().columns)
    return click.UsageError(lines.removeprefix("Error: "), error.ctx)


@click.group(cls=Root, context_settings=HELP_SETTINGS)
@click.version_option(package_name="jainam-prop", message="%(package)s %(version)s")
@click.option(
    "--env-file", type=click.Path(exists=True, dir_okay=False), help="Read settings from this file instead of .env."
)
@click.option("--profile", metavar="SERVER-ACCOUNT", help="Use this server and account type, such as B-PRO.")
@click.pass_context
def root(ctx: click.Context, env_file: str | None, profile: str | None) -> None:
    """Trade on Jainam's dealer desks: every figure right, or openly unknown.

    Every command takes --json. Those that trade take --dry-run, and ask before they act unless --yes is given.
    They end with 0 when done, 1 when refused or failed, 2 on bad usage, and 3 when the outcome is not known.
    """
    if env_file or profile:
        ctx.meta[PLACES] = _places(env_file, profile)


def _places(env_file: str | None, profile: str | None) -> SettingsPlaces:
    from jainam_prop.entrypoints.configuration import places_for  # noqa: PLC0415 (help must not wait for it)

    try:
        return places_for(Path(env_file) if env_file else None, profile)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--profile") from None


def main() -> None:
    """Run the command line."""
    # Imports make many objects and hardly any garbage: collecting less often saves a command a tenth of its time.
    gc.set_threshold(_GC_THRESHOLD, *gc.get_threshold()[1:])
    try:
        root(prog_name="jainam-prop")
    except SystemExit as end:
        _end_at_once(end.code)
        raise


def _end_at_once(status: object) -> None:
    """End the process without freeing its objects one by one, a sixth of a command's time; as mypy does.

    Everything of a command is closed before; where other threads still run, the process ends in the ordinary way.
    """
    if threading.active_count() > 1 or not isinstance(status, int):
        return
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # a pipe whose reader has gone, or a closed stream
            stream.flush()
    os._exit(status)
