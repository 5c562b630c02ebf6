"""What every clock does."""

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
