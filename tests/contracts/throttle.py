"""What every throttle that keeps a pace does."""

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping

import pytest

from jainam_prop.application.ports.runtime import Clock, Throttle
from jainam_prop.domain.rate_limit import SLACK_SECONDS, CallFamily, Rate
from tests.fakes.clock import FakeClock, HeldClock

ORDER, BOOK = CallFamily.ORDER, CallFamily.ORDER_BOOK
RATES = {ORDER: Rate(2, 1.0), BOOK: Rate(1, 1.0)}
SPAN = 1.0 + SLACK_SECONDS


class ThrottleContract(ABC):
    @abstractmethod
    def throttle(self, rates: Mapping[CallFamily, Rate], clock: Clock) -> Throttle:
        """Return a throttle that nobody used yet."""

    def test_calls_within_the_rate_do_not_wait(self) -> None:
        clock = FakeClock()
        throttle = self.throttle(RATES, clock)

        assert [throttle.wait(ORDER, 0.0), throttle.wait(ORDER, 0.0)] == [True, True]
        assert clock.slept == []

    def test_a_call_above_the_rate_waits_for_the_window(self) -> None:
        clock = FakeClock()
        throttle = self.throttle(RATES, clock)
        moments = []
        for _ in range(5):
            assert throttle.wait(ORDER, 10.0)
            moments.append(clock.monotonic())

        assert moments == pytest.approx([0, 0, SPAN, SPAN, 2 * SPAN])

    @pytest.mark.parametrize("family", [ORDER, BOOK])
    def test_a_call_that_may_have_arrived_late_counts_from_its_end(self, family: CallFamily) -> None:
        clock = FakeClock()
        throttle = self.throttle(RATES, clock)
        for _ in range(RATES[family].calls):
            assert throttle.wait(family, 0.0)
            clock.advance(0.4)
            throttle.ended(family)

        assert throttle.wait(family, 10.0)
        assert clock.monotonic() == pytest.approx(1.4, abs=0.01)

    def test_a_quick_call_counts_from_its_start(self) -> None:
        clock = FakeClock()
        throttle = self.throttle(RATES, clock)
        throttle.wait(BOOK, 0.0)
        clock.advance(0.02)
        throttle.ended(BOOK)
        throttle.ended(BOOK)

        assert throttle.wait(BOOK, 10.0)
        assert clock.monotonic() == pytest.approx(SPAN, abs=0.01)

    def test_families_do_not_wait_for_each_other(self) -> None:
        throttle = self.throttle(RATES, FakeClock())

        assert [throttle.wait(BOOK, 0.0), throttle.wait(BOOK, 0.0), throttle.wait(ORDER, 0.0)] == [True, False, True]

    def test_no_turn_in_time_is_told_at_once_and_uses_none_up(self) -> None:
        clock = FakeClock()
        throttle = self.throttle(RATES, clock)
        throttle.wait(BOOK, 0.0)

        assert (throttle.wait(BOOK, 0.9), clock.slept) == (False, [])
        clock.advance(SPAN)
        assert throttle.wait(BOOK, 0.0)

    def test_slowed_down_nothing_of_the_family_passes_for_a_while(self) -> None:
        clock = FakeClock()
        throttle = self.throttle(RATES, clock)
        throttle.slow_down(ORDER, 3.0)

        assert [throttle.wait(ORDER, 2.9, reduces=True), throttle.wait(BOOK, 0.0)] == [False, True]
        assert throttle.wait(ORDER, 3.1)
        assert clock.monotonic() == pytest.approx(3.0, abs=0.002)

    def test_exits_overtake_entries_and_equals_leave_as_they_came(self) -> None:
        clock = HeldClock()
        throttle = self.throttle({ORDER: Rate(1, 1.0)}, clock)
        throttle.wait(ORDER, 0.0)
        left: list[str] = []
        threads = []
        for count, name in enumerate(("entry 1", "entry 2", "exit 1", "exit 2"), 1):
            thread = threading.Thread(target=_leave, args=(throttle, name, left))
            thread.start()
            threads.append(thread)
            clock.wait_for_sleeps(count)
        _run(clock, threads)

        assert left == ["exit 1", "exit 2", "entry 1", "entry 2"]

    def test_one_who_gives_up_leaves_the_turn_to_the_next(self) -> None:
        clock = HeldClock()
        throttle = self.throttle({ORDER: Rate(1, 1.0)}, clock)
        throttle.wait(ORDER, 0.0)
        left: list[str] = []
        threads = [
            threading.Thread(target=_leave, args=(throttle, "first", left)),
            threading.Thread(target=lambda: left.append(f"impatient {throttle.wait(ORDER, SPAN + 0.01)}")),
            threading.Thread(target=_leave, args=(throttle, "last", left)),
        ]
        for count, thread in enumerate(threads, 1):
            thread.start()
            clock.wait_for_sleeps(count)
        _run(clock, threads)

        assert (sorted(left[:2]), left[2:]) == (["first", "impatient False"], ["last"])
        assert clock.monotonic() < 2 * SPAN + 0.2


def _leave(throttle: Throttle, name: str, left: list[str]) -> None:
    assert throttle.wait(ORDER, 60.0, reduces=name.startswith("exit"))
    left.append(name)


def _run(clock: HeldClock, threads: list[threading.Thread]) -> None:
    """Let time pass in small steps until every thread has ended."""
    while any(thread.is_alive() for thread in threads):
        clock.advance(0.005)
        for thread in threads:
            thread.join(0.0005)
