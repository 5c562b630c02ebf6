"""A command that ends in an answer: prints it in the form asked for, and exits with its status."""

from dataclasses import replace
from typing import Any, Final

import click

from jainam_prop.domain.errors import NotConfigured
from jainam_prop.entrypoints.cli.answer import Answer, failure, refusal
from jainam_prop.entrypoints.cli.terminal import Terminal
from jainam_prop.entrypoints.cli.workplace import Workplace

CONTEXT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
"""How help looks for every command."""


def examples(*lines: str) -> str:
    """Write examples for the end of a command's help, where click leaves them as they are."""
    return "\b\n" + "\n".join(("Examples:", *(f"  jainam-prop {line}" for line in lines)))


class AnsweringCommand(click.Command):
    """A command whose function returns an `Answer`; it has ``--json`` without saying so."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (click's own arguments, handed on)
        kwargs["context_settings"] = CONTEXT | kwargs.get("context_settings", {})
        super().__init__(*args, **kwargs)
        self.params.append(
            click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document and nothing else.")
        )

    def invoke(self, ctx: click.Context) -> None:
        """Run the command's function and tell its answer."""
        place = _place(ctx)
        terminal = replace(place.terminal, as_json=bool(ctx.params.pop("as_json")))
        ctx.obj = replace(place, terminal=terminal)
        answer = self._answer(ctx)
        terminal.tell(answer)
        ctx.exit(answer.status)

    def _answer(self, ctx: click.Context) -> Answer:
        try:
            answer = super().invoke(ctx)
        except Exception as error:
            told = _told(error)
            if told is None:
                raise
            return told
        if not isinstance(answer, Answer):
            message = f"{ctx.command_path} ended without an answer"
            raise TypeError(message)
        return answer


def _place(ctx: click.Context) -> Workplace:
    """Return where to work: what the caller gave, as tests do, or this process."""
    found = ctx.find_object(Workplace)
    return found if found is not None else Workplace(Terminal.of_process())


def _told(error: Exception) -> Answer | None:
    """Return the sentence for an exception that a person can do something about; None for a bug."""
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415 (help must not wait for it)

    from jainam_prop.entrypoints.settings_error import SettingsError  # noqa: PLC0415

    if isinstance(error, SettingsError):
        return failure(NotConfigured(str(error)))
    if isinstance(error, SQLAlchemyError | OSError) and not isinstance(error, BrokenPipeError):
        return refusal(f"The store cannot be used ({type(error).__name__}). Next: jainam-prop doctor", "store-unusable")
    return None
