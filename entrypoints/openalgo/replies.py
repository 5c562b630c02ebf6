"""Outcomes in OpenAlgo's form: a status that it branches on, and a message that a trader reads."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, Final, ParamSpec, TypeAlias, TypeVar

from jainam_prop.domain import errors
from jainam_prop.domain.errors import BrokerError

Body: TypeAlias = dict[str, Any]
_Parameters = ParamSpec("_Parameters")
_Answer = TypeVar("_Answer")

_LOG: Final = logging.getLogger(__name__)
_PRESSING: Final = (errors.OutcomeUnknown, errors.Unconfirmed, errors.PartlyPlaced)
"""Errors after which an order may be live."""

STATUS_OF: Final[dict[type[BrokerError], HTTPStatus]] = {
    errors.Invalid: HTTPStatus.BAD_REQUEST,
    errors.Rejected: HTTPStatus.BAD_REQUEST,
    errors.SessionExpired: HTTPStatus.UNAUTHORIZED,
    errors.RateLimited: HTTPStatus.TOO_MANY_REQUESTS,
    errors.NotSent: HTTPStatus.SERVICE_UNAVAILABLE,
    errors.Blocked: HTTPStatus.CONFLICT,
    errors.OutcomeUnknown: HTTPStatus.GATEWAY_TIMEOUT,
    errors.Unconfirmed: HTTPStatus.GATEWAY_TIMEOUT,
    errors.PartlyPlaced: HTTPStatus.BAD_GATEWAY,
    errors.Unreadable: HTTPStatus.BAD_GATEWAY,
    errors.NotConfigured: HTTPStatus.INTERNAL_SERVER_ERROR,
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


def log_failure(function: str, error: BrokerError, *, symbol: object = "", exchange: object = "") -> None:
    """Log the failure of a public function once: what it was asked for, the kind of error and the broker's reason."""
    level = logging.ERROR if isinstance(error, _PRESSING) else logging.WARNING
    what = " ".join(str(each) for each in (exchange, symbol) if each)
    _LOG.log(level, "%s %s failed, %s: %s", function, what or "-", type(error).__name__, error.message)


def also_named(names: Mapping[str, str]) -> Callable[[Callable[_Parameters, _Answer]], Callable[_Parameters, _Answer]]:
    """Accept other keyword names for parameters, as ``auth_token`` for ``auth``."""

    def accept(function: Callable[_Parameters, _Answer]) -> Callable[_Parameters, _Answer]:
        @wraps(function)
        def call(*args: _Parameters.args, **given: _Parameters.kwargs) -> _Answer:
            if names.keys() & given.keys():
                return function(*args, **{names.get(name, name): value for name, value in given.items()})  # type: ignore[arg-type]
            return function(*args, **given)

        return call

    return accept
