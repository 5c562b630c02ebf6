"""``simulate``: a simulated exchange on this machine, for rehearsals and for other clients."""

import json
from typing import Final

import click

from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.cli.symbols import Words
from jainam_prop.entrypoints.cli.usage import HELP_SETTINGS

_FULL_UNIVERSE: Final = 120_000
_MOST_PORTS: Final = 65_535
_ACCOUNTS: Final = [kind.value.lower() for kind in AccountKind]


@click.command(
    context_settings=HELP_SETTINGS,
    epilog=(
        "\b\nTo work with it:\n  jainam-prop simulate --port 7777 --print-env > simulator.env &\n"
        "  set -a; . ./simulator.env; set +a\n  jainam-prop login"
    ),
)
@click.option("--port", type=click.IntRange(0, _MOST_PORTS), default=0, show_default=True, help="0 picks a free one.")
@click.option("--account", type=Words(_ACCOUNTS), default="pro", show_default=True, help="Whose keys to print.")
@click.option("--instruments", type=click.IntRange(1), default=_FULL_UNIVERSE, show_default=True, help="How many.")
@click.option("--seed", type=int, default=1, show_default=True, help="Of prices and bars: the same seed, the same day.")
@click.option("--print-env", is_flag=True, help="Print the settings that lead here, one KEY=value a line.")
@click.option("--json", "as_json", is_flag=True, help="Print address and settings as one JSON document.")
def simulate(  # noqa: PLR0913 - one argument for each option
    port: int, account: str, instruments: int, seed: int, *, print_env: bool, as_json: bool
) -> None:
    """Serve a simulated XTS server until Ctrl-C; its keys are invented, and it listens on loopback only."""
    from jainam_prop.adapters.simulator.config import SimulatorConfig  # noqa: PLC0415 (help must not wait for it)
    from jainam_prop.adapters.simulator.server.running import serve, settings_lines  # noqa: PLC0415
    from jainam_prop.adapters.simulator.server.server import XtsSimulator  # noqa: PLC0415

    def announce(simulator: XtsSimulator) -> None:
        lines = settings_lines(simulator, AccountKind(account.upper()))
        if as_json:
            environment = dict(line.split("=", 1) for line in lines)
            data = {"address": simulator.base_url, "instruments": len(simulator.exchange.universe), "env": environment}
            click.echo(json.dumps({"status": "success", "data": data}, indent=2))
        elif print_env:
            click.echo("\n".join(lines))
        else:
            click.echo(f"Simulated XTS server on {simulator.base_url}; stop it with Ctrl-C.")

    try:
        serve(SimulatorConfig(port=port, instruments=instruments, seed=seed), announce)
    except OSError as error:
        message = f"Port {port} cannot be used ({error.strerror}). Take another, or --port 0 for a free one."
        raise click.ClickException(message) from None
