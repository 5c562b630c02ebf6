"""How long a login lasts and a refused one is in force, how many logins a day may cost, and the claims of a token.

The claims are a hint only, since their signature cannot be checked here.
"""

import base64
import binascii
import json
import re
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
REFUSED_EXIT_SECONDS: Final = 30.0
"""How long a refused login keeps an exit from another one."""

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

    def stands(self, now: datetime, *, exits: bool = False) -> bool:
        """Whether it is still too early to try again; an exit may sooner, unless a person logged out."""
        sooner = exits and not self.is_logout and now - self.made_at >= timedelta(seconds=REFUSED_EXIT_SECONDS)
        return now < self.until and not sooner

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


_PARTS: Final = 3
_KEY_SUFFIX: Final = re.compile(r"_[0-9A-F]{16,}\Z", re.ASCII)
_LATEST_EPOCH: Final = 4_102_444_800  # the year 2100: a number beyond it is no time in seconds


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """The claims that matter here; None where the token does not say.

    Attributes:
        user_id: the login id alone; the API key that the broker appends to it is dropped.
        issued_at: UTC.
        expires_at: UTC; tokens are issued for 24 hours.
    """

    user_id: str | None
    issued_at: datetime | None
    expires_at: datetime | None

    def contradicts(self, user_id: str) -> bool:
        """Whether the token names another user; one that names none, or a blank to compare with, contradicts none."""
        return bool(self.user_id and user_id) and str(self.user_id).casefold() != user_id.casefold()


def read_claims(token: str) -> TokenClaims | None:
    """Read the claims of a JWT without checking its signature; None when it is not one.

    Url-safe base64 without padding is usual; the standard alphabet and padded parts are read as well.
    """
    parts = token.split(".")
    if len(parts) != _PARTS:
        return None
    try:
        text = parts[1].rstrip("=").replace("+", "-").replace("/", "_")
        claims = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return None
    if not isinstance(claims, dict):
        return None
    return TokenClaims(_user(claims), _moment(claims.get("iat")), _moment(claims.get("exp")))


def _user(claims: dict[str, object]) -> str | None:
    name = claims.get("userID")
    if not isinstance(name, str) or not name.strip():
        return None
    name, key = name.strip(), claims.get("publicKey")
    if isinstance(key, str) and key and name.upper().endswith(f"_{key.upper()}"):
        return name[: -len(key) - 1]
    return _KEY_SUFFIX.sub("", name)


def _moment(seconds: object) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    if not 0 < seconds < _LATEST_EPOCH:  # also false for NaN
        return None
    return datetime.fromtimestamp(seconds, UTC)
