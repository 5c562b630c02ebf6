"""Commands that end in an answer, and what all commands that trade share: options, permission, dry run."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

import click
from rich.console import RenderableType

from jainam_prop.application.ports.runtime import StoreUnreadableError
from jainam_prop.domain.errors import NotConfigured, Unreadable
from jainam_prop.entrypoints.cli.answer import Answer, ExitStatus, failure, refusal
from jainam_prop.entrypoints.cli.context import context_of
from jainam_prop.entrypoints.cli.symbols import VALUES, CompletedText, refuse_negative_quantity, spread_contract
from jainam_prop.entrypoints.cli.terminal import Terminal
from jainam_prop.entrypoints.cli.usage import HELP_SETTINGS, SuggestingGroup, examples


class AnsweringCommand(click.Command):
    """A command whose function returns an `Answer`; adds the option ``--json``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (click's own arguments, handed on)
        kwargs["context_settings"] = HELP_SETTINGS | kwargs.get("context_settings", {})
        super().__init__(*args, **kwargs)
        self.params.append(
            click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document and nothing else.")
        )
        for each in self.params:
            if each.name in VALUES and each.type is click.STRING:
                each.type = CompletedText()

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read ``EXCHANGE:SYMBOL`` as two arguments where the command has two, and explain a negative quantity."""
        if ctx.resilient_parsing:  # a shell that completes: bash makes a word of a colon
            return super().parse_args(ctx, [word for word in spread_contract(self, args) if word != ":"])
        refuse_negative_quantity(self, args)
        return super().parse_args(ctx, spread_contract(self, args))

    def invoke(self, ctx: click.Context) -> None:
        """Run the command's function, print its answer and exit with its status."""
        context = context_of(ctx)
        terminal = replace(context.terminal, as_json=bool(ctx.params.pop("as_json")))
        ctx.obj = replace(context, terminal=terminal)
        answer = self._answer(ctx)
        terminal.answer(answer)
        ctx.exit(answer.status)

    def _answer(self, ctx: click.Context) -> Answer:
        try:
            answer = super().invoke(ctx)
        except Exception as error:
            explained = _explained(error)
            if explained is None:
                raise
            return explained
        if not isinstance(answer, Answer):
            message = f"{ctx.command_path} ended without an answer"
            raise TypeError(message)
        return answer


def _explained(error: Exception) -> Answer | None:
    """Return the sentence for an exception that a person can do something about; None for a bug."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 (help must not wait for it)

    from jainam_prop.entrypoints.settings_source import SettingsError  # noqa: PLC0415

    if isinstance(error, StoreUnreadableError):
        return failure(Unreadable(f"the store: {error}"))
    if isinstance(error, SettingsError):
        return failure(NotConfigured(str(error)))
    if isinstance(error, SQLAlchemyError | OSError) and not isinstance(error, BrokenPipeError):
        return refusal(f"The store cannot be used ({type(error).__name__}). Next: jainam-prop doctor", "store-unusable")
    return None


def command(
    *lines: str, name: str | None = None, of: click.Group | None = None
) -> Callable[[Callable[..., Answer]], click.Command]:
    """Make a command of a function that takes a `CliContext` and its arguments, in a group or by itself.

    ``lines`` are examples for the end of its help.
    """

    def made(function: Callable[..., Answer]) -> click.Command:
        epilog = examples(*lines) if lines else None
        answering = click.command(name, cls=AnsweringCommand, epilog=epilog)(click.pass_obj(function))
        if of is not None:
            of.add_command(answering)
        return answering

    return made


def group(function: Callable[[], None]) -> click.Group:
    """Make a group of commands, which suggests the nearest names for an unknown one."""
    return click.group(cls=SuggestingGroup, context_settings=HELP_SETTINGS)(function)


_LOG: Final = logging.getLogger(__name__)

_Function = TypeVar("_Function", bound=Callable[..., Any])

_NOBODY_TO_ASK: Final = (
    "Nothing was {}: there is no terminal to ask. Add --yes to act without being asked, or --dry-run to rehearse."
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


def order_arguments(function: _Function) -> _Function:
    """Add ``EXCHANGE SYMBOL ACTION QUANTITY`` to a command."""
    for name in ("quantity", "action", "symbol", "exchange"):
        function = click.argument(name)(function)
    return function


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


def refused_by_person(terminal: Terminal, question: str, *, yes: bool, verb: str = "sent") -> Answer | None:
    """Ask for permission; None means go. The verb says what was not done where there is none."""
    if yes:
        return None
    if not terminal.can_ask:
        return refusal(_NOBODY_TO_ASK.format(verb), "not-confirmed")
    if terminal.confirm(question):
        return None
    return refusal(f"Nothing was {verb}: you did not agree.", "declined")


def when_agreed(
    terminal: Terminal,
    question: str,
    act: Callable[[], Answer],
    view: Callable[[], RenderableType | None] = lambda: None,
    *,
    yes: bool,
) -> Answer:
    """Show what is at stake, ask, and act; with ``yes`` act at once."""
    shown = None if yes else view()
    if shown is not None:
        terminal.show(shown)
    return refused_by_person(terminal, question, yes=yes) or acting(act)


def acting(act: Callable[[], Answer]) -> Answer:
    """Act; when that is interrupted or breaks off, say that orders may be live instead of just ending."""
    try:
        return act()
    except StoreUnreadableError:
        raise  # what trades reads its stores before it sends, or goes on without
    except KeyboardInterrupt:
        return refusal(_BROKEN_OFF.format("Interrupted"), "interrupted", ExitStatus.UNKNOWN)
    except Exception:
        # A bug, or a store that failed half-way: the order may be live, so the outcome is unknown.
        _LOG.exception("broken off")
        return refusal(_BROKEN_OFF.format("Broken off"), "broken-off", ExitStatus.UNKNOWN)
