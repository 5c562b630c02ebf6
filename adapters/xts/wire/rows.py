"""From a list of raw rows to values, all of them or none."""

from collections.abc import Callable, Mapping, Set
from typing import Any, TypeVar

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer

_Value = TypeVar("_Value")


def read_rows(answer: object, read: Callable[[Mapping[str, Any]], _Value]) -> tuple[_Value, ...]:
    """Read every row.

    Plain checked reads rather than a pydantic model a row: a model with the same 18 fields takes 3.6 µs a row before
    anything is translated, where the whole translation takes 1.7 µs (3 µs in a book of 10,000).

    Raises:
        UnreadableAnswer: the answer is no list, or a row is not understood; the message says which and why.
    """
    if not isinstance(answer, list):
        message = "the answer holds no list of rows"
        raise UnreadableAnswer(message)
    values: list[_Value] = []
    try:
        values.extend(map(read, answer))  # what was read before a row that fails, stays and says which one it is
    except (UnreadableAnswer, KeyError, TypeError, AttributeError) as error:
        message = f"row {len(values) + 1} of {len(answer)}: {_problem(error)}"
        raise UnreadableAnswer(message) from error
    return tuple(values)


def own_rows(answer: object, column: str, others: Set[str]) -> object:
    """Leave out the rows that name a client of the same dealer for whom nobody acts here; all else stays as it is.

    A dealer endpoint is asked for one client, but a server that shows all of them must not have them traded upon.
    """
    if not others:
        return answer
    if isinstance(answer, dict) and "positionList" in answer:
        return answer | {"positionList": own_rows(answer["positionList"], column, others)}
    if not isinstance(answer, list):
        return answer
    return [row for row in answer if not (isinstance(row, dict) and row.get(column) in others)]


def _problem(error: Exception) -> str:
    if isinstance(error, UnreadableAnswer):
        return str(error)
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    return "it is not made of plain cells"  # no table is keyed by a list or a mapping
