"""The machine's own clock."""

import sys
import time
from datetime import UTC, datetime

import pytest
from freezegun import freeze_time

from jainam_prop.adapters.system.clock import SystemClock
from tests.contracts.clock import ClockContract


class TestSystemClock(ClockContract):
    def clock(self) -> SystemClock:
        return SystemClock()


@freeze_time("2026-08-20 18:29:59.250000")
def test_it_tells_the_machines_time_in_utc() -> None:
    assert SystemClock().now() == datetime(2026, 8, 20, 18, 29, 59, 250_000, tzinfo=UTC)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has one clock, and it counts sleep")
def test_its_monotonic_time_goes_on_while_the_machine_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    counts_sleep = time.CLOCK_MONOTONIC if sys.platform == "darwin" else time.CLOCK_BOOTTIME
    awake = time.clock_gettime
    monkeypatch.setattr(time, "clock_gettime", lambda clock: awake(clock) + 3600.0 * (clock == counts_sleep))

    assert SystemClock().monotonic() - time.monotonic() >= 3599.0
