"""What someone may have meant by a symbol that does not exist; for messages only, never for orders."""

import re
from collections.abc import Collection, Sequence
from difflib import get_close_matches
from heapq import nsmallest
from typing import Final

from jainam_prop.domain.instruments.symbol import FutureSymbol, OptionSymbol, ParsedSymbol, PlainSymbol, parse_symbol
from jainam_prop.domain.money import ZERO

_ALIKE_NAMES: Final = 0.6
_ALIKE_SYMBOLS: Final = 0.3
_NAME: Final = re.compile(r"\D*")
"""What stands before the first digit: a share's symbol, or the root of a derivative."""


def nearest_symbols(symbol: str, listed: Collection[str], limit: int = 3) -> tuple[str, ...]:
    """Return symbols that look like a misspelt one, the likeliest first; none when nothing looks like it.

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
    found = [each for like in names for each in _nearest(like + wanted[len(name) :], by_name[like], limit)]
    return tuple(found[:limit])


def _name(symbol: str) -> str:
    found = _NAME.match(symbol)
    return found.group() if found else ""


def _nearest(spelling: str, listed: Sequence[str], limit: int) -> list[str]:
    wanted = parse_symbol(spelling)
    if isinstance(wanted, PlainSymbol):
        return get_close_matches(spelling, listed, n=limit, cutoff=_ALIKE_SYMBOLS)
    return nsmallest(limit, listed, key=lambda each: _distance(wanted, parse_symbol(each)))


def _distance(wanted: FutureSymbol | OptionSymbol, listed: ParsedSymbol) -> tuple[object, ...]:
    if isinstance(listed, PlainSymbol):
        return (True,)
    days = abs((wanted.expiry - listed.expiry).days)
    if isinstance(wanted, OptionSymbol) and isinstance(listed, OptionSymbol):
        return False, days, abs(wanted.strike - listed.strike), wanted.right != listed.right
    return type(wanted) is not type(listed), days, ZERO, False
