"""The day: its steps, played one after another, shown, and summed up in an answer."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from jainam_prop.entrypoints.cli.answer import STATUS_WORD, Answer, ExitStatus
from jainam_prop.entrypoints.cli.demo.books import lose_and_find, read_books
from jainam_prop.entrypoints.cli.demo.closing import cancel_the_rest, close_the_rest, close_with_one_refused, log_out
from jainam_prop.entrypoints.cli.demo.environment import Stage, open_stage
from jainam_prop.entrypoints.cli.demo.opening import funds, log_in, sync
from jainam_prop.entrypoints.cli.demo.orders import place_all_types, walk
from jainam_prop.entrypoints.cli.demo.show import Show
from jainam_prop.entrypoints.cli.demo.step import Check, Played, Scene, Shown
from jainam_prop.entrypoints.cli.terminal import Terminal

SCENES: Final = (
    Scene(
        "Log in as a PRO dealer",
        "XTS allows one live session per key, so every process shares one; here two ask for it.",
        log_in,
        vital=True,
    ),
    Scene(
        "Load the instruments",
        "Tokens collide across exchanges on purpose: a number alone must never pick a contract.",
        sync,
        vital=True,
    ),
    Scene("Look at the funds", "The limits, as the host's funds page reads them.", funds),
    Scene(
        "Four types of order",
        "Two positions, a protective stop for each, and a bid below the market.",
        place_all_types,
    ),
    Scene(
        "Smart orders",
        "A signal names the position it wants; the difference to what is held is traded. "
        "The broker shows positions once a second, hence the pauses.",
        walk,
    ),
    Scene(
        "A reply is lost",
        "The exchange takes an order and hangs up. It may be live: sending it again could buy twice.",
        lose_and_find,
    ),
    Scene("The books", "Every row is compared with the exchange's own record.", read_books),
    Scene(
        "Emergency exit",
        "Working orders go first, then everything is squared off; the risk desk refuses one contract.",
        close_with_one_refused,
    ),
    Scene("Close the rest", "The contract is free again.", close_the_rest),
    Scene("Cancel the rest", "The bid from the morning is still resting.", cancel_the_rest),
    Scene("Log out", "Both sessions end; nothing can be traded with the old key.", log_out),
)


_NOT_PLAYED: Final = Shown("-", "-", (Check("not played, because a step that it needs failed", holds=False),))


def run_day(terminal: Terminal, instruments: int, *, keep: bool = False) -> Answer:
    """Open a stage, play every scene on it, and answer for all of them."""
    began = time.perf_counter()
    show = Show(terminal)
    with ExitStack() as stack:
        with show.waiting(f"Opening an exchange with {instruments:,} instruments"):
            stage = stack.enter_context(open_stage(instruments, keep=keep))
        day = play(stage, show)
    seconds = time.perf_counter() - began
    kept = stage.folder if keep else None
    show.close(day, seconds, kept)
    return answer(day, seconds, len(stage.exchange.universe), kept)


def play(stage: Stage, show: Show, scenes: Sequence[Scene] = SCENES) -> tuple[Played, ...]:
    """Play scenes one after another; a failed one ends the day only if the rest needs it."""
    show.open(stage)
    day: list[Played] = []
    for number, scene in enumerate(scenes, start=1):
        broken = any(played.scene.vital and not played.holds for played in day)
        day.append(Played(scene, _NOT_PLAYED, 0.0) if broken else _play(stage, show, scene))
        show.scene(number, day[-1])
    return tuple(day)


def answer(day: Sequence[Played], seconds: float, instruments: int, folder: Path | None = None) -> Answer:
    """Answer for the day: done only if every check of every scene holds."""
    status = ExitStatus.DONE if all(played.holds for played in day) else ExitStatus.REFUSED
    checks = [one for played in day for one in played.shown.checks]
    data = {
        "seconds": round(seconds, 2),
        "instruments": instruments,
        "folder": str(folder) if folder else None,
        "checks": len(checks),
        "failed": sum(not one.holds for one in checks),
        "steps": [_step(played) for played in day],
    }
    return Answer({"status": STATUS_WORD[status], "data": data}, status=status)


def _play(stage: Stage, show: Show, scene: Scene) -> Played:
    began = time.perf_counter()
    with show.waiting(scene.title, scene.story) as watch:
        shown = scene.play(stage, watch)
    return Played(scene, shown, time.perf_counter() - began)


def _step(played: Played) -> dict[str, object]:
    return {
        "step": played.scene.title,
        "asked": played.shown.asked,
        "exchange_holds": played.shown.holds,
        "verdict": "holds" if played.holds else "fails",
        "seconds": round(played.seconds, 3),
        "checks": [
            {"check": one.text, "holds": one.holds} | ({} if one.holds else {"seen": one.seen})
            for one in played.shown.checks
        ],
    }
