"""The demo on a terminal: step by step, then a summary; nothing with --json."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.spinner import Spinner
from rich.text import Text

from jainam_prop.entrypoints.cli.demo.environment import DemoEnvironment
from jainam_prop.entrypoints.cli.demo.step import Check, StepResult, Watch
from jainam_prop.entrypoints.cli.terminal import Terminal
from jainam_prop.entrypoints.cli.views.tables import grouped, table

_INDENT: Final = (0, 0, 0, 3)


class DemoView:
    """Shows the day on a terminal."""

    def __init__(self, terminal: Terminal) -> None:
        """Show it on standard output; with --json only the progress, on standard error."""
        self._console = terminal.watched
        self._silent = terminal.as_json

    @contextmanager
    def waiting(self, what: str, story: str = "") -> Iterator[Watch]:
        """Show a spinner on a terminal; views that are passed on appear below it."""
        if not self._console.is_terminal:
            yield lambda _view: None
            return
        spinner = Spinner("dots", Text(f" {what}…", style="bold"), style="cyan")
        head = Group(spinner, _indented(Text(story, style="dim")))
        with Live(head, console=self._console, transient=True) as live:
            yield lambda view: live.update(Group(head, "", _indented(view)))

    def open(self, env: DemoEnvironment) -> None:
        """Show what the day runs on."""
        count = len(env.exchange.universe)
        address = (
            f"{grouped(count)} instruments at {env.simulator.base_url}, over real HTTP, at the broker's own pace.\n"
        )
        lines = Text.assemble(
            ("A dealer's day at an exchange that lives in this process\n", "bold"),
            address,
            ("Nothing of yours is touched. Each ✓ compares a result with the exchange's own records.", "dim"),
        )
        self._print(Panel(lines, border_style="cyan", expand=False, padding=(0, 2)))

    def step(self, number: int, result: StepResult) -> None:
        """Show a step that has run; a check that its table marks is repeated only if it fails."""
        colour = "cyan" if result.holds else "red"
        title = Text.assemble((f" {number} ", f"bold reverse {colour}"), (f" {result.step.title} ", "bold"))
        self._print("", Rule(title, align="left", style=colour), _indented(Text(result.step.story, style="dim")))
        if result.outcome.view is not None:
            self._print("", _indented(result.outcome.view), "")
        for one in result.outcome.checks:
            if not (one.marked and one.holds):
                self._print(_indented(_sentence(one)))

    def close(self, day: Sequence[StepResult], seconds: float, folder: Path | None) -> None:
        """Show the summary and the verdict, and where the store and the log were left, if they were."""
        made = table("The day", ">", "~Step", "~Asked?", "~The exchange holds", "Checks", ">Time?")
        for number, result in enumerate(day, start=1):
            made.add_row(
                str(number),
                result.step.title,
                result.outcome.asked,
                result.outcome.holds,
                _verdict(result),
                f"{result.seconds:.1f} s",
            )
        self._print("", made, "", _verdict_of(day, seconds))
        if folder is not None:
            self._print(Text(f"Store and log are in {folder}", style="dim"))

    def _print(self, *views: RenderableType) -> None:
        if not self._silent:
            for view in views:
                self._console.print(view)


def _verdict(result: StepResult) -> Text:
    held, asked = sum(one.holds for one in result.outcome.checks), len(result.outcome.checks)
    if result.holds:
        return Text(f"✓ {held} of {asked}", style="green")
    return Text(f"✗ {held} of {asked}", style="bold red")


def _verdict_of(day: Sequence[StepResult], seconds: float) -> Text:
    """Say in one line whether everything held."""
    checks = [one for result in day for one in result.outcome.checks]
    failed = sum(not one.holds for one in checks)
    if all(result.holds for result in day):
        reported = f"✓ All {len(checks)} checks against the exchange's own records hold. It took {seconds:.1f} s."
        return Text(reported, style="bold green")
    return Text(f"✗ {failed} of {len(checks)} checks do not hold.", style="bold red")


def _sentence(one: Check) -> Text:
    if one.holds:
        return Text.assemble(("✓ ", "bold green"), one.text)
    return Text.assemble(("✗ ", "bold red"), (one.text, "red"), (f"\n  {one.seen}" if one.seen else "", "yellow"))


def _indented(view: RenderableType) -> Padding:
    return Padding(view, _INDENT, expand=False)
