"""Cells of market-data messages: prices, units, moments, and the contract of a message.

Moments and price zero: protocol reference, sections 9.1 and 16.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Final, TypeAlias

from jainam_prop.adapters.xts.wire.cells import refuse
from jainam_prop.adapters.xts.wire.words import LAST_PRICE, MARKET_DEPTH, TOUCHLINE
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.tick import FeedMode, TickLevel
from jainam_prop.domain.money import parse_units

WireKey: TypeAlias = tuple[int, int]
"""Segment number and instrument number."""

Known: TypeAlias = Mapping[WireKey, InstrumentKey]
"""The contracts whose messages are wanted; an index is listed among the shares of its exchange."""

IST_SECONDS: Final = 19_800
SINCE_1980: Final = 315_532_800 - IST_SECONDS
"""What turns seconds since 1980 on India's wall clock into seconds since 1970 in UTC."""

BASES_APART: Final = 1_700_000_000
"""From November 2023 to November 2033 a count since 1970 lies above it and a count since 1980 below."""

MODE_BY_CODE: Final = {TOUCHLINE: FeedMode.QUOTE, MARKET_DEPTH: FeedMode.DEPTH, LAST_PRICE: FeedMode.LTP}
"""Message codes with prices, and what each of them carries."""


def offset(counted: int | None) -> int:
    """Return what to add to a message's moments: servers count from 1980 or, in some segments and messages, from 1970.

    Both counts are taken as India's wall clock; for a count from 1970 that is assumed, no log settles it.
    """
    return SINCE_1980 if not counted or counted < BASES_APART else -IST_SECONDS


def shown_number(cell: object) -> float | None:
    """Read a finite number of any spelling; None for anything else."""
    number: float
    if type(cell) is str:
        try:
            number = float(cell)
        except ValueError:
            return None
    elif type(cell) is float or type(cell) is int:
        number = cell
    else:
        return None
    return number if isfinite(number) else None


def shown_price(cell: object) -> float | None:
    """Read a price of any spelling; zero, blank and anything that is no finite number are no price."""
    return shown_number(cell) or None


def shown_moment(cell: object) -> int | None:
    """Read a moment of a packet as seconds since 1970 in UTC; None for zero and for what is no whole number."""
    counted = parse_units(cell)
    return counted + offset(counted) if counted else None


def level(price: object, size: object, orders: object) -> TickLevel | None:
    """Read a row of the book; None for a row that XTS filled up with zeros, or that has no price."""
    read, waiting = shown_price(price), parse_units(size)
    return (read, waiting, parse_units(orders) or 0) if read is not None and waiting else None


def wire_key(segment: object, number: object) -> WireKey:
    """Read the contract that a message is about.

    Raises:
        UnreadableAnswer: one of the two is no whole number.
    """
    key = parse_units(segment), parse_units(number)
    if key[0] is None or key[1] is None:
        refuse("the message does not say which contract it is about")
    return key[0], key[1]
