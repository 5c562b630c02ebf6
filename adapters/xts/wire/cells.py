"""Reading single cells: ids, numbers that come as text, moments in three styles.

A cell that decides something raises `UnreadableAnswer` when it is not understood; one that is only shown is left empty.
"""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Final, NoReturn

from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.memo import Memo
from jainam_prop.domain.money import ZERO, parse_units

_BLANKS: Final = frozenset({"", "nan", "null", "-"})
UNIT_BITS: Final = 40
MOST_UNITS: Final = 1 << UNIT_BITS
"""Beyond any quantity of an exchange; a number that is larger is damage, not a quantity."""

_LONGEST_AMOUNT: Final = 40
_LARGEST_POWER: Final = 15
_LARGEST_AMOUNT: Final = 1e15
_LEAST_AMOUNT: Final = -_LARGEST_AMOUNT
_LONGEST_ID: Final = 64
LONGEST_TEXT: Final = 400
_FIRST_YEAR: Final = 1990  # XTS writes 01-01-1980 for "no moment"


class UnreadableAnswer(ValueError):  # noqa: N818 - named for what it says, as `Unreadable` is
    """An answer whose meaning is not certain; what it was about is unknown, not empty."""


def refuse(message: str) -> NoReturn:
    """Raise `UnreadableAnswer`."""
    raise UnreadableAnswer(message)


def quoted(value: object) -> str:
    """Show a value that was not understood, short enough for a message."""
    return ascii(str(value)[:40])


def identity(value: object) -> str:
    """Read an id as text, whole: ids outgrow a float, so that one which became a float is not to be trusted."""
    if type(value) is int:
        return str(value)
    if type(value) is str and value.isalnum() and value.isascii() and len(value) <= _LONGEST_ID:
        return value
    if type(value) is str and 0 < len(written := value.strip()) <= _LONGEST_ID and written.isprintable():
        return written
    refuse(f"{quoted(value)} is not an id")


def text(value: object) -> str:
    """Read a text that is only shown or compared; "" when there is none.

    What could act on a terminal or a log (escapes, newlines, marks of writing direction) becomes a blank, and a text
    that is longer than a reason ever is is cut.
    """
    if type(value) is str and len(value) <= LONGEST_TEXT and value.isprintable():
        return value
    written = "" if value is None else str(value)
    return harmless(written if len(written) <= LONGEST_TEXT else written[: LONGEST_TEXT - 1] + "…")


def harmless(written: str) -> str:
    """Replace what could act on a terminal or a log by blanks."""
    return "".join(letter if letter.isprintable() else " " for letter in written)


def units(value: object) -> int:
    """Read a whole number of units, given as a number or as text."""
    if type(value) is int and -MOST_UNITS < value < MOST_UNITS:
        return value
    plain = type(value) is str and value.isascii() and value.removeprefix("-").isdigit() and len(value) < _LONGEST_ID
    number = int(value) if plain else parse_units(value)  # type: ignore[call-overload]
    if number is None or not -MOST_UNITS < number < MOST_UNITS:
        refuse(f"{quoted(value)} is not a whole number")
    return number


def counted(value: object) -> int:
    """Read a quantity, which is never negative."""
    number = units(value)
    if number < 0:
        refuse(f"{quoted(value)} is not a quantity")
    return number


def rupees(value: object) -> Decimal:
    """Read an amount; none, blank and ``NaN`` are XTS's ways of writing "no price" and give zero.

    Floats go through their shortest text, so that 100.05 stays exactly 100.05.
    """
    number = amount(value)
    if number is not None:
        return number
    if value is None or (type(value) is str and value.strip().casefold() in _BLANKS):
        return ZERO
    refuse(f"{quoted(value)} is not an amount")


def shown_rupees(value: object) -> Decimal:
    """Read an amount that decides nothing; zero when there is none or it is not understood."""
    return amount(value) or ZERO


def amount(value: object) -> Decimal | None:
    """Read a finite amount, thousands separators allowed; None when the cell holds anything else."""
    if type(value) is float or type(value) is int:
        return (Decimal(repr(value)) or ZERO) if _LEAST_AMOUNT < value < _LARGEST_AMOUNT else None
    if type(value) is not str or len(value) > _LONGEST_AMOUNT or not value.isascii():
        return None
    try:
        number = Decimal(value.replace(",", "") if "," in value else value)
    except InvalidOperation:
        return None
    if not number.is_finite() or number.adjusted() > _LARGEST_POWER:
        return None
    return number or ZERO  # XTS writes "-0.00"


def moment(value: object) -> datetime | None:
    """Read a moment as the wall clock in India, without zone; None when there is none or it is not understood.

    XTS writes ``DD-MM-YYYY HH:MM:SS``, ISO 8601 with seven decimals and sometimes ``+05:30``, and in one vendor sheet
    ``DD/MM/YYYYHH:MM:SS`` (protocol reference, section 16). Slicing takes a twentieth of ``strptime``'s time.
    """
    if type(value) is not str:
        return None
    try:
        read = datetime.fromisoformat(_DAYS[value[:10]] + value[10:].lstrip(" T"))
    except ValueError:
        return None
    if read.tzinfo is not None:
        read = read.astimezone(IST).replace(tzinfo=None)
    return read if read.year >= _FIRST_YEAR else None


def _iso_day(written: str) -> str:
    day_first = written[2:3] in {"-", "/"}
    return f"{written[6:10]}-{written[3:5]}-{written[:2]} " if day_first else f"{written} "


_DAYS: Final[Memo[str, str]] = Memo(_iso_day)
