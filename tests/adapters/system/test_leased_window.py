"""The pace that several machines keep together: never more than the rate, and no call waits for the database."""

import logging
import random
import tempfile
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

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

    def __init__(self, database: Database, machine: str) -> None:
        self._database = database
        self.machine = machine

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

    def process(self, machine: str, rates: Mapping[CallFamily, Rate] = TEN) -> PacedThrottle:
        connection = Connection(self.database, machine)
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

    def answer_one(self, chance: random.Random) -> None:
        if self._waiting:
            self._waiting.pop(chance.randrange(len(self._waiting)))()

    def ask_in_vain(self, throttle: PacedThrottle, seconds: float) -> None:
        """Let a process ask the database, which does not answer for so long."""
        self.is_slow = True
        taken(throttle)
        self.clock.advance(seconds)

    def take_requests(self) -> list[Callable[[], object]]:
        taken, self._waiting = self._waiting, []
        return taken

    def kill(self) -> None:
        """End the processes that wait for an answer, before the database hears of them."""
        self._waiting.clear()

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
        connection = Connection(Database(clock), "a")

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
    one, other = machines.process("a"), machines.process("a")
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
    machines.ask_in_vain(one, LEASE_SECONDS + 0.01)
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


def test_what_one_process_leased_another_of_its_machine_uses(machines: Machines) -> None:
    processes = [machines.process("a") for _ in range(4)]
    machines.settled(*processes)
    machines.database.requests.clear()
    for number in range(40):  # six orders a second, each of another process
        assert processes[number % 4].wait(ORDER, 0.0)
        machines.clock.advance(1 / 6)

    assert len(machines.database.requests) <= 30


def test_a_turn_counts_from_when_the_window_was_free_and_not_from_when_it_was_asked_for(machines: Machines) -> None:
    throttle = machines.process("a")
    machines.settled(throttle)
    throttle.wait(ORDER, 0.0)
    stale = machines.clock.monotonic() - 0.3

    moments = []
    window = throttle._lanes[ORDER]._window  # noqa: SLF001 (it is what a lane calls with a moment of before)
    while window.take(stale) == 0.0:
        moments.append(window.latest)

    assert moments == [machines.clock.monotonic()] * 9


def test_a_request_of_a_process_that_died_is_made_again_by_another(
    machines: Machines, caplog: pytest.LogCaptureFixture
) -> None:
    died, lives = machines.process("a"), machines.process("a")
    machines.settled(died, lives)
    machines.is_slow = True
    taken(died)
    machines.kill()
    machines.is_slow = False
    machines.clock.advance(LEASE_SECONDS + SPAN + 0.01)

    assert (taken(lives), caplog.messages) == (10, [])


def test_an_answer_to_a_request_that_was_made_again_meanwhile_is_no_turn(machines: Machines) -> None:
    late, other = machines.process("a"), machines.process("a")
    machines.settled(late, other)
    machines.ask_in_vain(late, LEASE_SECONDS + 0.1)
    asked = machines.take_requests()
    machines.is_slow = False
    had = taken(other)
    for request in asked:
        request()
    machines.clock.advance(0.2)

    assert (had, taken(late), taken(other)) == (9, 0, 0)


def test_a_leased_turn_is_kept_for_an_exit_of_another_process(machines: Machines) -> None:
    exits, enters = machines.process("a"), machines.process("a")
    machines.settled(exits, enters)
    taken(enters)
    machines.clock.advance(SPAN - 0.05)
    machines.is_slow = True
    assert not exits.wait(ORDER, 0.0, reduces=True)
    machines.clock.advance(0.051)
    machines.answer()

    assert [enters.wait(ORDER, 0.0), exits.wait(ORDER, 0.0, reduces=True)] == [False, True]


def test_processes_without_a_file_to_share_lease_each_for_itself(machines: Machines, tmp_path: Path) -> None:
    (tmp_path / "a" / "order.leases").mkdir(parents=True)
    one, other = machines.process("a"), machines.process("a")
    machines.settled(one, other)

    assert taken(one) + taken(other) <= 10
    assert len({request.holder for request in machines.database.requests}) == 2


def test_what_was_known_before_a_restart_of_the_machine_is_forgotten(machines: Machines, tmp_path: Path) -> None:
    before = machines.process("a")
    machines.clock.advance(1_000.0)
    machines.settled(before)
    restarted = Machines(tmp_path)
    restarted.database = machines.database
    throttle = restarted.process("a")
    restarted.is_slow = True

    assert not throttle.wait(ORDER, 0.0)  # it does not know yet whether it still has turns of its own


@given(st.integers(0, 2**32), st.sampled_from([Rate(8, 1.0), Rate(25, 1.0)]))
def test_no_window_has_more_calls_than_the_rate_whatever_is_late_or_dies(seed: int, rate: Rate) -> None:
    chance, calls = random.Random(seed), list[float]()  # noqa: S311 (a schedule, no secret)
    with tempfile.TemporaryDirectory() as folder:
        machines = Machines(Path(folder))
        names = ["a", "a", "a", "b", "b", "c"]
        processes = [machines.process(name, {ORDER: rate}) for name in names]
        machines.is_slow = True
        for _ in range(300):
            machines.clock.advance(chance.choice([0.0, 0.001, 0.02, 0.1, 0.3]))
            drawn, place = chance.random(), chance.randrange(len(processes))
            if drawn < 0.35:
                machines.answer_one(chance)
            elif drawn < 0.37:
                processes[place] = machines.process(names[place], {ORDER: rate})
                machines.kill()
            elif processes[place].wait(ORDER, 0.0, reduces=chance.random() < 0.3):
                calls.append(machines.clock.monotonic())

    assert all(sum(start <= each < start + rate.seconds for each in calls) <= rate.calls for start in calls)
