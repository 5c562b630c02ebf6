"""The rate chart, the window that keeps it, and the line before it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.rate_limit import (
    LONGEST_CLOSURE_SECONDS,
    RESERVATION_SECONDS,
    SLACK_SECONDS,
    CallFamily,
    Line,
    Rate,
    Ticket,
    Window,
    rates_for,
)

RATES = st.builds(Rate, st.integers(1, 12), st.floats(0.05, 5))
GAPS = st.lists(st.floats(0, 2), max_size=80)
TWO_A_SECOND = Rate(2, 1.0)
CHART = dict.fromkeys(CallFamily, Rate(1, 1.0)) | {CallFamily.ORDER: Rate(25, 1.0)}


def busiest(moments: list[float], seconds: float) -> int:
    """Return the most moments that fall into any stretch of so many seconds, its end not included."""
    return max((sum(start <= moment < start + seconds for moment in moments) for start in moments), default=0)


def test_orders_go_at_the_traders_rate_and_the_rest_by_the_chart() -> None:
    assert rates_for(CHART, 4) == CHART | {CallFamily.ORDER: Rate(4, 1.0)}


def test_a_rate_above_the_chart_is_held_to_the_chart() -> None:
    assert rates_for(CHART, 100)[CallFamily.ORDER] == Rate(25, 1.0)


def test_a_rate_that_lets_nothing_out_is_refused() -> None:
    with pytest.raises(ValueError, match="an order rate of 0 a second lets no order out"):
        rates_for(CHART, 0)


@given(RATES, GAPS)
def test_no_window_ever_holds_more_calls_than_the_rate(rate: Rate, gaps: list[float]) -> None:
    window = Window(rate)
    now = 100.0
    taken = []
    for gap in gaps:
        now += gap
        if window.take(now) == 0:
            taken.append(now)

    assert busiest(taken, rate.seconds) <= rate.calls


CALLS = st.lists(st.tuples(st.floats(0, 2), st.floats(0, 1), st.floats(0, 1)), max_size=60)
"""Gaps before them in seconds, how long they take, as a share of the window, and when in that time they arrive."""


@given(RATES, CALLS)
def test_no_more_calls_arrive_than_the_rate_whenever_they_do(
    rate: Rate, calls: list[tuple[float, float, float]]
) -> None:
    window, now, arrived = Window(rate), 100.0, []
    under_way: list[tuple[float, float]] = []
    for gap, share, moment in calls:
        now += gap
        while True:
            for ended, had in sorted(under_way):
                if ended <= now:
                    window.recount(had, ended)
            under_way = [call for call in under_way if call[0] > now]
            wait = window.take(now)
            if not wait:
                break
            now += wait
        seconds = share * rate.seconds
        under_way.append((now + seconds, now))
        arrived.append(now + moment * seconds)

    assert busiest(arrived, rate.seconds - 1e-9) <= rate.calls


@given(RATES, GAPS)
def test_a_turn_comes_when_it_was_promised_and_not_before(rate: Rate, gaps: list[float]) -> None:
    window = Window(rate)
    now = 100.0
    for gap in gaps:
        now += gap
        wait = window.take(now)
        if wait:
            assert window.opens_in(now + wait * 0.99) > 0
            assert window.opens_in(now + wait) == pytest.approx(0, abs=1e-9)


@given(RATES, st.integers(0, 60))
def test_who_has_others_ahead_is_told_when_they_will_be_through(rate: Rate, ahead: int) -> None:
    window = Window(rate)
    promised = window.opens_in(0.0, ahead)
    now = 0.0
    for _ in range(ahead):
        now += window.opens_in(now)
        window.take(now)

    assert now + window.opens_in(now) == pytest.approx(promised)


def test_what_reduces_risk_keeps_the_next_turn_for_itself() -> None:
    window = Window(Rate(1, 1.0))
    window.take(0.0)
    opens = 1.0 + SLACK_SECONDS

    assert window.take(opens - 0.01, reduces=True) == pytest.approx(0.01)
    assert window.take(opens) == pytest.approx(RESERVATION_SECONDS - 0.01)
    assert window.take(opens, reduces=True) == 0


def test_a_reservation_that_is_not_renewed_lapses() -> None:
    window = Window(Rate(1, 1.0))
    window.take(0.0)
    window.take(1.0, reduces=True)

    assert window.take(1.0 + RESERVATION_SECONDS) == 0


def test_while_closed_nobody_gets_a_turn() -> None:
    window = Window(TWO_A_SECOND)
    window.close(10.0, 3.0)

    assert window.take(11.0) == 2.0
    assert window.take(11.0, reduces=True) == 2.0
    assert window.take(13.0) == 0


def test_a_shorter_closure_does_not_end_a_longer_one() -> None:
    window = Window(TWO_A_SECOND)
    window.close(10.0, 3.0)
    window.close(10.0, 1.0)

    assert window.opens_in(10.0) == 3.0


def test_nobody_is_kept_out_for_longer_than_a_minute() -> None:
    window = Window(TWO_A_SECOND)
    window.close(10.0, 86_400.0)

    assert window.opens_in(10.0) == LONGEST_CLOSURE_SECONDS


def test_what_another_process_left_counts() -> None:
    window = Window(TWO_A_SECOND)
    window.restore([9.9, 9.5], closed_until=0.0, reserved_until=0.0, now=10.0)

    assert window.granted == [9.5, 9.9]
    assert window.opens_in(10.0) == pytest.approx(0.5 + SLACK_SECONDS)


def test_moments_of_before_a_restart_of_the_machine_do_not_count() -> None:
    window = Window(TWO_A_SECOND)
    window.restore([9000.0, 9001.0], closed_until=9030.0, reserved_until=9000.1, now=10.0)

    assert window.opens_in(10.0) == 0


def test_a_clock_read_early_does_not_put_turns_out_of_order() -> None:
    window = Window(TWO_A_SECOND)
    window.restore([10.002], closed_until=0.0, reserved_until=0.0, now=10.0)

    assert window.take(10.0) == 0
    assert window.granted == [10.002, 10.002]


@given(RATES, st.lists(st.tuples(st.floats(0, 0.3), st.booleans()), max_size=60))
def test_no_entry_leaves_while_an_exit_waits_and_equals_leave_as_they_came(
    rate: Rate, arrivals: list[tuple[float, bool]]
) -> None:
    window, line = Window(rate), Line()
    waiting: list[Ticket] = []
    now = 0.0
    for gap, reduces in arrivals:
        now += gap
        waiting.append(line.join(reduces=reduces))
        head = next(ticket for ticket in waiting if line.ahead_of(ticket) == 0)
        if window.take(now, reduces=not head[0]) == 0:
            exits = [ticket for ticket in waiting if not ticket[0]]
            assert head == (exits or waiting)[0]
            line.leave(head)
            waiting.remove(head)


def test_exits_go_before_entries_and_equals_as_they_came() -> None:
    line = Line()
    first_entry = line.join(reduces=False)
    second_entry = line.join(reduces=False)
    first_exit = line.join(reduces=True)
    second_exit = line.join(reduces=True)

    places = [line.ahead_of(ticket) for ticket in (first_exit, second_exit, first_entry, second_entry)]

    assert places == [0, 1, 2, 3]


def test_when_one_gives_up_the_others_move_on() -> None:
    line = Line()
    gone = line.join(reduces=True)
    waiting = line.join(reduces=False)
    line.leave(gone)

    assert (len(line), line.ahead_of(waiting)) == (1, 0)
