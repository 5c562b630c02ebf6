"""Timing something and its control in turns, so that whatever the machine does meanwhile hits both."""

import itertools
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from pytest_benchmark.fixture import BenchmarkFixture

CONTROL: Final = "control"
"""Under which a benchmark tells, as extra information, how long its control took in the same rounds."""

_Ours = TypeVar("_Ours")
_Theirs = TypeVar("_Theirs")


@dataclass(frozen=True, slots=True)
class Both:
    """How often each of the two is called, even numbers; warm-up calls are made, but not counted.

    Attributes:
        timer: the benchmark's own, which its mark names: the wall clock, or a thread's time on the processor where
            nothing is waited for, so that whoever else wants the processor is not measured.
    """

    rounds: int
    warmup: int
    timer: Callable[[], float] = time.perf_counter


def run_beside(
    benchmark: BenchmarkFixture, ours: Callable[[], _Ours], control: Callable[[], _Theirs], times: Both
) -> tuple[_Ours, _Theirs]:
    """Benchmark one function and its control, two calls of each in turn; return what both returned last.

    Two, so that each is called as often after itself as after the other, whose traces in the processor slow it down.
    """
    seconds: list[float] = []
    answers: list[_Theirs] = []

    def run_control() -> None:
        began = times.timer()
        answer = control()
        seconds.append(times.timer() - began)
        answers[:] = [answer]

    turns = itertools.cycle((2, 0))

    def run_controls() -> None:
        for _ in range(next(turns)):
            run_control()

    answer: _Ours = benchmark.pedantic(ours, setup=run_controls, rounds=times.rounds, warmup_rounds=times.warmup)
    counted = seconds[-times.rounds :]
    benchmark.extra_info[CONTROL] = {"min": min(counted), "median": statistics.median(counted)}
    return answer, answers[0]
