"""A task runner that leaves nothing to chance."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from tests.fakes.turns import TurnClock

_Outcome = TypeVar("_Outcome")


class TurnTasks:
    """Runs tasks by turns on a clock, so that each may wait while the others go on."""

    is_open = True

    def __init__(self, clock: TurnClock) -> None:
        self._clock = clock

    def run(self, tasks: Sequence[Callable[[], _Outcome]]) -> list[_Outcome]:
        return self._clock.together(tasks)

    def start(self, task: Callable[[], object]) -> None:
        self._clock.beside(task)


class NoTasks:
    """Runs what a caller waits for at once, and never what may go on beside it."""

    is_open = True

    def run(self, tasks: Sequence[Callable[[], _Outcome]]) -> list[_Outcome]:
        return [task() for task in tasks]

    def start(self, task: Callable[[], object]) -> None:
        del task
