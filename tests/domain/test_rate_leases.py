"""Turns that machines lease: in no window more than the rate, whatever machines, answers and clocks do."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.rate_leases import (
    LEASE_SECONDS,
    MOST_MACHINES,
    SLOT_SECONDS,
    Lease,
    LeaseRequest,
    Ledger,
    lease,
    own_rate,
    own_turns,
    safe_rate,
)
from jainam_prop.domain.rate_limit import SLACK_SECONDS, Rate

TEN = Rate(10, 1.0)
SPAN = 1.0 + SLACK_SECONDS


def ask(
    ledger: Ledger, now: float, wanted: int, *, holder: str = "a", rate: Rate = TEN, reduces: bool = False
) -> tuple[Ledger, Lease]:
    return lease(ledger, rate, LeaseRequest(holder[0], holder, wanted, reduces=reduces), now)


@pytest.mark.parametrize(
    ("rate", "own"), [(Rate(1, 1.0), 0), (Rate(4, 1.0), 0), (Rate(5, 1.0), 1), (TEN, 1), (Rate(25, 1.0), 3)]
)
def test_a_machine_has_an_eighth_of_the_rate_for_itself(rate: Rate, own: int) -> None:
    assert own_turns(rate) == own
    assert own_turns(rate) * MOST_MACHINES < rate.calls


def test_without_turns_of_its_own_a_cut_off_machine_waits_as_many_windows_as_there_are_machines() -> None:
    assert [own_rate(Rate(1, 10.0)), safe_rate(Rate(1, 10.0)), safe_rate(TEN)] == [None, Rate(1, 40.0), Rate(1, 1.0)]


def test_the_only_machine_gets_all_turns_but_its_own() -> None:
    ledger, first = ask(Ledger(), 100.0, 20)
    _, second = ask(ledger, 100.1, 20, holder="a2")

    assert (first.turns, second.turns) == (9, 0)
    assert (first.wait, second.wait) == pytest.approx((LEASE_SECONDS + SPAN, LEASE_SECONDS + SPAN - 0.1))


def test_a_turn_counts_from_its_use_once_that_is_said() -> None:
    ledger, _ = ask(Ledger(), 100.0, 9)
    ledger, _ = lease(ledger, TEN, LeaseRequest("a", "a", 0, used=(0.2, 0.1)), 100.3)

    assert ask(ledger, 100.3, 9, holder="b")[1].turns == 9 - 2 - 1  # the other machine has a turn of its own
    assert ask(ledger, 100.1 + SPAN + 0.01, 9, holder="a2")[1].turns == 9 - 1


def test_an_unused_turn_is_given_back_at_once() -> None:
    ledger, _ = ask(Ledger(), 100.0, 9)
    ledger, nothing = ask(ledger, 100.2, 0)

    assert (nothing.turns, ask(ledger, 100.2, 9, holder="a2")[1].turns) == (0, 9)


def test_a_holder_that_died_keeps_its_turns_no_longer_than_a_lease_and_a_window() -> None:
    ledger, _ = ask(Ledger(), 100.0, 9)

    assert ask(ledger, 100.0 + LEASE_SECONDS + SPAN + 0.01, 9, holder="a2")[1].turns == 9


def test_a_slot_counts_when_the_leases_before_it_have_ended() -> None:
    ledger, early = ask(Ledger(), 100.0, 1)
    _, later = ask(ledger, 100.01 + LEASE_SECONDS + SPAN, 1)

    assert [early.slot_in, later.slot_in] == [pytest.approx(LEASE_SECONDS + SPAN), 0.0]


def test_the_fifth_machine_has_leased_turns_alone_until_one_left() -> None:
    ledger = Ledger()
    for name in "abcd":
        ledger, _ = ask(ledger, 100.0, 0, holder=name)
    ledger, _ = ask(ledger, 110.0, 0, holder="e")
    without = ask(ledger, 120.0, 1, holder="e")[1]
    ledger, _ = ask(ledger, 101.0 + SLOT_SECONDS, 0, holder="e")
    replaced = ask(ledger, 111.0 + SLOT_SECONDS, 0, holder="e")[1]

    assert [(without.turns, without.slot_in), replaced.slot_in] == [(1, None), 0.0]


def test_an_exit_that_found_no_turn_keeps_entries_of_other_machines_back() -> None:
    ledger, _ = ask(Ledger(), 100.0, 9)
    ledger, _ = ask(ledger, 101.5, 0, holder="b")
    until = 100.0 + LEASE_SECONDS + SPAN
    ledger, denied = ask(ledger, until - 0.05, 1, holder="b", reduces=True)
    ledger, entry = ask(ledger, until + 0.01, 1, holder="c")
    _, exit_ = ask(ledger, until + 0.02, 1, holder="b", reduces=True)

    assert [denied.turns, entry.turns, exit_.turns] == [0, 0, 1]


def test_a_refusal_for_speed_closes_the_family_for_every_machine() -> None:
    ledger, _ = lease(Ledger(), TEN, LeaseRequest("a", "a", 0, closes=5.0), 100.0)
    ledger, barred = ask(ledger, 101.0, 1, holder="b", reduces=True)

    assert (barred.turns, barred.closed_for, barred.wait) == (0, 4.0, 4.0)
    assert ask(ledger, 105.01, 1, holder="b")[1].turns == 1


class _Process:
    """Uses turns as a process does: leased ones while they last, and its machine's own; an answer takes its time."""

    def __init__(self, name: str, rate: Rate) -> None:
        self.name, self.rate = name, rate
        self.in_hand = 0
        self.expires = 0.0
        self.used: list[float] = []
        self.own: list[float] = []
        self.own_from = float("inf")
        self.sent: tuple[float, LeaseRequest] | None = None

    def ask(self, now: float, wanted: int) -> None:
        span = self.rate.seconds + SLACK_SECONDS
        used = tuple(now - moment for moment in self.used if now - moment < span)
        self.in_hand = 0
        self.sent = self.sent or (now, LeaseRequest(self.name, self.name, wanted, used))

    def hear(self, ledger: Ledger, now: float, *, lost: bool) -> Ledger:
        """Let the ledger answer what was asked some time ago."""
        if self.sent is None:
            return ledger
        (sent, request), self.sent = self.sent, None
        ledger, answer = lease(ledger, self.rate, request, now)
        if not lost:
            self.in_hand, self.expires = answer.turns, sent + LEASE_SECONDS
            self.own_from = now + answer.slot_in if answer.slot_in is not None else float("inf")
        return ledger

    def call(self, now: float) -> bool:
        if self.in_hand and now <= self.expires:
            self.in_hand -= 1
            self.used.append(now)
            return True
        span, own = self.rate.seconds + SLACK_SECONDS, own_turns(self.rate)
        if self.own_from <= now and own and sum(now - moment < span for moment in self.own) < own:
            self.own.append(now)
            return True
        return False


@given(st.integers(0, 2**32), st.sampled_from([Rate(1, 1.0), Rate(6, 1.0), TEN, Rate(40, 2.0)]), st.integers(1, 6))
def test_no_window_ever_has_more_calls_than_the_rate(seed: int, rate: Rate, machines: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (a schedule, no secret)
    processes = [_Process(chr(ord("a") + number), rate) for number in range(machines)]
    ledger, now, calls = Ledger(), 1_000.0, list[float]()
    for _ in range(400):
        now += chance.choice([0.0, 0.001, 0.02, 0.1, 0.4])
        process, what = chance.choice(processes), chance.random()
        if what < 0.2:
            process.ask(now, chance.randrange(5))
        elif what < 0.5:
            ledger = process.hear(ledger, now, lost=chance.random() < 0.1)
        elif process.call(now):
            calls.append(now)

    assert all(sum(start <= each < start + rate.seconds for each in calls) <= rate.calls for start in calls)
