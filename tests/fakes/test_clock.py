"""The clock that a test moves."""

import threading
from datetime import timedelta

from tests.contracts.clock import ClockContract
from tests.fakes.clock import A_MORNING, FakeClock


class TestFakeClock(ClockContract):
    def clock(self) -> FakeClock:
        return FakeClock()


def test_it_stands_still_until_it_is_moved() -> None:
    clock = FakeClock()
    moments = [clock.now(), clock.now()]
    clock.advance(90)
    clock.sleep(1.5)

    assert [*moments, clock.now()] == [A_MORNING, A_MORNING, A_MORNING + timedelta(seconds=91.5)]
    assert (clock.monotonic(), clock.slept) == (91.5, [1.5])


def test_what_is_due_is_done_at_its_moment() -> None:
    clock, seen = FakeClock(), list[tuple[str, float]]()
    clock.call_later(3.0, lambda: seen.append(("last", clock.monotonic())))
    clock.call_later(1.0, lambda: seen.append(("first", clock.monotonic())))
    clock.call_later(9.0, lambda: seen.append(("never", clock.monotonic())))
    clock.sleep(5.0)

    assert (seen, clock.monotonic()) == ([("first", 1.0), ("last", 3.0)], 5.0)


def test_a_wait_ends_with_what_it_waits_for() -> None:
    clock, changed, done = FakeClock(), threading.Condition(), list[int]()
    clock.call_later(2.0, lambda: done.append(1))
    with changed:
        assert clock.wait_for(changed, lambda: bool(done), 10.0)

    assert clock.monotonic() == 2.0
