"""Contracts as symbols, written independently of the reader of the master."""

from datetime import date
from decimal import Decimal

from jainam_prop.domain.instruments.symbol import (
    FutureSymbol,
    OptionSymbol,
    ParsedSymbol,
    PlainSymbol,
    expiry_code,
    strike_text,
)


def future_symbol(root: str, expiry: date) -> str:
    """Spell a future."""
    return f"{root}{expiry_code(expiry)}FUT"


def option_symbol(root: str, expiry: date, strike: Decimal, right: str) -> str:
    """Spell an option; the strike is in rupees."""
    return f"{root}{expiry_code(expiry)}{strike_text(strike)}{right}"


def spell(parsed: ParsedSymbol) -> str:
    """Spell a parsed symbol; the inverse of `parse_symbol`."""
    match parsed:
        case PlainSymbol(name):
            return name
        case FutureSymbol(root, expiry):
            return future_symbol(root, expiry)
        case OptionSymbol(root, expiry, strike, right):
            return option_symbol(root, expiry, strike, right)
