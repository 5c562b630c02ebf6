"""The mark of an order: short enough for XTS, unique, and sorted by the moment it was made."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.orders.client_order_id import make_identifier

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2199, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 -- zoned beside
ENTROPY = st.integers(0, 2**46 - 1)
IST = timezone(timedelta(hours=5, minutes=30))
MARCH = datetime(2026, 3, 10, 4, 45, 30, 153_999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "entropy", "expected"),
    [
        pytest.param(datetime(1970, 1, 1, tzinfo=UTC), 0, "jp000000000000000000", id="nothing"),
        pytest.param(datetime(1970, 1, 1, 0, 0, 0, 35_000, tzinfo=UTC), 36, "jp00000000z000000010", id="digits"),
        pytest.param(MARCH, 2**46 - 1, "jp0mmk4mv1loxyydezgf", id="a-day-of-trading"),
        pytest.param(MARCH.astimezone(IST), 2**46 - 1, "jp0mmk4mv1loxyydezgf", id="the-same-moment-in-another-zone"),
    ],
)
def test_a_mark_is_the_moment_in_milliseconds_and_the_randomness(now: datetime, entropy: int, expected: str) -> None:
    assert make_identifier(now, entropy) == expected


@given(MOMENTS, st.integers(0, 2**200))
def test_every_mark_survives_xts_unchanged(now: datetime, entropy: int) -> None:
    mark = make_identifier(now, entropy)

    assert re.fullmatch("[0-9a-z]{20}", mark)


@given(MOMENTS, ENTROPY, ENTROPY)
def test_two_marks_of_the_same_moment_differ_when_the_randomness_does(now: datetime, first: int, second: int) -> None:
    assert (make_identifier(now, first) == make_identifier(now, second)) is (first == second)


@given(MOMENTS, st.integers(1, 10**9), ENTROPY, ENTROPY)
def test_a_later_mark_sorts_after_an_earlier_one(now: datetime, milliseconds: int, first: int, second: int) -> None:
    later = now + timedelta(milliseconds=milliseconds)

    assert make_identifier(now, first) < make_identifier(later, second)


def test_a_moment_without_a_zone_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError):
        make_identifier(datetime(2026, 3, 10, 10, 15), 0)  # noqa: DTZ001 -- the mistake itself
