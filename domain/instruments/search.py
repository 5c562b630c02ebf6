"""Searching instruments by text, expiry, strikes and type, and the symbols nearest to a misspelt one."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from heapq import nsmallest
from itertools import islice
from typing import Final

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKind
from jainam_prop.domain.instruments.symbol import FutureSymbol, OptionSymbol, ParsedSymbol, PlainSymbol, parse_symbol
from jainam_prop.domain.money import ZERO


@dataclass(frozen=True, slots=True)
class InstrumentQuery:
    """What to look for; a field that is left out narrows nothing.

    Attributes:
        text: words, each of which occurs in symbol, broker symbol or name; their case does not matter.
        lowest_strike: rupees, included; ``highest_strike`` likewise. With either, only options are found.
        limit: the most to return; None returns all.
    """

    text: str = ""
    exchange: Exchange | None = None
    kind: InstrumentKind | None = None
    expiry: date | None = None
    lowest_strike: Decimal | None = None
    highest_strike: Decimal | None = None
    limit: int | None = 50

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the text in upper case."""
        return tuple(self.text.upper().split())

    def matches(self, instrument: Instrument) -> bool:
        """Return whether an instrument is looked for; an adapter that asks a database must find the same ones."""
        return self.selects(instrument) and all(_mentions(instrument, word) for word in self.words)

    def selects(self, instrument: Instrument) -> bool:
        """Return whether an instrument satisfies all of the query but its text."""
        return (
            self.exchange in {None, instrument.exchange}
            and self.kind in {None, instrument.kind}
            and self.expiry in {None, instrument.expiry}
            and self._has_strike(instrument.strike)
        )

    def best(self, found: Iterable[Instrument]) -> tuple[Instrument, ...]:
        """Put what matched in order and keep as many as are wanted.

        What is called exactly so comes first, then the contracts on it, then what begins so, then the rest; within that
        by exchange, name, expiry, strike and symbol.
        """
        return tuple(islice(sorted(found, key=self._rank), self.limit))

    def _has_strike(self, strike: Decimal | None) -> bool:
        if self.lowest_strike is None and self.highest_strike is None:
            return True
        if strike is None or (self.lowest_strike is not None and strike < self.lowest_strike):
            return False
        return self.highest_strike is None or strike <= self.highest_strike

    def _rank(self, instrument: Instrument) -> tuple[int, str, str, date, Decimal, str]:
        first = next(iter(self.words), "")
        likeness = (instrument.symbol == first, instrument.name == first, instrument.symbol.startswith(first), True)
        return (
            likeness.index(True),
            instrument.exchange,
            instrument.name,
            instrument.expiry or date.min,
            instrument.strike or ZERO,
            instrument.symbol,
        )


def _mentions(instrument: Instrument, word: str) -> bool:
    return any(word in text.upper() for text in (instrument.symbol, instrument.broker_symbol, instrument.name))


_ALIKE_NAMES: Final = 0.6
_ALIKE_SYMBOLS: Final = 0.3
_NAME: Final = re.compile(r"\D*")
"""The text before the first digit: a share's symbol, or the root of a derivative."""


def nearest_symbols(symbol: str, listed: Collection[str], today: date, limit: int = 3) -> tuple[str, ...]:
    """Return symbols that look like a misspelt one, the likeliest first; none when nothing looks like it.

    Contracts that expired before today are left out.

    The name is put right first, by its likeness to the names that are listed. Then come the contracts of the same kind
    with the nearest expiry and strike, or, when no contract can be read from the symbol, those that are spelled most
    alike.
    """
    wanted = symbol.strip().upper()
    name = _name(wanted)
    by_name: dict[str, list[str]] = {}
    for each in listed:
        by_name.setdefault(_name(each), []).append(each)
    names = [name] if name in by_name else get_close_matches(name, by_name, n=limit, cutoff=_ALIKE_NAMES)
    found = [each for like in names for each in _nearest(like + wanted[len(name) :], by_name[like], today, limit)]
    return tuple(found[:limit])


def _name(symbol: str) -> str:
    found = _NAME.match(symbol)
    return found.group() if found else ""


def _nearest(spelling: str, listed: Sequence[str], today: date, limit: int) -> list[str]:
    wanted = parse_symbol(spelling)
    parsed = {each: parse_symbol(each) for each in listed}
    trading = [each for each, read in parsed.items() if isinstance(read, PlainSymbol) or read.expiry >= today]
    if isinstance(wanted, PlainSymbol):
        return get_close_matches(spelling, trading, n=limit, cutoff=_ALIKE_SYMBOLS)
    return nsmallest(limit, trading, key=lambda each: _distance(wanted, parsed[each]))


def _distance(wanted: FutureSymbol | OptionSymbol, listed: ParsedSymbol) -> tuple[object, ...]:
    if isinstance(listed, PlainSymbol):
        return (True,)
    days = abs((wanted.expiry - listed.expiry).days)
    if isinstance(wanted, OptionSymbol) and isinstance(listed, OptionSymbol):
        return False, days, abs(wanted.strike - listed.strike), wanted.right != listed.right
    return type(wanted) is not type(listed), days, ZERO, False
