"""The answer of a command: a JSON document, a view for the terminal, and an exit status."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeVar

from returns.pipeline import is_successful
from returns.result import Result
from rich.console import RenderableType

from jainam_prop.domain import errors
from jainam_prop.domain.errors import BrokerError

_Value = TypeVar("_Value")


class ExitStatus(IntEnum):
    """How a command ended, for the shell."""

    DONE = 0
    REFUSED = 1
    BAD_USAGE = 2
    UNKNOWN = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of a command.

    Attributes:
        document: all of it as JSON values; printed instead of the rest with ``--json``.
        view: what a person sees on standard output.
        message: sentences for standard error.
        is_line: whether the document is one line, after others.
    """

    document: Mapping[str, object]
    view: RenderableType | None = None
    message: str = ""
    status: ExitStatus = ExitStatus.DONE
    is_line: bool = False


REHEARSED: Final = "Dry run: nothing was sent."

STATUS_WORD: Final = {
    ExitStatus.DONE: "success",
    ExitStatus.REFUSED: "error",
    ExitStatus.BAD_USAGE: "error",
    ExitStatus.UNKNOWN: "unknown",
}

KIND_AND_NEXT_STEP: Final[dict[type[BrokerError], tuple[str, str]]] = {
    errors.Invalid: ("invalid", "Nothing was done. Mend what is named and ask again."),
    errors.Rejected: ("rejected", "The broker said no, so nothing of it is live."),
    errors.SessionExpired: ("session-expired", "Next: jainam-prop login"),
    errors.RateLimited: ("rate-limited", "Nothing was done; wait a second or two."),
    errors.NotSent: ("not-sent", "Next: jainam-prop doctor shows whether the server can be reached."),
    errors.Blocked: ("blocked", "Next: jainam-prop doctor shows the state of each safeguard."),
    errors.OutcomeUnknown: (
        "outcome-unknown",
        "Next: jainam-prop journal --resolve looks for it in the broker's books.",
    ),
    errors.Unconfirmed: ("unconfirmed", "Next: jainam-prop orders shows whether the exchange has done it since."),
    errors.PartlyPlaced: ("partly-placed", "Next: jainam-prop orders shows what is live."),
    errors.Unreadable: (
        "unreadable",
        "Unknown is not empty. Next: try again; jainam-prop doctor checks the way there.",
    ),
    errors.NotConfigured: ("not-configured", "Next: jainam-prop init asks for them; config example describes each."),
}
"""A word for machines and a sentence for people, for each kind of error; a test holds it complete."""


def success(data: object, view: RenderableType | None = None, message: str = "") -> Answer:
    """Answer with what was asked for."""
    return Answer({"status": "success", "data": data}, view, message)


def refusal(
    message: str,
    kind: str,
    status: ExitStatus = ExitStatus.REFUSED,
    *,
    data: object = None,
    view: RenderableType | None = None,
) -> Answer:
    """Answer that something is not as it should be, in the words of this package, with what was found if anything."""
    document = {"status": STATUS_WORD[status], "kind": kind, "message": message}
    return Answer(document if data is None else document | {"data": data}, view, message, status)


def contradicted(message: str, data: object, view: RenderableType | None = None) -> Answer:
    """Answer that the position book has contradicted the fills for long, so that what was asked is not known."""
    return refusal(message, "contradicted", ExitStatus.UNKNOWN, data=data, view=view)


def failure(error: BrokerError, *, misread: Sequence[str] = ()) -> Answer:
    """Answer with an error; an unknown outcome has an exit status of its own.

    Args:
        error: what went wrong.
        misread: problems of words that cannot be understood, which is bad usage.
    """
    kind, next_step = KIND_AND_NEXT_STEP[type(error)]
    status = ExitStatus.UNKNOWN if may_be_live(error) else ExitStatus.BAD_USAGE if misread else ExitStatus.REFUSED
    document = {"status": STATUS_WORD[status], "kind": kind, "message": error.message, **_details(error)}
    return Answer(document, None, f"{error.message}\n{next_step}", status)


def answer_for(outcome: Result[_Value, BrokerError], then: Callable[[_Value], Answer]) -> Answer:
    """Answer with what follows from a value, or with the error that came in its place."""
    return then(outcome.unwrap()) if is_successful(outcome) else failure(outcome.failure())


def may_be_live(error: BrokerError) -> bool:
    """Whether an order may be live whose outcome is unknown."""
    if isinstance(error, errors.PartlyPlaced):
        return may_be_live(error.cause)
    return isinstance(error, errors.OutcomeUnknown | errors.Unconfirmed)


def _details(error: BrokerError) -> dict[str, object]:
    match error:
        case errors.Invalid():
            return {"problems": list(error.problems)}
        case errors.Unconfirmed():
            return {"orderid": error.order_id}
        case errors.OutcomeUnknown():
            return {"identifier": error.identifier}
        case errors.NotConfigured():
            return {"names": list(error.names)}
        case errors.PartlyPlaced():
            cause, _ = KIND_AND_NEXT_STEP[type(error.cause)]
            return {"orderids": list(error.order_ids), "placed": error.placed, "wanted": error.wanted, "cause": cause}
        case _:
            return {}
