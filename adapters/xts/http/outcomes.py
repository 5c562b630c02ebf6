"""Outcomes of HTTP requests: from an answer, or none, to a value or an error.

The difference between command and question matters where the answer is lost: a command may have been carried out, so
its outcome is unknown; a question was only not answered.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias, TypeVar, assert_never

from returns.result import Failure, Result, Success

from jainam_prop.adapters.xts.http.connections import HttpAnswer
from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts.wire.replies.envelope import Envelope, read_envelope, refusal, said
from jainam_prop.domain.errors import BrokerError, NotSent, OutcomeUnknown, RateLimited, Rejected, Unreadable

NO_SUCH_CALL: Final = frozenset({404, 405, 501})
"""HTTP statuses by which a web server says that it has no such path or method, so that nothing read the request."""

_OK: Final = range(200, 300)
_REDIRECTS: Final = range(300, 400)
_SERVER_FAULTS: Final = range(500, 600)
_TOO_MANY: Final = 429

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Unsent:
    """No byte of the request can have arrived."""

    reason: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The request may have arrived, and no answer of XTS came back.

    Attributes:
        status: of the answer that was not one of XTS; None where no HTTP answer came.
        repeats: whether the same request may be answered at another time.
        has_ended: whether the connection was closed or something answered; after silence the request may still arrive.
    """

    reason: str
    status: int | None = None
    repeats: bool = True
    has_ended: bool = True


@dataclass(frozen=True, slots=True)
class Answered:
    """XTS answered, in agreement or not."""

    status: int
    envelope: Envelope
    retry_after: float | None = None


Reply: TypeAlias = Unsent | Lost | Answered


def read_answer(answer: HttpAnswer) -> Reply:
    """Separate an answer of XTS, with whatever status, from pages and sentences of the servers in front of it."""
    status = answer.status
    if status in _REDIRECTS:
        return Lost(f"HTTP {status}: redirects are not followed", status, repeats=False)
    envelope = read_envelope(answer.content, answer.header(b"content-type"))
    if status == _TOO_MANY:
        return Answered(status, envelope or Envelope(kind="text", description="HTTP 429"), _retry_after(answer))
    repeats = status in _OK or status in _SERVER_FAULTS
    if envelope is None:
        return Lost(f"HTTP {status} with something else than an XTS answer", status, repeats)
    if status in _SERVER_FAULTS or _is_foreign_sentence(status, envelope):
        return Lost(f"HTTP {status}: {said(envelope)}", status, repeats)
    return Answered(status, envelope, _retry_after(answer))


def command_outcome(reply: Reply) -> Result[Envelope, BrokerError]:
    """Return what is known of a command: only XTS's own refusal is a refusal."""
    match reply:
        case Unsent(reason):
            return Failure(NotSent(reason))
        case Lost(reason):
            return Failure(OutcomeUnknown(reason, has_ended=reply.has_ended))
        case Answered(status, envelope, retry_after):
            if envelope.succeeded:
                return Success(envelope)
            return Failure(refusal(status, envelope, retry_after))
    assert_never(reply)


def optional_command_outcome(what: str) -> Callable[[Reply], Result[Envelope, BrokerError]]:
    """Return `command_outcome` for a command that not every server has.

    A page without such a path or method proves that nothing read the command, so that nothing of it is live; for the
    orders that every server takes such a page proves only that something is amiss on the way.

    Args:
        what: the calls that the server would lack, in the plural.
    """

    def outcome(reply: Reply) -> Result[Envelope, BrokerError]:
        if isinstance(reply, Lost) and reply.status in NO_SUCH_CALL:
            return Failure(Rejected(f"this server has no {what}: it answered HTTP {reply.status}"))
        return command_outcome(reply)

    return outcome


def never(_error: Envelope) -> bool:
    """No error means an empty answer."""
    return False


def question_outcome(reply: Reply, is_empty: Callable[[Envelope], bool] = never) -> Result[object, BrokerError]:
    """Return the ``result`` of an answered question; an error that ``is_empty`` recognises is an empty list."""
    if isinstance(reply, Answered) and not reply.envelope.succeeded and is_empty(reply.envelope):
        return Success([])
    return command_outcome(reply).map(lambda envelope: envelope.result).alt(_as_unanswered)


def pause_before_retry(reply: Reply, delay: float) -> float | None:
    """Return the seconds before a question is asked again; None when asking again would change nothing."""
    match reply:
        case Unsent():
            return delay
        case Lost(repeats=repeats):
            return delay if repeats else None
        case Answered(retry_after=retry_after):
            return max(delay, retry_after or 0.0) if is_limited(reply) else None
    assert_never(reply)


def is_limited(reply: Reply) -> bool:
    """Whether the broker said that calls came too fast."""
    return (
        isinstance(reply, Answered)
        and not reply.envelope.succeeded
        and isinstance(refusal(reply.status, reply.envelope), RateLimited)
    )


def reading(what: str, read: Callable[[object], _Value]) -> Callable[[object], Result[_Value, BrokerError]]:
    """Return a reader for the ``result`` of an envelope that is Unreadable where ``read`` does not understand it.

    Args:
        what: names the answer in the error.
        read: maps it to domain values; raises UnreadableAnswer.
    """

    def read_or_fail(answer: object) -> Result[_Value, BrokerError]:
        try:
            return Success(read(answer))
        except UnreadableAnswer as problem:
            return Failure(Unreadable(f"{what}: {problem}"))

    return read_or_fail


def _is_foreign_sentence(status: int, envelope: Envelope) -> bool:
    """Return whether a bare sentence is none by which XTS refuses a token or a rate."""
    return envelope.kind == "text" and isinstance(refusal(status, envelope), Rejected)


def _as_unanswered(error: BrokerError) -> BrokerError:
    """A question has no outcome to be unknown, and is not rejected like an order."""
    match error:
        case OutcomeUnknown(reason):
            return Unreadable(reason)
        case Rejected():
            return Unreadable(error.message)
        case _:
            return error


def _retry_after(answer: HttpAnswer) -> float | None:
    """Read ``Retry-After`` in seconds; its form as a date is not used by any XTS server seen."""
    seconds = answer.header(b"retry-after")
    return float(seconds) if seconds.isdecimal() else None
