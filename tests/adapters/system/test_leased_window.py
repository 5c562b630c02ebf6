"""The pace that several machines keep together: never more than the rate, and no call waits for the database."""

import logging
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import pytest

from jainam_prop.adapters.system.throttle import PacedThrottle
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.rate_leases import LEASE_SECONDS, Lease, LeaseRequest, Ledger, lease
from jainam_prop.domain.rate_limit import CallFamily, Rate
from tests.contracts.throttle import RATES, SPAN, ThrottleContract
from tests.fakes.clock import FakeClock

ORDER = CallFamily.ORDER
TEN = {ORDER: Rate(10, 1.0)}
SETTLED = LEASE_SECONDS + SPAN + 0.01
"""Seconds after which a new machine has turns of its own."""


class Database:
    """The ledger, as a database keeps it, that can be gone."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.ledgers: dict[CallFamily, Ledger] = {}
        self.requests: list[LeaseRequest] = []
        self.is_gone = False

    def lease(self, family: CallFamily, rate: Rate, request: LeaseRequest) -> Lease | None:
        if self.is_gone:
            return None
        self.requests.append(request)
        after, answer = lease(self.ledgers.get(family, Ledger()), rate, request, self.clock.monotonic())
        self.ledgers[family] = after
        return answer


class Connection:
    """One process's way to the database."""

    def __init__(self, database: Database, machine: str, process: str) -> None:
        self._database = database
        self.machine, self.holder = machine, f"{machine}-{process}"

    def lease(self, family: CallFamily, rate: Rate, request: LeaseRequest) -> Lease | None:
        return self._database.lease(family, rate, request)


class Machines:
    """Processes on machines, whose requests are answered at once or when `answer` is called."""

    def __init__(self, folder: Path) -> None:
        self.clock = FakeClock()
        self.database = Database(self.clock)
        self.is_slow = False
        self._folder = folder
        self._waiting: list[Callable[[], object]] = []

    def process(self, machine: str, process: str = "1", rates: Mapping[CallFamily, Rate] = TEN) -> PacedThrottle:
        connection = Connection(self.database, machine, process)
        return PacedThrottle(rates, self.clock, self._folder / machine, connection, self.later)

    def later(self, seconds: float, task: Callable[[], object]) -> None:
        if seconds:
            self.clock.call_later(seconds, task)
        elif self.is_slow:
            self._waiting.append(task)
        else:
            task()

    def answer(self) -> None:
        self.is_slow = False
        while self._waiting:
            self._waiting.pop(0)()

    def settled(self, *processes: PacedThrottle) -> None:
        """Let each machine have turns of its own, and all that was leased be given back."""
        for throttle in processes:
            throttle.wait(ORDER, 0.0)
        self.clock.advance(SETTLED)
        for throttle in processes:
            throttle.wait(ORDER, 0.0)
        self.clock.advance(SETTLED)


@pytest.fixture
def machines(tmp_path: Path) -> Machines:
    return Machines(tmp_path)


def test_another_machine_waits_for_a_call_that_may_have_arrived_late(machines: Machines) -> None:
    one, other = machines.process("a", rates=RATES), machines.process("b", rates=RATES)
    assert one.wait(CallFamily.ORDER_BOOK, 0.0)
    machines.clock.advance(0.4)
    one.ended(CallFamily.ORDER_BOOK)

    assert other.wait(CallFamily.ORDER_BOOK, 10.0)
    assert machines.clock.monotonic() >= 1.4


def taken(throttle: PacedThrottle, *, reduces: bool = False) -> int:
    """Return how many turns are had at once."""
    count = 0
    while throttle.wait(ORDER, 0.0, reduces=reduces):
        count += 1
    return count


