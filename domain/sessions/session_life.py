"""How long a login lasts, how long a refused one is in force, and how many logins a day may cost."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final, assert_never

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

DAY_ENDS: Final = time(3)
"""Hour, IST, at which the host revokes every broker login unless a setting names another."""

REFUSED_SECONDS: Final = 300.0
UNREACHED_SECONDS: Final = 5.0
RENEWALS_AT_MOST: Final = 10
RENEWALS_FOR_EXITS: Final = 5
RENEWALS_WITHIN_SECONDS: Final = 600.0
"""Budget of renewals of one application, and what exits have beyond it.

A token that dies more often than this is taken by another program that logs in with the same key.
"""


LOGGED_OUT: Final = "logged out on request"
"""Reason of the refusal that a logout records."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why no process may log a profile in by itself, and until when (UTC)."""

    reason: str
    made_at: datetime
    until: datetime

    def stands(self, now: datetime) -> bool:
        """Whether it is still too early to try again."""
        return now < self.until

    @property
    def is_logout(self) -> bool:
        """Whether a person logged out, so that sessions that are still in memory are not used either."""
        return self.reason == LOGGED_OUT


def day_end(now: datetime, at: time = DAY_ENDS) -> datetime:
    """Return the moment, in UTC, at which the login day that contains ``now`` ends; ``at`` is a time of day in IST."""
    local = now.astimezone(IST)
    ends = datetime.combine(local.date(), at, IST)
    return (ends if local < ends else ends + timedelta(days=1)).astimezone(UTC)


def cool_down(error: BrokerError) -> timedelta:
    """How long a failed login is in force: long when the broker refused it, short when it could not be reached."""
    match error:
        case Rejected() | NotConfigured() | Invalid():
            return timedelta(seconds=REFUSED_SECONDS)
        case RateLimited():
            return timedelta(seconds=max(error.retry_after_seconds or 0.0, UNREACHED_SECONDS))
        case (
            NotSent() | Unreadable() | OutcomeUnknown() | PartlyPlaced() | Unconfirmed() | SessionExpired() | Blocked()
        ):
            return timedelta(seconds=UNREACHED_SECONDS)
        case _:
            assert_never(error)
