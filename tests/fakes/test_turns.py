"""Callers that run by turns on one clock."""

import threading

import pytest

from tests.contracts.clock import ClockContract
from tests.contracts.symbol_guard import NIFTY
from tests.fakes.symbol_guard import InMemoryGuard
from tests.fakes.turns import TurnClock


class TestTurnClock(ClockContract):
    def clock(self) -> TurnClock:
        return TurnClock()


def test_callers_wait_side_by_side_and_each_wakes_at_its_moment() -> None:
    clock, seen = TurnClock(), list[tuple[str, float]]()

    def walk(name: str, seconds: float) -> str:
        for _ in range(2):
            clock.sleep(seconds)
            seen.append((name, clock.monotonic()))
        return name

    outcomes = clock.together([lambda: walk("slow", 3.0), lambda: walk("quick", 2.0)])

    assert outcomes == ["slow", "quick"]
    assert seen == [("quick", 2.0), ("slow", 3.0), ("quick", 4.0), ("slow", 6.0)]


def test_a_caller_may_run_others_beside_it_and_what_is_due_is_done_between() -> None:
    clock, seen = TurnClock(), list[str]()
    clock.call_later(1.5, lambda: seen.append("due"))

    def leg(name: str, seconds: float) -> None:
        clock.sleep(seconds)
        seen.append(name)

    def close() -> None:
        clock.together([lambda: leg("a", 2.0), lambda: leg("b", 1.0)])
        seen.append("closed")

    clock.together([close, lambda: leg("other", 5.0)])

    assert (seen, clock.monotonic()) == (["b", "due", "a", "closed", "other"], 5.0)


def test_a_lock_is_waited_for_on_the_clock() -> None:
    clock, seen = TurnClock(), list[tuple[str, float]]()
    guard = InMemoryGuard(clock)

    def decide(name: str) -> None:
        with guard.hold(NIFTY, 10.0) as held:
            assert held
            clock.sleep(4.0)
            seen.append((name, clock.monotonic()))

    clock.together([lambda: decide("one"), lambda: decide("other")])

    assert seen == [("one", 4.0), ("other", 8.0)]


def test_what_runs_beside_goes_on_whenever_the_test_lets_time_pass() -> None:
    clock, seen = TurnClock(), list[float]()

    def tick() -> None:
        for _ in range(3):
            clock.sleep(1.0)
            seen.append(clock.monotonic())

    clock.beside(tick)
    clock.advance(2.5)

    assert (seen, clock.monotonic()) == ([1.0, 2.0], 2.5)


def test_a_seed_draws_the_same_turns_again() -> None:
    def order(seed: int) -> list[int]:
        clock, seen = TurnClock(seed), list[int]()
        clock.together([lambda number=number: seen.append(number) for number in range(20)])  # type: ignore[misc]
        return seen

    assert order(1) == order(1)
    assert sorted(order(1)) == sorted(order(2)) == list(range(20))
    assert order(1) != order(2)


def test_an_exception_is_raised_when_all_have_ended() -> None:
    clock, seen = TurnClock(), list[str]()

    def fail() -> None:
        raise ZeroDivisionError

    def succeed() -> None:
        clock.sleep(1.0)
        seen.append("done")

    with pytest.raises(ZeroDivisionError):
        clock.together([fail, succeed])
    assert seen == ["done"]


def test_callers_who_wait_for_each_other_are_found_out() -> None:
    clock, changed = TurnClock(), threading.Condition()

    def wait() -> None:
        with changed:
            clock.wait_for(changed, lambda: False, float("inf"))

    with pytest.raises(AssertionError, match="wait for each other"):
        clock.together([wait])
