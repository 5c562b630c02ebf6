"""Several calls at once."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

_Outcome = TypeVar("_Outcome")


class Crew(Protocol):
    """Runs independent calls side by side, or beside the caller."""

    def run(self, tasks: Sequence[Callable[[], _Outcome]]) -> list[_Outcome]:
        """Run every task and return their outcomes in the order of the tasks.

        A task that raises does not stop the others; its exception is raised once all have ended.
        """
        ...

    def start(self, task: Callable[[], object]) -> None:
        """Start a task beside the caller's work and return at once.

        It dies with the process; an exception in it is logged by its kind and goes no further.
        """
        ...
