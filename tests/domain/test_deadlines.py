"""Deadlines: what is left, and whether a wait still fits in."""

import pytest

from jainam_prop.domain.deadlines import RECONCILE_SECONDS, Deadline


@pytest.mark.parametrize(
    ("now", "left"),
    [
        pytest.param(90.0, 10.0, id="before"),
        pytest.param(100.0, 0.0, id="at-the-deadline"),
        pytest.param(130.0, 0.0, id="past-it-is-never-negative"),
    ],
)
def test_the_time_left_shrinks_to_zero(now: float, left: float) -> None:
    assert Deadline(100.0).remaining(now) == left


@pytest.mark.parametrize(
    ("seconds", "allowed"),
    [
        pytest.param(0.0, True, id="no-wait"),
        pytest.param(9.9, True, id="ends-before"),
        pytest.param(10.0, False, id="ends-at-the-deadline"),
        pytest.param(11.0, False, id="ends-after"),
    ],
)
def test_a_wait_must_end_before_the_deadline(seconds: float, *, allowed: bool) -> None:
    assert Deadline(100.0).allows(90.0, seconds) is allowed


def test_a_lost_order_is_looked_for_early_and_then_ever_more_rarely() -> None:
    assert list(RECONCILE_SECONDS) == sorted(RECONCILE_SECONDS)
    assert sum(RECONCILE_SECONDS) < 10
