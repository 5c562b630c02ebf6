"""``simulate`` and ``demo``: a simulated exchange on this machine, for rehearsals, for other clients, and for a day."""

import json
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeAlias

import click

from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.cli.answer import Answer
from jainam_prop.entrypoints.cli.command import command
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.symbols import Words
from jainam_prop.entrypoints.cli.usage import HELP_SETTINGS
from jainam_prop.entrypoints.cli.views.tables import grouped

_Announce: TypeAlias = Callable[[str, Sequence[str], int | None], None]

_FULL_UNIVERSE: Final = 120_000
_MOST_PORTS: Final = 65_535
_HOW_TO: Final = """\
{0}.
Until Ctrl-C, {1} leads there. In a second terminal, in this folder:
  jainam-prop --env-file {1} instruments sync
  jainam-prop --env-file {1} smart NSE:SBIN --target 10
  jainam-prop --env-file {1} positions"""
_OWN_KEY: Final = "JAINAM_TOKEN_KEY=of-a-simulator"
_REFUSED: Final = "{} cannot be used ({}). Take another: --port 0 for a free one, --print-env for no file."
_ACCOUNTS: Final = [kind.value.lower() for kind in AccountKind]


@click.command(
    context_settings=HELP_SETTINGS,
    epilog=(
        "While it runs, another terminal in this folder works with it:\n\n\b\n"
        "  jainam-prop --env-file simulator.env instruments sync\n"
        "  jainam-prop --env-file simulator.env smart NSE:SBIN --target 10\n\n"
        "With --print-env or --json no file is written."
    ),
)
@click.option("--port", type=click.IntRange(0, _MOST_PORTS), default=0, show_default=True, help="0 picks a free one.")
@click.option("--account", type=Words(_ACCOUNTS), default="pro", show_default=True, help="Whose keys to print.")
@click.option("--instruments", type=click.IntRange(1), default=_FULL_UNIVERSE, show_default=True, help="How many.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of prices and bars: the same seed, the same day.")
@click.option(
    "--replay",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Answer from a transcript of validate-live instead.",
)
@click.option(
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("simulator.env"),
    show_default=True,
    help="Where the settings go while it runs; they name a store of their own, which ends with it.",
)
@click.option("--print-env", is_flag=True, help="Print the settings that lead here, one KEY=value a line.")
@click.option("--json", "as_json", is_flag=True, help="Print address and settings as one JSON document.")
def simulate(  # noqa: PLR0913 - one argument for each option
    port: int,
    account: str,
    instruments: int,
    seed: int,
    replay: Path | None,
    *,
    save: Path,
    print_env: bool,
    as_json: bool,
) -> None:
    """Serve a simulated XTS server until Ctrl-C; its keys are invented, and it listens on loopback only."""
    _check_own(None if print_env or as_json else save)
    with TemporaryDirectory(prefix="jainam-simulator-", ignore_cleanup_errors=True) as store, ExitStack() as at_the_end:

        def announce(address: str, lines: Sequence[str], count: int | None) -> None:
            if as_json:
                environment = dict(line.split("=", 1) for line in lines)
                data = {"address": address, "instruments": count, "env": environment}
                click.echo(json.dumps({"status": "success", "data": data}, indent=2))
            elif print_env:
                click.echo("\n".join(lines))
            else:
                own = (f"JAINAM_DATABASE_URL=sqlite:///{Path(store) / 'store.db'}", _OWN_KEY)
                save.write_text("\n".join((*lines, *own, "")), encoding="utf-8")
                at_the_end.callback(save.unlink, missing_ok=True)
                what = (
                    "Transcript replayed" if count is None else f"Simulated exchange with {grouped(count)} instruments"
                )
                click.echo(_HOW_TO.format(f"{what} on {address}", save))

        try:
            if replay is None:
                _serve_exchange(port, instruments, seed, AccountKind(account.upper()), announce)
            else:
                _serve_transcript(replay, port, AccountKind(account.upper()), announce)
        except OSError as error:
            message = _REFUSED.format(error.filename or f"Port {port}", error.strerror)
            raise click.ClickException(message) from None


def _check_own(save: Path | None) -> None:
    if save and save.exists() and _OWN_KEY not in save.read_text(encoding="utf-8"):
        message = f"{save} holds other settings, which a simulator would overwrite and take away: name another file."
        raise click.BadParameter(message, param_hint="--save")


def _serve_exchange(port: int, instruments: int, seed: int, account: AccountKind, announce: _Announce) -> None:
    from jainam_prop.adapters.simulator.config import SimulatorConfig  # noqa: PLC0415 (help must not wait for it)
    from jainam_prop.adapters.simulator.server import server  # noqa: PLC0415

    opened = server.simulator_with_prices(SimulatorConfig(port=port, instruments=instruments, seed=seed))
    server.serve(
        opened, lambda sim: announce(sim.base_url, server.settings_lines(sim, account), len(sim.exchange.universe))
    )


def _serve_transcript(folder: Path, port: int, account: AccountKind, announce: _Announce) -> None:
    from jainam_prop.adapters.simulator.server import server  # noqa: PLC0415 (help must not wait for it)
    from jainam_prop.adapters.simulator.server.replay import ReplayServer  # noqa: PLC0415

    server.serve(
        ReplayServer(folder, port), lambda replay: announce(replay.base_url, server.replay_lines(replay, account), None)
    )


_INSTRUMENTS: Final = 101_000
"""More than 100,000 remain when spreads and test instruments are left out."""


@command()
@click.option(
    "--instruments", type=click.IntRange(1), default=_INSTRUMENTS, show_default=True, help="How many are listed, about."
)
@click.option("--keep", is_flag=True, help="Leave the demo's own folder (store and log) behind.")
def demo(context: CliContext, *, instruments: int, keep: bool) -> Answer:
    """Run a whole trading day on the embedded simulator, each step checked against its truth.

    Nothing of yours is read or written. It ends with 0 only if every check holds.
    """
    from jainam_prop.entrypoints.cli.demo.day import run_day  # noqa: PLC0415 (help must not wait for it)

    return run_day(context.terminal, instruments, keep=keep)
