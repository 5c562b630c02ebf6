"""A step of the day, what it showed, and the checks that decide whether it held."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from rich.console import RenderableType
from rich.text import Text

from jainam_prop.entrypoints.cli.demo.environment import DemoEnvironment


@dataclass(frozen=True, slots=True)
class Check:
    """A sentence about the exchange, whether it is true, and what was seen when it is not.

    ``marked`` says that the step's own table carries the mark already.
    """

    text: str
    holds: bool
    seen: str = ""
    marked: bool = False


def check(text: str, seen: object, expected: object, *, marked: bool = False) -> Check:
    """Compare what was seen with what a sentence says."""
    return Check(text, seen == expected, f"seen {seen!r}, expected {expected!r}", marked)


def mark(*, holds: bool) -> Text:
    """Write the mark of a check."""
    return Text("✓", style="bold green") if holds else Text("✗", style="bold red")


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What a step came to.

    Attributes:
        asked: what was asked for, for the summary.
        holds: what the exchange holds afterwards, likewise.
        view: a table for the terminal.
    """

    asked: str
    holds: str
    checks: tuple[Check, ...]
    view: RenderableType | None = None


Watch: TypeAlias = Callable[[RenderableType], None]
"""Shows the progress of a step, on a terminal."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the day.

    Attributes:
        vital: without it nothing after it makes sense.
    """

    title: str
    story: str
    run: Callable[[DemoEnvironment, Watch], StepOutcome]
    vital: bool = False


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step that has run, with its duration in seconds."""

    step: Step
    outcome: StepOutcome
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether every check holds; a step that checks nothing has not shown anything."""
        return bool(self.outcome.checks) and all(one.holds for one in self.outcome.checks)
