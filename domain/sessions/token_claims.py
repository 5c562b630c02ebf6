"""Claims of a session token: a hint only, since its signature cannot be checked here."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

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
