"""The exceptions of the library: one family, which carries the errors of the trading core."""

from typing import Any, Final, TypeVar

from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.domain import errors
from jainam_prop.domain.errors import BrokerError

_Value = TypeVar("_Value")


class JainamError(Exception):
    """A call that did not do what it was asked to.

    Attributes:
        error: what went wrong, as the trading core has it.
    """

    def __init__(self, error: BrokerError) -> None:
        super().__init__(error.message)
        self.error = error


class InvalidError(JainamError):
    """The request cannot be right; nothing was sent."""


class RejectedError(JainamError):
    """The broker refused; nothing of it is live."""


class NotSentError(JainamError):
    """Nothing was sent, or nothing that the broker took: it can be tried again."""


class OutcomeUnknownError(JainamError):
    """The order may be live. Do not send it again; look for it in the order book."""


class PartlyPlacedError(JainamError):
    """Some slices of an order are live; ``error`` names them and the cause."""


class UnreadableError(JainamError):
    """What was asked for could not be read. Unknown is not empty."""


EXCEPTIONS: Final[dict[type[BrokerError], type[JainamError]]] = {
    errors.Invalid: InvalidError,
    errors.Rejected: RejectedError,
    errors.SessionExpired: NotSentError,
    errors.RateLimited: NotSentError,
    errors.NotSent: NotSentError,
    errors.Blocked: NotSentError,
    errors.OutcomeUnknown: OutcomeUnknownError,
    errors.Unconfirmed: OutcomeUnknownError,
    errors.PartlyPlaced: PartlyPlacedError,
    errors.Unreadable: UnreadableError,
    errors.NotConfigured: InvalidError,
}
"""One exception for each kind of error; a test holds it complete."""


def invalid(problem: str) -> InvalidError:
    """Return the exception for a request that cannot be right."""
    return InvalidError(errors.Invalid((problem,)))


def or_raise(outcome: Result[_Value, Any]) -> _Value:
    """Return a value, or raise the exception for its error."""
    if is_successful(outcome):
        return outcome.unwrap()
    error = outcome.failure()
    raise EXCEPTIONS[type(error)](error)
