"""One thing that the doctor looked at: how it stands, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How something stands; only a problem stands in the way of trading."""

    GOOD = "ok"
    CAUTION = "caution"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it stands, and the next step where one is due; never a secret.

    Attributes:
        is_of_unknown_fate: whether an order may be live of which nobody knows.
    """

    check: str
    verdict: Verdict
    found: str
    next_step: str = ""
    is_of_unknown_fate: bool = False


def good(check: str, found: str) -> Finding:
    """Say that something is as it should be."""
    return Finding(check, Verdict.GOOD, found)


def caution(check: str, found: str, next_step: str) -> Finding:
    """Say that something deserves attention."""
    return Finding(check, Verdict.CAUTION, found, next_step)


def problem(check: str, found: str, next_step: str) -> Finding:
    """Say that something stands in the way of trading."""
    return Finding(check, Verdict.PROBLEM, found, next_step)
