"""The task runner of threads."""

import logging
import threading

import pytest

from jainam_prop.adapters.system.threads import THREADS, ThreadTaskRunner


def test_tasks_run_side_by_side_and_answer_in_their_order() -> None:
    meeting = threading.Barrier(3)

    def task(number: int) -> int:
        meeting.wait(10)
        return number

    assert ThreadTaskRunner(3).run([lambda number=number: task(number) for number in range(3)]) == [0, 1, 2]  # type: ignore[misc]


def test_a_task_that_raises_does_not_stop_the_others() -> None:
    done = threading.Event()

    def fail() -> None:
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 (it has no text)
        ThreadTaskRunner(2).run([fail, done.set])
    assert done.is_set()


def test_all_accounts_of_a_process_have_so_many_threads_together_and_none_waits_for_another() -> None:
    most, running, lock = 0, 0, threading.Lock()
    full = threading.Event()

    def task() -> int:
        nonlocal most, running
        with lock:
            running += 1
            most = max(most, running)
            if running == THREADS + 8:  # the threads of the process, and the eight that call
                full.set()
        assert full.wait(10)
        with lock:
            running -= 1
        return 1

    sums: list[int] = []
    accounts = [
        threading.Thread(target=lambda: sums.append(sum(ThreadTaskRunner(20).run([task] * 30)))) for _ in range(8)
    ]
    for account in accounts:
        account.start()
    for account in accounts:
        account.join()

    assert (sums, most) == ([30] * 8, THREADS + 8)


def test_tasks_that_run_tasks_never_wait_for_a_thread() -> None:
    def task(depth: int) -> int:
        return 1 if not depth else sum(ThreadTaskRunner(10).run([lambda: task(depth - 1)] * 6))

    assert task(3) == 6**3


def test_what_is_started_on_the_side_keeps_nobody_waiting() -> None:
    go, done = threading.Event(), threading.Event()

    def task() -> None:
        assert go.wait(10)
        done.set()

    ThreadTaskRunner(1).start(task)
    before = done.is_set()
    go.set()

    assert not before
    assert done.wait(10)


def test_once_closed_nothing_starts() -> None:
    tasks, started = ThreadTaskRunner(1), threading.Event()
    tasks.close()
    before = threading.active_count()
    tasks.start(started.set)

    assert (tasks.is_open, threading.active_count(), started.is_set()) == (False, before, False)


def test_what_breaks_off_on_the_side_is_logged_by_its_kind_alone(caplog: pytest.LogCaptureFixture) -> None:
    over = threading.Event()

    def fail() -> None:
        message = "a secret"
        raise RuntimeError(message)

    class Watcher(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            del record
            over.set()

    logger = logging.getLogger("jainam_prop.adapters.system.threads")
    watcher = Watcher()
    logger.addHandler(watcher)
    try:
        ThreadTaskRunner(1).start(fail)
        assert over.wait(10)
    finally:
        logger.removeHandler(watcher)

    assert "a secret" not in caplog.text
