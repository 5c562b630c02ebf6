"""The pace of calls, in one process and in several."""

import logging
import os
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.system.file_locks import open_private, try_lock
from jainam_prop.adapters.system.throttle import PacedThrottle
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.rate_limit import SLACK_SECONDS, CallFamily, Rate
from tests.children import start_child
from tests.contracts.throttle import RATES, SPAN, ThrottleContract
from tests.fakes.clock import FakeClock

ORDER = CallFamily.ORDER


class TestThrottleOfOneProcess(ThrottleContract):
    def throttle(self, rates: Mapping[CallFamily, Rate], clock: Clock) -> PacedThrottle:
        return PacedThrottle(rates, clock)


class TestThrottleOfSeveralProcesses(ThrottleContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "turns"

    def throttle(self, rates: Mapping[CallFamily, Rate], clock: Clock) -> PacedThrottle:
        return PacedThrottle(rates, clock, self.folder)

    def test_two_that_share_a_folder_share_the_rate(self) -> None:
        clock = FakeClock()
        one, other = self.throttle(RATES, clock), self.throttle(RATES, clock)

        assert [one.wait(ORDER, 0.0), other.wait(ORDER, 0.0), one.wait(ORDER, 0.0)] == [True, True, False]

    def test_a_429_that_one_met_slows_the_other_down(self) -> None:
        clock = FakeClock()
        one, other = self.throttle(RATES, clock), self.throttle(RATES, clock)
        one.slow_down(ORDER, 5.0)

        assert other.wait(ORDER, 4.0) is False

    def test_an_exit_that_waits_in_one_is_not_overtaken_by_an_entry_of_the_other(self) -> None:
        clock = FakeClock()
        one, other = self.throttle({ORDER: Rate(1, 1.0)}, clock), self.throttle({ORDER: Rate(1, 1.0)}, clock)
        one.wait(ORDER, 0.0)
        clock.advance(SPAN - 0.01)
        one.wait(ORDER, 0.0, reduces=True)
        clock.advance(0.02)

        assert [other.wait(ORDER, 0.0), one.wait(ORDER, 0.0, reduces=True)] == [False, True]

    def test_what_a_crash_left_half_written_is_forgotten(self) -> None:
        self.folder.mkdir()
        (self.folder / "order.turns").write_bytes(b"\x00\x01\x02")

        assert self.throttle(RATES, FakeClock()).wait(ORDER, 0.0)

    def test_without_its_file_the_pace_is_kept_by_the_process_alone(self, caplog: pytest.LogCaptureFixture) -> None:
        self.folder.write_text("a file where the folder should be", encoding="utf-8")
        throttle = self.throttle(RATES, FakeClock())

        with caplog.at_level(logging.ERROR):
            assert [throttle.wait(ORDER, 0.0) for _ in range(3)] == [True, True, False]
        assert caplog.messages == ["the rate limit is kept by this process alone: File exists"]

    def test_a_file_that_fails_twice_closes_no_file_of_others(self, tmp_path: Path) -> None:
        throttle = self.throttle(RATES, FakeClock())
        throttle.wait(ORDER, 0.0)
        kept = self.folder / "order.turns"
        other = open_private(kept)
        assert try_lock(other)
        throttle.wait(ORDER, 0.0)  # the file is not let go of, so it is given up
        os.close(other)
        foreign = [os.open(tmp_path / str(number), os.O_CREAT | os.O_RDWR) for number in range(8)]
        kept.unlink()
        kept.mkdir()
        throttle.wait(ORDER, 0.0)  # nor can it be opened again

        for descriptor in foreign:
            os.fstat(descriptor)  # raises where it was closed
            os.close(descriptor)

    def test_a_turn_counts_from_when_the_lock_was_had(self) -> None:
        clock, rates = FakeClock(), {ORDER: Rate(1, 1.0)}
        self.throttle(rates, FakeClock()).wait(ORDER, 0.0)  # makes the file, long ago by the other clock
        clock.advance(10.0)
        other = open_private(self.folder / "order.turns")
        assert try_lock(other)
        clock.call_later(0.04, lambda: os.close(other))

        assert [self.throttle(rates, clock).wait(ORDER, 5.0) for _ in range(2)] == [True, True]

        assert clock.monotonic() >= 10.04 + 1.0 + SLACK_SECONDS

    @pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
    def test_the_file_is_its_owners_alone(self) -> None:
        self.throttle(RATES, FakeClock()).wait(ORDER, 0.0)

        assert (self.folder / "order.turns").stat().st_mode & 0o077 == 0


def busiest(moments: list[float], seconds: float) -> int:
    return max(sum(start <= moment < start + seconds for moment in moments) for start in moments)


def test_many_threads_keep_the_rate() -> None:
    rate = Rate(5, 0.05)
    clock = SystemClock()
    throttle = PacedThrottle({ORDER: rate}, clock)
    moments: list[float] = []

    def work() -> None:
        for _ in range(3):
            assert throttle.wait(ORDER, 30.0)
            moments.append(clock.monotonic())

    start = clock.monotonic()
    threads = [threading.Thread(target=work) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(moments) == 30
    assert busiest(sorted(moments), rate.seconds) <= rate.calls
    assert clock.monotonic() - start >= 5 * (rate.seconds + SLACK_SECONDS)


WORKER = """
import sys
from pathlib import Path
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.system.file_locks import open_private, try_lock
from jainam_prop.adapters.system.throttle import PacedThrottle
from jainam_prop.domain.rate_limit import CallFamily, Rate

class Remembering(SystemClock):  # a busy machine may stop a process between its turn and any later look at the clock
    def monotonic(self):
        self.last = super().monotonic()
        return self.last

clock = Remembering()
throttle = PacedThrottle({CallFamily.ORDER: Rate(5, 0.1)}, clock, Path(sys.argv[1]))
for _ in range(10):
    assert throttle.wait(CallFamily.ORDER, 60.0)
    print(clock.last)
"""


def test_many_processes_keep_the_rate(tmp_path: Path) -> None:
    workers = [start_child(WORKER, str(tmp_path)) for _ in range(4)]
    replies = [worker.communicate()[0] for worker in workers]

    moments = sorted(float(line) for reply in replies for line in reply.split())
    assert len(moments) == 40
    assert busiest(moments, 0.1) <= 5
