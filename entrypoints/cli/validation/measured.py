"""One question to the server, with how long the answer took."""

import time
from collections.abc import Callable
from typing import Final, Generic, NamedTuple, TypeVar

from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.domain.errors import BrokerError
from jainam_prop.entrypoints.cli.answer import KIND_AND_NEXT_STEP, may_be_live
from jainam_prop.entrypoints.cli.finding import Finding, Verdict, caution, good

_Value = TypeVar("_Value")

ORDER_SECONDS: Final = 3.0
BOOK_SECONDS: Final = 5.0
"""Bounds that a desk can expect of its server."""


class Measured(NamedTuple, Generic[_Value]):
    """What to say of an answer, and the answer itself; None when there was none."""

    finding: Finding
    value: _Value | None


def measured(
    check: str,
    ask: Callable[[], Result[_Value, BrokerError]],
    tell: Callable[[_Value], str],
    within: float = BOOK_SECONDS,
) -> Measured[_Value]:
    """Ask, and look at how long that took."""
    began = time.monotonic()
    answer = ask()
    seconds = time.monotonic() - began
    if not is_successful(answer):
        return Measured(failed(check, answer.failure()), None)
    value = answer.unwrap()
    found = f"{tell(value)}, in {seconds:.2f} s"
    if seconds > within:
        step = f"Expected within {within:g} s: look at the way to the server."
        return Measured(caution(check, found, step), value)
    return Measured(good(check, found), value)


def failed(check: str, error: BrokerError) -> Finding:
    """Say that something failed, and what to do about it."""
    _, next_step = KIND_AND_NEXT_STEP[type(error)]
    return Finding(check, Verdict.PROBLEM, error.message, next_step, is_of_unknown_fate=may_be_live(error))
