"""What every clock does."""

import threading
from abc import ABC, abstractmethod
from datetime import timedelta

from jainam_prop.application.ports.runtime import Clock


class ClockContract(ABC):
    @abstractmethod
    def clock(self) -> Clock:
        """Return a clock."""

    def test_now_is_aware_and_in_utc(self) -> None:
        assert self.clock().now().utcoffset() == timedelta(0)

    def test_after_a_sleep_that_much_time_has_passed(self) -> None:
        clock = self.clock()
        start = clock.monotonic()
        clock.sleep(0.002)

        assert clock.monotonic() - start >= 0.002

    def test_no_time_is_no_sleep(self) -> None:
        clock = self.clock()
        start = clock.monotonic()
        clock.sleep(0.0)
        clock.sleep(-5.0)

        assert 0 <= clock.monotonic() - start < 5

    def test_what_is_so_already_is_not_waited_for_and_what_never_comes_only_for_so_long(self) -> None:
        clock, changed = self.clock(), threading.Condition()
        start = clock.monotonic()

        with changed:
            assert clock.wait_for(changed, lambda: True, 5.0)
            assert not clock.wait_for(changed, lambda: False, 0.002)

        assert 0.002 <= clock.monotonic() - start < 5
