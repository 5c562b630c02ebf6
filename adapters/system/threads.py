"""A task runner of threads, which OpenAlgo's eventlet turns into green ones."""

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Final, TypeVar, final

_LOG: Final = logging.getLogger(__name__)

_Outcome = TypeVar("_Outcome")


@final
class ThreadTaskRunner:
    """Runs tasks on threads that live as long as the call, so that nothing lingers between emergencies."""

    def __init__(self, size: int) -> None:
        """Run at most ``size`` tasks at a time."""
        self._size = size

    def run(self, tasks: Sequence[Callable[[], _Outcome]]) -> list[_Outcome]:
        """Run every task and return their outcomes in order; see the port."""
        if len(tasks) <= 1:
            return [task() for task in tasks]
        with ThreadPoolExecutor(min(self._size, len(tasks)), thread_name_prefix="jainam-task") as pool:
            futures = [pool.submit(task) for task in tasks]
            wait(futures)
        return [future.result() for future in futures]

    def start(self, task: Callable[[], object]) -> None:
        """Start a task on a thread of its own; see the port."""
        threading.Thread(target=_contained, args=(task,), name="jainam-aside", daemon=True).start()


def run_later(seconds: float, task: Callable[[], object]) -> None:
    """Run a task on a thread of its own after some seconds; it dies with the process, its exceptions are logged."""
    timer = threading.Timer(seconds, _contained, (task,))
    timer.daemon = True
    timer.start()


def _contained(task: Callable[[], object]) -> None:
    try:
        task()
    except Exception as error:
        # Its text might hold a secret, so only its kind is told.
        _LOG.error("a task on the side broke off: %s", type(error).__name__)
