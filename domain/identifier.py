"""The mark that every order carries, by which it is found again when its reply was lost."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

LONGEST: Final = 20
"""XTS keeps at most this many characters of ``orderUniqueIdentifier``."""

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_VALID: Final = re.compile(r"[A-Za-z0-9]{1,20}", re.ASCII)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PREFIX: Final = "jp"
_TIME_WIDTH: Final = 9
_ENTROPY_WIDTH: Final = LONGEST - len(_PREFIX) - _TIME_WIDTH


def make_identifier(now: datetime, entropy: int) -> str:
    """Make a mark from the moment and some randomness: sortable by time, unique across processes.

    Args:
        now: aware time; milliseconds are kept.
        entropy: a random number of 46 bits; a larger one is cut to what nine digits hold.

    Raises:
        TypeError: ``now`` is naive.
    """
    milliseconds = (now - _EPOCH) // timedelta(milliseconds=1)
    return _PREFIX + _base36(milliseconds, _TIME_WIDTH) + _base36(entropy, _ENTROPY_WIDTH)


def is_valid_identifier(text: str) -> bool:
    """Whether a mark survives XTS unchanged."""
    return _VALID.fullmatch(text) is not None


def _base36(number: int, width: int) -> str:
    digits: list[str] = []
    for _ in range(width):
        number, digit = divmod(number, 36)
        digits.append(_DIGITS[digit])
    return "".join(reversed(digits))
