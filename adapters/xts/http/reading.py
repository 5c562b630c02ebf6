"""From an answer to domain values: the one place where an answer that is not understood becomes an error value."""

from collections.abc import Callable
from typing import TypeVar

from returns.result import Failure, Result, Success

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.domain.errors import BrokerError, Unreadable

_Value = TypeVar("_Value")


def reading(what: str, read: Callable[[object], _Value]) -> Callable[[object], Result[_Value, BrokerError]]:
    """Return a reader for the ``result`` of an envelope; ``what`` names it in the error."""

    def read_or_say_why(answer: object) -> Result[_Value, BrokerError]:
        try:
            return Success(read(answer))
        except UnreadableAnswer as problem:
            return Failure(Unreadable(f"{what}: {problem}"))

    return read_or_say_why
