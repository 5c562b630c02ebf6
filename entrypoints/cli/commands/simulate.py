"""``simulate``: a simulated exchange on this machine, for rehearsals and for other clients."""

import json
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click

from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.cli.symbols import Words
from jainam_prop.entrypoints.cli.usage import HELP_SETTINGS

_FULL_UNIVERSE: Final = 120_000
_MOST_PORTS: Final = 65_535
_HOW_TO: Final = """\
Simulated exchange on {0} with {1:,} instruments. Stop it with Ctrl-C.
Its settings are in {2} until then. In another terminal, in this folder:
  jainam-prop --env-file {2} instruments sync
  jainam-prop --env-file {2} smart NSE:SBIN --target 10
  jainam-prop --env-file {2} positions"""
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
    "--save",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("simulator.env"),
    show_default=True,
    help="Where the settings go while it runs; they name a store of their own, which ends with it.",
)
@click.option("--print-env", is_flag=True, help="Print the settings that lead here, one KEY=value a line.")
@click.option("--json", "as_json", is_flag=True, help="Print address and settings as one JSON document.")
def simulate(  # noqa: PLR0913 - one argument for each option
    port: int, account: str, instruments: int, seed: int, *, save: Path, print_env: bool, as_json: bool
) -> None:
    """Serve a simulated XTS server until Ctrl-C; its keys are invented, and it listens on loopback only."""
    from jainam_prop.adapters.simulator.config import SimulatorConfig  # noqa: PLC0415 (help must not wait for it)
    from jainam_prop.adapters.simulator.server.running import serve, settings_lines  # noqa: PLC0415
    from jainam_prop.adapters.simulator.server.server import XtsSimulator  # noqa: PLC0415

    with TemporaryDirectory(prefix="jainam-simulator-") as store, ExitStack() as at_the_end:

        def announce(simulator: XtsSimulator) -> None:
            lines = settings_lines(simulator, AccountKind(account.upper()))
            if as_json:
                environment = dict(line.split("=", 1) for line in lines)
                count = len(simulator.exchange.universe)
                data = {"address": simulator.base_url, "instruments": count, "env": environment}
                click.echo(json.dumps({"status": "success", "data": data}, indent=2))
            elif print_env:
                click.echo("\n".join(lines))
            else:
                own = (f"JAINAM_DATABASE_URL=sqlite:///{Path(store) / 'store.db'}", "JAINAM_TOKEN_KEY=of-a-simulator")
                save.write_text("\n".join((*lines, *own, "")), encoding="utf-8")
                at_the_end.callback(save.unlink, missing_ok=True)
                click.echo(_HOW_TO.format(simulator.base_url, len(simulator.exchange.universe), save))

        try:
            serve(SimulatorConfig(port=port, instruments=instruments, seed=seed), announce)
        except OSError as error:
            message = _REFUSED.format(error.filename or f"Port {port}", error.strerror)
            raise click.ClickException(message) from None