class TestThrottleOfMachines(ThrottleContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def throttle(self, rates: Mapping[CallFamily, Rate], clock: Clock) -> PacedThrottle:
        connection = Connection(Database(clock), "a", "1")

        def later(seconds: float, task: Callable[[], object]) -> None:
            if not seconds:
                task()

        return PacedThrottle(rates, clock, self.folder / "a", connection, later)

    def test_small_rates_are_leased_whole(self) -> None:
        throttle = self.throttle(RATES, FakeClock())

        assert taken(throttle) == 2


def test_machines_have_the_rate_together(machines: Machines) -> None:
    one, other = machines.process("a"), machines.process("b")
    machines.settled(one, other)

    assert taken(one) + taken(other) == 10
    machines.clock.advance(0.5)
    assert taken(one) + taken(other) == 0
    machines.clock.advance(SPAN)
    assert taken(other) + taken(one) == 10


def test_processes_of_one_machine_share_its_own_turns(machines: Machines) -> None:
    one, other = machines.process("a", "1"), machines.process("a", "2")
    machines.settled(one, other)
    machines.database.is_gone = True

    assert [taken(one), taken(other)] == [1, 0]


def test_most_calls_cost_no_request(machines: Machines) -> None:
    throttle = machines.process("a")
    machines.settled(throttle)
    machines.database.requests.clear()

    assert taken(throttle) == 10
    assert len(machines.database.requests) <= 8


def test_what_was_leased_and_not_used_is_given_back(machines: Machines) -> None:
    one, other = machines.process("a"), machines.process("b")
    machines.settled(one, other)
    one.wait(ORDER, 0.0)
    machines.clock.advance(LEASE_SECONDS + 0.01)

    assert taken(other) == 9  # all but the one that the first used, which was its own


def test_an_exit_takes_the_machine_s_own_turn_while_the_database_is_silent(machines: Machines) -> None:
    throttle = machines.process("a")
    machines.settled(throttle)
    machines.is_slow = True

    assert throttle.wait(ORDER, 0.0, reduces=True)
    assert machines.clock.slept == []


@pytest.mark.parametrize("silent", [False, True])
def test_without_the_database_a_machine_keeps_to_its_share(
    machines: Machines, caplog: pytest.LogCaptureFixture, *, silent: bool
) -> None:
    throttle = machines.process("a")
    machines.settled(throttle)
    machines.database.is_gone, machines.is_slow = not silent, silent
    moments = []
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            assert throttle.wait(ORDER, 5.0)
            moments.append(machines.clock.monotonic())

    assert [later - earlier for earlier, later in pairwise(moments)] == pytest.approx([SPAN, SPAN], abs=0.06)
    assert caplog.messages == ["the database keeps no rate of order calls: this machine goes on with its share"]


def test_a_machine_that_never_reached_the_database_keeps_to_a_share(machines: Machines) -> None:
    machines.database.is_gone = True
    throttle = machines.process("a", rates={ORDER: Rate(1, 1.0)})

    assert [throttle.wait(ORDER, seconds) for seconds in (0.0, 3.9, 4.1)] == [True, False, True]


def test_an_answer_that_comes_too_late_is_no_turn(machines: Machines) -> None:
    one, other = machines.process("a"), machines.process("b")
    machines.settled(one, other)
    machines.is_slow = True
    taken(one)
    machines.clock.advance(LEASE_SECONDS + 0.01)
    machines.answer()
    machines.is_slow = True

    assert taken(one) == 0


def test_the_rate_is_shared_again_when_the_database_is_back(
    machines: Machines, caplog: pytest.LogCaptureFixture
) -> None:
    throttle = machines.process("a")
    machines.settled(throttle)
    machines.database.is_gone = True
    taken(throttle)
    machines.database.is_gone = False
    machines.clock.advance(SPAN)
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        taken(throttle)
        machines.clock.advance(SPAN + LEASE_SECONDS)

    assert caplog.messages == ["the rate of order calls is shared with other machines again"]
    assert taken(throttle) == 10


def test_a_429_that_one_machine_met_slows_the_other_down(machines: Machines) -> None:
    one, other = machines.process("a"), machines.process("b")
    machines.settled(one, other)
    one.slow_down(ORDER, 5.0)
    other.wait(ORDER, 0.0)  # its own turn, with which it hears of it

    assert other.wait(ORDER, 3.0, reduces=True) is False
