"""The clock that a test moves."""

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
