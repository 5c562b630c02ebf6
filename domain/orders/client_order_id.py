"""Ids of our own making: client order ids, and the order ids of a dry run."""

from datetime import UTC, datetime, timedelta
from typing import Final

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_PAIRS: Final = tuple(first + second for first in _DIGITS for second in _DIGITS)
"""Two digits at a time, since every order waits for its mark."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PREFIX: Final = "jp"
_MILLISECOND: Final = timedelta(milliseconds=1)


def make_identifier(now: datetime, entropy: int) -> str:
    """Make a mark from the moment and some randomness: sortable by time, unique across processes.

    It has 20 letters and digits, the most that the broker keeps.

    Args:
        now: aware time; milliseconds are kept.
        entropy: a random number of 46 bits; a larger one is cut to what nine digits hold.

    Raises:
        TypeError: ``now`` is naive.
    """
    milliseconds = (now - _EPOCH) // _MILLISECOND
    return _PREFIX + _nine_digits(milliseconds) + _nine_digits(entropy)


def _nine_digits(number: int) -> str:
    """Write a number in base 36, cut to its last nine digits."""
    base = len(_PAIRS)
    number, fourth = divmod(number, base)
    number, third = divmod(number, base)
    number, second = divmod(number, base)
    number, first = divmod(number, base)
    return _DIGITS[number % len(_DIGITS)] + _PAIRS[first] + _PAIRS[second] + _PAIRS[third] + _PAIRS[fourth]


_DRY_RUN: Final = "DRYRUN-"


def dry_run_id(subject: str) -> str:
    """Return the order id that a dry run answers with, made from an identifier or from the id of an order."""
    return f"{_DRY_RUN}{subject}"


def is_dry_run_id(order_id: str) -> bool:
    """Return whether an order id was made up by a dry run, so that no order exists under it."""
    return order_id.startswith(_DRY_RUN)
