"""Task runners that leave nothing to chance."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from tests.fakes.turns import TurnClock

_Outcome = TypeVar("_Outcome")


class OrderedTasks:
    """Runs tasks one after the other, in their order or from the last to the first.

    What is started beside the caller waits in `started` until `finish` is called.
    """

    def __init__(self, *, backwards: bool = False) -> None:
        self.started: list[Callable[[], object]] = []
        self._step = -1 if backwards else 1

    def run(self, tasks: Sequence[Callable[[], _Outcome]]) -> list[_Outcome]:
        return [task() for task in tasks[:: self._step]][:: self._step]

    def start(self, task: Callable[[], object]) -> None:
        self.started.append(task)

    def finish(self) -> None:
        """Run what was started beside the caller."""
        while self.started:
            self.started.pop(0)()


class TurnTasks:
    """Runs tasks by turns on a clock, so that each may wait while the others go on."""

    def __init__(self, clock: TurnClock) -> None:
        self._clock = clock

    def run(self, tasks: Sequence[Callable[[], _Outcome]]) -> list[_Outcome]:
        return self._clock.together(tasks)

    def start(self, task: Callable[[], object]) -> None:
        self._clock.beside(task)
