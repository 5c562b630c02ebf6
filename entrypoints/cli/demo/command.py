"""``demo``: run the day, show it, and end with 0 only if every check holds."""

from typing import Final

import click

from jainam_prop.entrypoints.cli.answer import Answer
from jainam_prop.entrypoints.cli.command import AnsweringCommand
from jainam_prop.entrypoints.cli.context import CliContext

_INSTRUMENTS: Final = 101_000
"""More than 100,000 remain when spreads and test instruments are left out."""


@click.command(cls=AnsweringCommand)
@click.option(
    "--instruments", type=click.IntRange(1), default=_INSTRUMENTS, show_default=True, help="How many are listed, about."
)
@click.option("--keep", is_flag=True, help="Leave the demo's own folder (store and log) behind.")
@click.pass_obj
def demo(context: CliContext, *, instruments: int, keep: bool) -> Answer:
    """Run a whole trading day on the embedded simulator, each step checked against its truth.

    Nothing of yours is read or written. It ends with 0 only if every check holds.
    """
    from jainam_prop.entrypoints.cli.demo.day import run_day  # noqa: PLC0415 (help must not wait for it)

    return run_day(context.terminal, instruments, keep=keep)
