"""The terminal: tables go to standard output, messages and questions to standard error."""

import json
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Final, Self

import click
from rich.console import Console, RenderableType
from rich.text import Text

from jainam_prop.entrypoints.cli.answer import Answer, ExitStatus

_ROOMY: Final = (100, 40)
"""Columns and lines where the width is not known, as in a pipe."""

_MESSAGE_STYLE: Final = {ExitStatus.DONE: "dim", ExitStatus.UNKNOWN: "bold yellow"}


@dataclass(frozen=True, slots=True)
class Terminal:
    """Both output streams, and whether a question can be asked.

    Attributes:
        as_json: one JSON document on standard output and nothing else there.
    """

    out: Console
    err: Console
    can_ask: bool
    as_json: bool = False

    @classmethod
    def of_process(cls) -> Self:
        """Return the terminal that this process was started in; colours obey ``NO_COLOR``."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="replace")  # a sign that the terminal lacks must not end the program
        width = shutil.get_terminal_size(_ROOMY).columns
        return cls(_console(width), _console(width, stderr=True), can_ask=sys.stdin is not None and sys.stdin.isatty())

    @property
    def watched(self) -> Console:
        """Where progress is shown; it shows only if this is a terminal."""
        return self.err if self.as_json else self.out

    def answer(self, answer: Answer) -> None:
        """Print an answer in the form that was asked for."""
        if self.as_json and answer.is_line:
            self.line(answer.document)
            return
        if self.as_json:
            self.out.file.write(json.dumps(answer.document, ensure_ascii=False, indent=2) + "\n")
            return
        if answer.view is not None:
            self._print(answer.view)
        if answer.message:
            self.note(answer.message, _MESSAGE_STYLE.get(answer.status, "bold red"))

    def line(self, document: Mapping[str, object]) -> None:
        """Print one line of JSON at once, for a program that reads while more is to come."""
        self.out.file.write(json.dumps(document, ensure_ascii=False) + "\n")
        self.out.file.flush()

    def show(self, view: RenderableType) -> None:
        """Print a view before the answer; with --json on standard error."""
        (self.err if self.as_json else self.out).print(view)

    def _print(self, view: RenderableType) -> None:
        """Print a view; where no terminal reads, as plain lines of any length."""
        if self.out.is_terminal:
            self.out.print(view)
            return
        from jainam_prop.entrypoints.cli.views.tables import plain_lines  # noqa: PLC0415 (only answers need it)

        for line in plain_lines(view):
            self.out.file.write(f"{line}\n")

    def note(self, text: str, style: str = "") -> None:
        """Print sentences on standard error."""
        self.err.print(Text(text, style=style), soft_wrap=not self.err.is_terminal)

    def ask(
        self, question: str, default: str | None = None, *, hidden: bool = False, words: click.Choice[str] | None = None
    ) -> str:
        """Ask for a text on standard error, again while it is none of the words; what is hidden is not shown."""
        return str(click.prompt(question, default, hidden, type=words, show_choices=False, err=True))

    def confirm(self, question: str) -> bool:
        """Ask a question on standard error; only yes is yes."""
        return click.confirm(question, default=False, err=True)


def _console(width: int, *, stderr: bool = False) -> Console:
    """Return a console that prints text as it is: the broker's words hold brackets, which are no markup."""
    return Console(width=width, stderr=stderr, highlight=False, markup=False, emoji=False)
