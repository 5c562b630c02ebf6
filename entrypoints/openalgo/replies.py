"""Outcomes in OpenAlgo's form: a status that it branches on, and a message that a trader reads."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeAlias

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

Body: TypeAlias = dict[str, Any]

STATUS_OF: Final[dict[type[BrokerError], HTTPStatus]] = {
    Invalid: HTTPStatus.BAD_REQUEST,
    Rejected: HTTPStatus.BAD_REQUEST,
    SessionExpired: HTTPStatus.UNAUTHORIZED,
    RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    NotSent: HTTPStatus.SERVICE_UNAVAILABLE,
    Blocked: HTTPStatus.CONFLICT,
    OutcomeUnknown: HTTPStatus.GATEWAY_TIMEOUT,
    Unconfirmed: HTTPStatus.GATEWAY_TIMEOUT,
    PartlyPlaced: HTTPStatus.BAD_GATEWAY,
    Unreadable: HTTPStatus.BAD_GATEWAY,
    NotConfigured: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""One status for each kind of error; a test holds it complete. Only 200 is success to the host."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the host takes for the broker's HTTP response: it reads ``status`` and nothing else.

    Some of its services read ``status_code`` instead, so both are there.
    """

    status: int

    @property
    def status_code(self) -> int:
        """The same number under the name that httpx uses."""
        return self.status


OK: Final = Reply(HTTPStatus.OK)


class BrokerUnavailableError(RuntimeError):
    """Raised where the host takes every returned value for success, so that only an exception reports a failure."""


def status_of(error: BrokerError) -> int:
    """Return the HTTP status of a failure; never 200."""
    return STATUS_OF[type(error)]


def failure_body(error: BrokerError) -> Body:
    """Return the body of a failure, with the text that the host shows."""
    return {"status": "error", "message": error.message}
