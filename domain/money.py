"""Rupees as Decimal and units as int, read strictly: what is not a number is never zero."""

import re
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

_NUMBER: Final = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)
_FLOAT_NOISE: Final = Decimal("0.000001")
"""Rupees by which arithmetic on floats may miss a tick."""
_LARGEST: Final = Decimal(10) ** 15
ZERO: Final = Decimal(0)


def parse_decimal(value: object) -> Decimal | None:
    """Read a finite decimal from a number or its text; None when it is anything else.

    Floats go through their shortest text, so ``100.05`` is exactly 100.05. Booleans, blanks, ``NaN``, infinities,
    thousands separators and digits of other scripts are not numbers here.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value) if abs(value) < _LARGEST else None
    if isinstance(value, float | Decimal):
        text = str(value)
    elif isinstance(value, str):
        text = value.strip()
    else:
        return None
    if _NUMBER.fullmatch(text) is None:
        return None
    number = Decimal(text)
    return number if abs(number) < _LARGEST else None


def parse_units(value: object) -> int | None:
    """Read a whole number of units (``75``, ``75.0`` and ``"75"`` alike); None when it is blank or fractional."""
    if type(value) is int:
        return value if abs(value) < _LARGEST else None
    number = parse_decimal(value)
    if number is None or number != number.to_integral_value():
        return None
    return int(number)


def is_on_tick(price: Decimal, tick: Decimal) -> bool:
    """Whether a price is a whole number of ticks."""
    return price % tick == 0


def snapped_to_tick(price: Decimal, tick: Decimal) -> Decimal:
    """Return the tick that a price means when it is within 1e-6 of it, as 815.1500000000001 is; else the price."""
    nearest = (price / tick).to_integral_value(ROUND_HALF_EVEN) * tick
    return nearest if price != nearest and abs(price - nearest) <= _FLOAT_NOISE else price


def nearest_ticks(price: Decimal, tick: Decimal) -> tuple[Decimal, Decimal]:
    """Return the valid prices just below and just above a positive price that is off the tick."""
    below = price // tick * tick
    return below, below + tick


def rupees(amount: Decimal) -> str:
    """Write an amount with two decimals, as funds pages read it."""
    return f"{amount:z.2f}"
