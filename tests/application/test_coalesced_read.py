"""One read for all who ask at once, and none that began too early or was given up too soon."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.system.throttle import PacedThrottle
from jainam_prop.application.books.books import CoalescedRead
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.rate_limit import SLACK_SECONDS, CallFamily, Rate
from tests.fakes.clock import FakeClock
from tests.fakes.throttle import OpenThrottle
from tests.fakes.turns import TurnClock

BROKEN = Unreadable("no answer")


class Book:
    """Answers from a list, and remembers how many seconds each read was given."""

    def __init__(self, *answers: Result[str, BrokerError]) -> None:
        self.seconds: list[float] = []
        self._answers = list(answers)

    def __call__(self, seconds: float) -> Result[str, BrokerError]:
        self.seconds.append(seconds)
        return self._answers.pop(0)


def a_read(clock: FakeClock) -> CoalescedRead[str]:
    return CoalescedRead(CallFamily.POSITIONS, OpenThrottle(), clock)


def test_a_read_that_began_late_enough_serves_another() -> None:
    clock, book = FakeClock(), Book(Success("first"), Success("second"))
    shared = a_read(clock)
    clock.advance(5)

    assert shared.get(book, 5.0, Deadline(15.0)) == Success("first")
    assert shared.get(book, 4.0, Deadline(15.0)) == Success("first")
    assert shared.get(book, 5.1, Deadline(15.0)) == Success("second")


@pytest.mark.parametrize(
    ("deadline", "heard"),
    [
        pytest.param(1.4, Failure(BROKEN), id="no-more-time-than-the-first"),
        pytest.param(9.0, Success("now"), id="much-more-time"),
    ],
)
def test_a_failure_is_shared_only_with_those_who_had_no_more_time(
    deadline: float, heard: Result[str, BrokerError]
) -> None:
    clock, book = FakeClock(), Book(Failure(BROKEN), Success("now"))
    shared = a_read(clock)
    shared.get(book, 0.0, Deadline(1.0))

    assert shared.get(book, 0.0, Deadline(deadline)) == heard


def test_who_waits_for_a_read_that_fails_in_a_hurry_reads_again() -> None:
    shared = CoalescedRead[str](CallFamily.POSITIONS, OpenThrottle(), SystemClock())
    reading, give_up = threading.Event(), threading.Event()

    def hurried(_seconds: float) -> Result[str, BrokerError]:
        reading.set()
        assert give_up.wait(10)
        return Failure(BROKEN)

    moment = SystemClock().monotonic()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(shared.get, hurried, moment, Deadline(moment + 1.0))
        assert reading.wait(10)
        second = pool.submit(shared.get, Book(Success("mine")), moment, Deadline(moment + 30.0))
        give_up.set()

        assert (first.result(10), second.result(10)) == (Failure(BROKEN), Success("mine"))


def test_reads_for_pages_do_not_take_the_turn_of_a_decision() -> None:
    clock = TurnClock()
    throttle = PacedThrottle({CallFamily.POSITIONS: Rate(1, 1.0)}, clock)
    shared = CoalescedRead[str](CallFamily.POSITIONS, throttle, clock)
    book = Book(*(Success(str(number)) for number in range(6)))
    assert throttle.wait(CallFamily.POSITIONS, 0.0)

    def page() -> float:
        assert is_successful(shared.get(book, clock.monotonic(), Deadline(30.0), urgent=False))
        return clock.monotonic()

    def decision() -> float:
        clock.sleep(0.5)
        assert is_successful(shared.get(book, clock.monotonic(), Deadline(30.0)))
        return clock.monotonic()

    *pages, decided = clock.together([page, page, page, decision])

    assert decided == pytest.approx(1.0 + SLACK_SECONDS, abs=0.05)
    assert max(pages) <= 2 * (1.0 + SLACK_SECONDS) + 0.05


def test_a_page_is_shown_what_decisions_read_while_they_take_every_turn() -> None:
    """A background reader that settles an account reads once a second; pages had "no turn in time" meanwhile."""
    clock = TurnClock()
    throttle = PacedThrottle({CallFamily.POSITIONS: Rate(1, 1.0)}, clock)
    shared = CoalescedRead[str](CallFamily.POSITIONS, throttle, clock)

    def settle() -> None:
        while clock.monotonic() < 10.0:
            assert is_successful(shared.get(lambda _: Success("flat"), clock.monotonic(), Deadline(30.0)))
            clock.sleep(0.25)

    shown: list[tuple[Result[str, BrokerError], float]] = []

    def page() -> None:
        clock.sleep(0.1)
        book = shared.get(lambda _: Success("of the page"), clock.monotonic(), Deadline(8.0), urgent=False)
        shown.append((book, clock.monotonic()))

    clock.together([settle, settle, page])

    ((book, at),) = shown
    assert book == Success("flat")
    assert at <= 2 * (1.0 + SLACK_SECONDS) + 0.1
