"""Judging ages by a clock that somebody sets."""

from datetime import datetime, timedelta

from jainam_prop.application.books.monotonic_clock import MonotonicClock
from tests.fakes.clock import A_MORNING, FakeClock


class SetClock(FakeClock):
    """A clock whose hands a test may turn without time going by."""

    def __init__(self) -> None:
        super().__init__()
        self.turned = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.turned


def test_it_is_the_time_of_the_clock_while_nobody_sets_it() -> None:
    clock = SetClock()
    steady = MonotonicClock(clock)
    first = steady.now()
    clock.advance(90)

    assert (first, steady.now()) == (A_MORNING, A_MORNING + timedelta(seconds=90))


def test_a_clock_set_forward_has_no_effect_for_two_minutes() -> None:
    clock = SetClock()
    steady = MonotonicClock(clock)
    steady.now()
    clock.turned = timedelta(hours=1)
    clock.advance(30)
    soon = steady.now()
    clock.advance(120)

    assert soon == A_MORNING + timedelta(seconds=30)
    assert steady.now() == A_MORNING + timedelta(hours=1, seconds=150)


def test_jumps_add_up() -> None:
    clock = SetClock()
    steady = MonotonicClock(clock)
    steady.now()
    clock.turned = timedelta(minutes=5)
    steady.now()
    clock.turned = timedelta(minutes=15)

    assert steady.now() == A_MORNING


def test_a_clock_set_back_or_corrected_a_little_is_believed() -> None:
    clock = SetClock()
    steady = MonotonicClock(clock)
    steady.now()
    clock.turned = timedelta(seconds=0.5)
    corrected = steady.now()
    clock.turned = timedelta(hours=-1)

    assert (corrected, steady.now()) == (A_MORNING + timedelta(seconds=0.5), A_MORNING - timedelta(hours=1))
