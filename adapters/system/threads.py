"""A task runner of threads, which OpenAlgo's eventlet turns into green ones."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Final, TypeVar, final

_LOG: Final = logging.getLogger(__name__)

_Outcome = TypeVar("_Outcome")


THREADS: Final = 64
"""Threads for tasks in a process, whatever number of accounts trades in it."""

_SPARE: Final = threading.BoundedSemaphore(THREADS)


@final
class ThreadTaskRunner:
    """Runs tasks on threads that live as long as the call, so that nothing lingers between emergencies.

    The calling thread takes its part. When all threads of the process are in use it runs the tasks alone, so that
    tasks which run tasks, and accounts that close at the same moment, never wait for each other's threads.
    """

    def __init__(self, size: int) -> None:
        """Run at most ``size`` tasks of a call at a time."""
        self._size = size
        self.is_open = True

    def close(self) -> None:
        """Start nothing more, and let tasks that repeat themselves end."""
        self.is_open = False

    def run(self, tasks: Sequence[Callable[[], _Outcome]]) -> list[_Outcome]:
        """Run every task and return their outcomes in order; see the port."""
        futures: list[Future[_Outcome]] = [Future() for _ in tasks]
        waiting = deque(zip(tasks, futures, strict=True))
        helpers = [
            threading.Thread(target=_help, args=(waiting,), name="jainam-task", daemon=True)
            for _ in range(min(self._size, len(tasks)) - 1)
            if _SPARE.acquire(blocking=False)
        ]
        for helper in helpers:
            helper.start()
        _work(waiting)
        for helper in helpers:
            helper.join()
        return [future.result() for future in futures]

    def start(self, task: Callable[[], object]) -> None:
        """Start a task on a thread of its own; see the port."""
        if self.is_open:
            threading.Thread(target=_contained, args=(task,), name="jainam-aside", daemon=True).start()


def _help(waiting: deque[tuple[Callable[[], _Outcome], Future[_Outcome]]]) -> None:
    try:
        _work(waiting)
    finally:
        _SPARE.release()


def _work(waiting: deque[tuple[Callable[[], _Outcome], Future[_Outcome]]]) -> None:
    """Run tasks that wait until none is left."""
    while True:
        try:
            task, future = waiting.popleft()
        except IndexError:
            return
        try:
            future.set_result(task())
        except BaseException as error:
            future.set_exception(error)


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
