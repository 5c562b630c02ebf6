"""What all commands that trade have in common: permission, rehearsal, and the truth about an interruption."""

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import click

from jainam_prop.entrypoints.cli.answer import Answer, ExitStatus, refusal
from jainam_prop.entrypoints.cli.terminal import Terminal

_LOG: Final = logging.getLogger(__name__)

_Function = TypeVar("_Function", bound=Callable[..., Any])

REHEARSED: Final = "Dry run: nothing was sent."
_NOBODY_TO_ASK: Final = (
    "Nothing was sent: there is nobody to ask. Add --yes to act without being asked, or --dry-run to rehearse."
)
_BROKEN_OFF: Final = (
    "{} while the broker was at work: orders may be live, do not send them again.\n"
    "Next: jainam-prop journal --resolve looks for them in the broker's books."
)


def trading_options(function: _Function) -> _Function:
    """Add ``--yes`` and ``--dry-run`` to a command."""
    rehearse = click.option("--dry-run", is_flag=True, help="Do everything but send.")
    agreed = click.option("--yes", "-y", is_flag=True, help="Act without asking.")
    return agreed(rehearse(function))


def terms_options(function: _Function) -> _Function:
    """Add the terms of an order to a command; what is not given is not passed on."""
    for option in reversed(
        (
            click.option("--product", "-p", help="MIS (the default), NRML or CNC."),
            click.option("--type", "-t", "--pricetype", "pricetype", help="MARKET (the default), LIMIT, SL or SL-M."),
            click.option("--price", help="Limit price in rupees, for LIMIT and SL."),
            click.option(
                "--trigger", "--trigger-price", "trigger_price", help="Trigger price in rupees, for SL and SL-M."
            ),
            click.option("--disclosed", "disclosed_quantity", help="Units shown to the market; all, if not given."),
        )
    ):
        function = option(function)
    return function


def given(fields: Mapping[str, str | None]) -> dict[str, object]:
    """Return the fields that were given; the rest must stay absent, because blank and absent are not the same."""
    return {name: value for name, value in fields.items() if value is not None}


def refused_by_person(terminal: Terminal, question: str, *, yes: bool) -> Answer | None:
    """Ask for permission; None means go."""
    if yes:
        return None
    if not terminal.can_ask:
        return refusal(_NOBODY_TO_ASK, "not-confirmed")
    if terminal.confirm(question):
        return None
    return refusal("Nothing was sent: you did not agree.", "declined")


def acting(act: Callable[[], Answer]) -> Answer:
    """Act; when that is interrupted or breaks off, say that orders may be live instead of just ending."""
    try:
        return act()
    except KeyboardInterrupt:
        return refusal(_BROKEN_OFF.format("Interrupted"), "interrupted", ExitStatus.UNKNOWN)
    except Exception:
        # A bug, or a store that failed on the way: told with its trace, but first of all truthfully.
        _LOG.exception("broken off")
        return refusal(_BROKEN_OFF.format("Broken off"), "broken-off", ExitStatus.UNKNOWN)
