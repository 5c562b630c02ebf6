"""When a login ends, and how long a refused one stands."""

from datetime import UTC, datetime, time, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.errors import (
    Blocked,
    BrokerError,
    Invalid,
    NotConfigured,
    NotSent,
    OutcomeUnknown,
    PartlyPlaced,
    RateLimited,
    Rejected,
    SessionExpired,
    Unconfirmed,
    Unreadable,
)
from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.sessions.session_life import Refusal, cool_down, day_end

NOON = datetime(2026, 8, 20, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "ends"),
    [
        pytest.param("2026-08-20T09:15+05:30", "2026-08-21T03:00+05:30", id="in-the-session"),
        pytest.param("2026-08-20T02:59:59+05:30", "2026-08-20T03:00+05:30", id="just-before"),
        pytest.param("2026-08-20T03:00+05:30", "2026-08-21T03:00+05:30", id="at-the-hour"),
        pytest.param("2026-12-31T23:59+05:30", "2027-01-01T03:00+05:30", id="over-new-year"),
        pytest.param("2026-08-19T21:29:59+00:00", "2026-08-20T03:00+05:30", id="in-utc"),
    ],
)
def test_the_login_day_ends_at_three_in_india(now: str, ends: str) -> None:
    end = day_end(datetime.fromisoformat(now))

    assert (end, end.tzinfo) == (datetime.fromisoformat(ends), UTC)


def test_a_host_may_end_the_day_at_another_hour() -> None:
    assert day_end(NOON, time(23, 30)) == datetime(2026, 8, 20, 23, 30, tzinfo=IST)


@given(st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2040, 1, 1)), st.times())  # noqa: DTZ001
def test_the_end_is_ahead_and_at_most_a_day_away(moment: datetime, at: time) -> None:
    now = moment.replace(tzinfo=UTC)

    assert timedelta(0) < day_end(now, at) - now <= timedelta(days=1)


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (Rejected("Invalid appKey"), 300),
        (NotConfigured("missing"), 300),
        (Invalid(("no",)), 300),
        (RateLimited("too fast"), 5),
        (RateLimited("too fast", 1.0), 5),
        (RateLimited("too fast", 30.0), 30),
        (NotSent("refused"), 5),
        (Unreadable("html"), 5),
        (OutcomeUnknown("timeout"), 5),
        (Unconfirmed("pending"), 5),
        (SessionExpired("dead"), 5),
        (Blocked("busy"), 5),
        (PartlyPlaced(("1",), 1, 2, NotSent("refused")), 5),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_refusal_stands_longer_than_a_failure_on_the_way(error: BrokerError, seconds: int) -> None:
    assert cool_down(error) == timedelta(seconds=seconds)


def test_every_error_has_a_cool_down() -> None:
    assert len(get_args(BrokerError)) == 11


def test_a_refusal_stands_until_its_time() -> None:
    refusal = Refusal("no", NOON, NOON + timedelta(seconds=5))

    assert refusal.stands(NOON + timedelta(seconds=4.9))
    assert not refusal.stands(NOON + timedelta(seconds=5))
