"""What became of one HTTP request, and what that means for a command and for a question.

The difference matters where the answer is lost: a command may have been carried out, so its outcome is unknown; a
question was only not answered.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias, assert_never

from returns.result import Failure, Result, Success

from jainam_prop.adapters.xts.wire.replies.envelope import Envelope
from jainam_prop.adapters.xts.wire.replies.refusals import refusal
from jainam_prop.domain.errors import BrokerError, NotSent, OutcomeUnknown, RateLimited, Rejected, Unreadable

_OK: Final = range(200, 300)
SERVER_FAULTS: Final = range(500, 600)


@dataclass(frozen=True, slots=True)
class Unsent:
    """No byte of the request can have arrived."""

    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The request may have arrived, and no answer of XTS came back; ``status`` is None where no HTTP answer came."""

    reason: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """XTS answered, in agreement or not."""

    status: int
    envelope: Envelope
    retry_after: float | None = None


Reply: TypeAlias = Unsent | Lost | Answered


def command_outcome(reply: Reply) -> Result[Envelope, BrokerError]:
    """Say what is known of a command: only XTS's own refusal is a refusal."""
    match reply:
        case Unsent(reason):
            return Failure(NotSent(reason))
        case Lost(reason):
            return Failure(OutcomeUnknown(reason))
        case Answered(status, envelope, retry_after):
            if envelope.succeeded:
                return Success(envelope)
            return Failure(refusal(status, envelope, retry_after))
    assert_never(reply)


def never(_error: Envelope) -> bool:
    """No error means an empty answer."""
    return False


def question_outcome(reply: Reply, is_empty: Callable[[Envelope], bool] = never) -> Result[object, BrokerError]:
    """Return what a question was answered with; an error that ``is_empty`` recognises is an empty list."""
    if isinstance(reply, Answered) and not reply.envelope.succeeded and is_empty(reply.envelope):
        return Success([])
    return command_outcome(reply).map(_result_of).alt(_as_unanswered)


def pause_before_retry(reply: Reply, delay: float) -> float | None:
    """Return how long to wait before a question is asked again; None when asking again would change nothing."""
    match reply:
        case Unsent():
            return delay
        case Lost(status=status):
            lasting = status is not None and status not in _OK and status not in SERVER_FAULTS
            return None if lasting else delay
        case Answered(status, envelope, retry_after):
            limited = not envelope.succeeded and isinstance(refusal(status, envelope), RateLimited)
            return max(delay, retry_after or 0.0) if limited else None
    assert_never(reply)


def _result_of(envelope: Envelope) -> object:
    return envelope.result


def _as_unanswered(error: BrokerError) -> BrokerError:
    """A question has no outcome to be unknown, and is not rejected like an order."""
    match error:
        case OutcomeUnknown(reason):
            return Unreadable(reason)
        case Rejected():
            return Unreadable(error.message)
        case _:
            return error
