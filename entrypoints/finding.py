"""The result of one check, and the next step."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """The verdict of a check; only a problem prevents trading."""

    GOOD = "ok"
    CAUTION = "caution"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """A check, its verdict, what was found, and the next step; never a secret.

    Attributes:
        is_of_unknown_fate: whether an order may be live whose outcome is unknown.
    """

    check: str
    verdict: Verdict
    found: str
    next_step: str = ""
    is_of_unknown_fate: bool = False


def good(check: str, found: str) -> Finding:
    """Report that something is in order."""
    return Finding(check, Verdict.GOOD, found)


def caution(check: str, found: str, next_step: str) -> Finding:
    """Report that something needs attention."""
    return Finding(check, Verdict.CAUTION, found, next_step)


def problem(check: str, found: str, next_step: str) -> Finding:
    """Report that something prevents trading."""
    return Finding(check, Verdict.PROBLEM, found, next_step)
