"""Several calls at once."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

_Outcome = TypeVar("_Outcome")


class Crew(Protocol):
    """Runs independent calls side by side."""

    def run(self, tasks: Sequence[Callable[[], _Outcome]]) -> list[_Outcome]:
        """Run every task and return their outcomes in the order of the tasks.

        A task that raises does not stop the others; its exception is raised once all have ended.
        """
        ...
