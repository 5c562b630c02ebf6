"""How the day looks on a terminal: scene by scene, then a summary; silent when a machine is reading."""

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

from jainam_prop.entrypoints.cli.demo.environment import Stage
from jainam_prop.entrypoints.cli.demo.step import Check, Played, Watch
from jainam_prop.entrypoints.cli.terminal import Terminal
from jainam_prop.entrypoints.cli.views.tables import table

_INDENT: Final = (0, 0, 0, 3)


class Show:
    """Shows the day to whoever watches."""

    def __init__(self, terminal: Terminal) -> None:
        """Show it there: on standard output, or, beside the JSON, only the progress on a terminal's standard error."""
        self._console = terminal.watched
        self._silent = terminal.as_json

    @contextmanager
    def waiting(self, what: str, story: str = "") -> Iterator[Watch]:
        """Show that something is going on, where somebody can watch; what is handed on is shown below."""
        if not self._console.is_terminal:
            yield lambda _view: None
            return
        spinner = Spinner("dots", Text(f" {what}…", style="bold"), style="cyan")
        head = Group(spinner, _indented(Text(story, style="dim")))
        with Live(head, console=self._console, transient=True) as live:
            yield lambda view: live.update(Group(head, "", _indented(view)))

    def open(self, stage: Stage) -> None:
        """Introduce the stage."""
        count = len(stage.exchange.universe)
        address = f"{count:,} instruments at {stage.simulator.base_url}, over real HTTP, at the broker's own pace.\n"
        lines = Text.assemble(
            ("A dealer's day at an exchange that lives in this process\n", "bold"),
            address,
            ("Nothing of yours is touched. Each ✓ compares a result with the exchange's own records.", "dim"),
        )
        self._print(Panel(lines, border_style="cyan", expand=False, padding=(0, 2)))

    def scene(self, number: int, played: Played) -> None:
        """Show a scene after it was played; a check whose mark stands in the table is repeated only if it fails."""
        colour = "cyan" if played.holds else "red"
        title = Text.assemble((f" {number} ", f"bold reverse {colour}"), (f" {played.scene.title} ", "bold"))
        self._print("", Rule(title, align="left", style=colour), _indented(Text(played.scene.story, style="dim")))
        if played.shown.view is not None:
            self._print("", _indented(played.shown.view), "")
        for one in played.shown.checks:
            if not (one.marked and one.holds):
                self._print(_indented(_sentence(one)))

    def close(self, day: Sequence[Played], seconds: float, folder: Path | None) -> None:
        """Show the summary and the verdict, and where the store and the log were left, if they were."""
        made = table("The day", ">", "~Step", "~Asked", "~The exchange holds", "Checks", ">Time")
        for number, played in enumerate(day, start=1):
            made.add_row(
                str(number),
                played.scene.title,
                played.shown.asked,
                played.shown.holds,
                _verdict(played),
                f"{played.seconds:.1f} s",
            )
        self._print("", made, "", _verdict_of(day, seconds))
        if folder is not None:
            self._print(Text(f"Store and log are in {folder}", style="dim"))

    def _print(self, *views: RenderableType) -> None:
        if not self._silent:
            for view in views:
                self._console.print(view)


def _verdict(played: Played) -> Text:
    held, asked = sum(one.holds for one in played.shown.checks), len(played.shown.checks)
    if played.holds:
        return Text(f"✓ {held} of {asked}", style="green")
    return Text(f"✗ {held} of {asked}", style="bold red")


def _verdict_of(day: Sequence[Played], seconds: float) -> Text:
    """Say in one line whether everything held."""
    checks = [one for played in day for one in played.shown.checks]
    failed = sum(not one.holds for one in checks)
    if all(played.holds for played in day):
        told = f"✓ All {len(checks)} checks against the exchange's own records hold. It took {seconds:.1f} s."
        return Text(told, style="bold green")
    return Text(f"✗ {failed} of {len(checks)} checks do not hold.", style="bold red")


def _sentence(one: Check) -> Text:
    if one.holds:
        return Text.assemble(("✓ ", "bold green"), one.text)
    return Text.assemble(("✗ ", "bold red"), (one.text, "red"), (f"\n  {one.seen}" if one.seen else "", "yellow"))


def _indented(view: RenderableType) -> Padding:
    return Padding(view, _INDENT, expand=False)
