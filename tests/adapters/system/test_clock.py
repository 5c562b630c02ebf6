"""The machine's own clock."""

from datetime import UTC, datetime

from freezegun import freeze_time

from jainam_prop.adapters.system.clock import SystemClock
from tests.contracts.clock import ClockContract


class TestSystemClock(ClockContract):
    def clock(self) -> SystemClock:
        return SystemClock()


@freeze_time("2026-08-20 18:29:59.250000")
def test_it_tells_the_machines_time_in_utc() -> None:
    assert SystemClock().now() == datetime(2026, 8, 20, 18, 29, 59, 250_000, tzinfo=UTC)
