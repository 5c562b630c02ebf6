"""What all tests share: garbage collection for a process that builds much at its start, compiling by turns, hypothesis.

Hypothesis has no limits of time here: a machine that stops a process for 0.2 s makes any example miss its deadline.
"""

import gc
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

HERE: Final = Path(__file__).parent

pytest.register_assert_rewrite("tests.contracts")  # so that a broken contract shows its values as any other test does
gc.set_threshold(100_000, 50, 100)
settings.register_profile("shared-machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("shared-machine")


def pytest_collection(session: pytest.Session) -> None:
    """Let each worker import its share of all tests first.

    On a fresh clone nothing is compiled, and workers that import everything in the same order would all compile
    everything, at the same time; so they find most of it compiled by another one.
    """
    worker = getattr(session.config, "workerinput", None)
    if worker is None or [session.config.rootpath / each for each in session.config.args] != [HERE]:
        return
    number, workers = int(worker["workerid"].removeprefix("gw")), worker["workercount"]
    for path in sorted(HERE.rglob("test_*.py"))[number::workers]:
        with suppress(pytest.skip.Exception):  # of a module that needs what is not installed
            import_module(".".join(path.relative_to(HERE.parent).with_suffix("").parts))


def pytest_collection_finish() -> None:
    """Leave what was collected, which stays until the end, out of every later collection of garbage."""
    gc.freeze()
