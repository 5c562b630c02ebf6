"""The steps of the demo, run one after another, shown on a terminal, and summed up in an answer."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from rich.console import Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.spinner import Spinner
from rich.text import Text

from jainam_prop.entrypoints.cli.answer import STATUS_WORD, Answer, ExitStatus
from jainam_prop.entrypoints.cli.demo import closing, environment
from jainam_prop.entrypoints.cli.demo.opening import funds, log_in, sync
from jainam_prop.entrypoints.cli.demo.orders import place_all_types, reach_targets
from jainam_prop.entrypoints.cli.terminal import Terminal
from jainam_prop.entrypoints.cli.views.tables import DataTable, grouped

_INDENT: Final = (0, 0, 0, 3)


class DemoView:
    """Shows the day on a terminal."""

    def __init__(self, terminal: Terminal) -> None:
        self._console = terminal.watched
        self._silent = terminal.as_json

    @contextmanager
    def waiting(self, what: str, story: str = "") -> Iterator[environment.Watch]:
        """Show a spinner on a terminal; views that are passed on appear below it."""
        if not self._console.is_terminal:
            yield lambda _view: None
            return
        spinner = Spinner("dots", Text(f" {what}…", style="bold"), style="cyan")
        head = Group(spinner, _indented(Text(story, style="dim")))
        with Live(head, console=self._console, transient=True) as live:
            yield lambda view: live.update(Group(head, "", _indented(view)))

    def open(self, env: environment.DemoEnvironment) -> None:
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

    def step(self, number: int, result: environment.StepResult) -> None:
        """Show a step that has run; a check that its table marks is repeated only if it fails."""
        colour = "cyan" if result.holds else "red"
        title = Text.assemble((f" {number} ", f"bold reverse {colour}"), (f" {result.step.title} ", "bold"))
        self._print("", Rule(title, align="left", style=colour), _indented(Text(result.step.story, style="dim")))
        if result.outcome.view is not None:
            self._print("", _indented(result.outcome.view), "")
        for one in result.outcome.checks:
            if not (one.marked and one.holds):
                self._print(_indented(_sentence(one)))

    def close(self, day: Sequence[environment.StepResult], seconds: float, folder: Path | None) -> None:
        """Show the summary and the verdict, and where the store and the log were left, if they were."""
        made = DataTable("The day", ">", "~Step", "~Asked?", "~The exchange holds", "Checks", ">Time?")
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


def _verdict(result: environment.StepResult) -> Text:
    held, asked = sum(one.holds for one in result.outcome.checks), len(result.outcome.checks)
    if result.holds:
        return Text(f"✓ {held} of {asked}", style="green")
    return Text(f"✗ {held} of {asked}", style="bold red")


def _verdict_of(day: Sequence[environment.StepResult], seconds: float) -> Text:
    """Say in one line whether everything held."""
    checks = [one for result in day for one in result.outcome.checks]
    failed = sum(not one.holds for one in checks)
    if all(result.holds for result in day):
        reported = f"✓ All {len(checks)} checks against the exchange's own records hold. It took {seconds:.1f} s."
        return Text(reported, style="bold green")
    return Text(f"✗ {failed} of {len(checks)} checks do not hold.", style="bold red")


def _sentence(one: environment.Check) -> Text:
    if one.holds:
        return Text.assemble(("✓ ", "bold green"), one.text)
    return Text.assemble(("✗ ", "bold red"), (one.text, "red"), (f"\n  {one.seen}" if one.seen else "", "yellow"))


def _indented(view: RenderableType) -> Padding:
    return Padding(view, _INDENT, expand=False)


STEPS: Final = (
    environment.Step(
        "Log in as a PRO dealer",
        "XTS allows one live session per key, so every process shares one; here two ask for it.",
        log_in,
        vital=True,
    ),
    environment.Step(
        "Load the instruments",
        "Tokens collide across exchanges on purpose: a number alone must never pick a contract.",
        sync,
        vital=True,
    ),
    environment.Step("Look at the funds", "The limits, as the host's funds page reads them.", funds),
    environment.Step(
        "Four types of order", "Two positions, a protective stop for each, and a bid below the market.", place_all_types
    ),
    environment.Step(
        "Smart orders",
        "A signal names the position it wants; the difference to what is held is traded. "
        "The broker shows positions once a second, hence the pauses.",
        reach_targets,
    ),
    environment.Step(
        "A reply is lost",
        "The exchange takes an order and hangs up. It may be live: sending it again could buy twice.",
        closing.lose_and_find,
    ),
    environment.Step("The books", "Every row is compared with the exchange's own record.", closing.read_books),
    environment.Step(
        "Emergency exit",
        "Working orders go first, the bid as well, then everything is squared off; the risk desk refuses one contract.",
        closing.close_with_one_refused,
    ),
    environment.Step("Close the rest", "The contract is free again.", closing.close_the_rest),
    environment.Step("Cancel the rest", "A bid of the afternoon rests, and is taken back.", closing.cancel_the_rest),
    environment.Step("Log out", "Both sessions end; nothing can be traded with the old key.", closing.log_out),
)


_NOT_RUN: Final = environment.StepOutcome(
    "-", "-", (environment.Check("not played, because a step that it needs failed", holds=False),)
)


def run_day(terminal: Terminal, instruments: int, *, keep: bool = False) -> Answer:
    """Open an environment, run every step in it, and answer for all of them."""
    began = time.perf_counter()
    view = DemoView(terminal)
    with ExitStack() as stack:
        with view.waiting(f"Opening an exchange with {grouped(instruments)} instruments"):
            env = stack.enter_context(environment.open_environment(instruments, keep=keep))
        day = run_steps(env, view)
    seconds = time.perf_counter() - began
    kept = env.folder if keep else None
    view.close(day, seconds, kept)
    return answer(day, seconds, len(env.exchange.universe), kept)


def run_steps(
    env: environment.DemoEnvironment, view: DemoView, steps: Sequence[environment.Step] = STEPS
) -> tuple[environment.StepResult, ...]:
    """Run steps one after another; a failed one ends the day only if it is vital."""
    view.open(env)
    day: list[environment.StepResult] = []
    for number, step in enumerate(steps, start=1):
        broken = any(result.step.vital and not result.holds for result in day)
        day.append(environment.StepResult(step, _NOT_RUN, 0.0) if broken else _run(env, view, step))
        view.step(number, day[-1])
    return tuple(day)


def answer(
    day: Sequence[environment.StepResult], seconds: float, instruments: int, folder: Path | None = None
) -> Answer:
    """Answer for the day: done only if every check of every step holds."""
    status = ExitStatus.DONE if all(result.holds for result in day) else ExitStatus.REFUSED
    checks = [one for result in day for one in result.outcome.checks]
    data = {
        "seconds": round(seconds, 2),
        "instruments": instruments,
        "folder": str(folder) if folder else None,
        "checks": len(checks),
        "failed": sum(not one.holds for one in checks),
        "steps": [_step_document(result) for result in day],
    }
    return Answer({"status": STATUS_WORD[status], "data": data}, status=status)


def _run(env: environment.DemoEnvironment, view: DemoView, step: environment.Step) -> environment.StepResult:
    began = time.perf_counter()
    with view.waiting(step.title, step.story) as watch:
        outcome = step.run(env, watch)
    return environment.StepResult(step, outcome, time.perf_counter() - began)


def _step_document(result: environment.StepResult) -> dict[str, object]:
    return {
        "step": result.step.title,
        "asked": result.outcome.asked,
        "exchange_holds": result.outcome.holds,
        "verdict": "holds" if result.holds else "fails",
        "seconds": round(result.seconds, 3),
        "checks": [
            {"check": one.text, "holds": one.holds} | ({} if one.holds else {"seen": one.seen})
            for one in result.outcome.checks
        ],
    }
