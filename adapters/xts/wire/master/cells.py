"""Cells of a master row: each read strictly, and a row with one that means nothing is dropped for a named reason."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple

from jainam_prop.adapters.xts.wire.master.reasons import Reason, RowDropped
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKind
from jainam_prop.domain.instruments.symbol import expiry_code, strike_text
from jainam_prop.domain.money import ZERO, parse_decimal, parse_units

_TEST_MARK: Final = "NSETEST"


class Terms(NamedTuple):
    """What many rows have in common."""

    series: str
    tick_size: Decimal
    lot_size: int
    multiplier: Decimal


class ContractTerms(NamedTuple):
    """What all contracts on one underlying and expiry have in common."""

    freeze_quantity: int | None
    tick_size: Decimal
    lot_size: int
    multiplier: Decimal
    expiry: date
    expiry_code: str


def read_name(text: str) -> str:
    """Read Name; the exchange's test scrips and the contracts on them (``061NSETEST``) are no instruments."""
    if _TEST_MARK in text:
        raise RowDropped(Reason.TEST_INSTRUMENT)
    if not text:
        raise RowDropped(Reason.NAME)
    return text


def read_terms(cells: tuple[str, str, str, str]) -> Terms:
    """Read Series, TickSize, LotSize and Multiplier."""
    series, tick, lot, multiplier = cells
    return Terms(
        series,
        _positive(tick, Reason.TICK_SIZE),
        _units(lot, 1, Reason.LOT_SIZE),
        _positive(multiplier, Reason.MULTIPLIER),
    )


def freeze_reader(exchange: Exchange) -> Callable[[str], int | None]:
    """Return the reader of FreezeQty, which gives the most units of one order, or None where there is no limit (0).

    NSE publishes the limit plus one (1801 for 1800). MCX and NSECD are taken to do the same, since an order one unit
    smaller than it might be is never refused for its size. BSE publishes the limit itself.
    """
    beyond = 0 if exchange in {Exchange.BSE, Exchange.BFO} else 1

    def read(text: str) -> int | None:
        published = int(text) if text.isdecimal() else _units(text or "0", 0, Reason.FREEZE_QUANTITY)
        return published - beyond if published else None

    return read


def contract_terms_reader(exchange: Exchange) -> Callable[[str], ContractTerms]:
    """Return the reader of the cells from FreezeQty to ContractExpiration, still joined as in the row."""
    freeze_of = freeze_reader(exchange)

    def read(text: str) -> ContractTerms:
        freeze, tick, lot, multiplier, _, _, expires = text.split("|")
        terms = read_terms(("", tick, lot, multiplier))
        expiry, code = read_expiry(expires)
        return ContractTerms(freeze_of(freeze), terms.tick_size, terms.lot_size, terms.multiplier, expiry, code)

    return read


def read_lowest(text: str) -> Decimal:
    """Read PriceBand.Low of a contract, which is never below zero.

    Raises:
        InvalidOperation: it is no number.
    """
    lowest = Decimal(text)
    if lowest < ZERO:
        raise InvalidOperation
    return lowest


def read_bands(low: str, high: str) -> tuple[Decimal | None, Decimal | None]:
    """Read the day's lowest and highest price; none where the cells give no range, which the exchange checks anyway."""
    try:
        lower, upper = read_lowest(low), Decimal(high)
        has_range = lower < upper
    except InvalidOperation:
        return None, None
    return (lower, upper) if has_range else (None, None)


def read_token(text: str) -> int:
    """Read ExchangeInstrumentID."""
    if not (text.isdigit() and text.isascii()):
        raise RowDropped(Reason.NUMBER)
    return int(text)


def read_expiry(text: str) -> tuple[date, str]:
    """Read ContractExpiration (``2026-03-31T14:30:00``): the day, and how it stands in a symbol."""
    try:
        expiry = date.fromisoformat(text[:10])
    except ValueError:
        raise RowDropped(Reason.EXPIRY) from None
    return expiry, expiry_code(expiry)


def read_strike(text: str) -> tuple[Decimal, str]:
    """Read StrikePrice: rupees, and how they stand in a symbol."""
    strike = _positive(text, Reason.STRIKE)
    return strike, strike_text(strike)


def read_right(text: str) -> tuple[str, InstrumentKind]:
    """Read OptionType."""
    if text == "3":
        return "CE", InstrumentKind.CALL
    if text == "4":
        return "PE", InstrumentKind.PUT
    raise RowDropped(Reason.OPTION_TYPE)


def _positive(text: str, otherwise: Reason) -> Decimal:
    number = parse_decimal(text)
    if number is None or number <= ZERO:
        raise RowDropped(otherwise)
    return number


def _units(text: str, least: int, otherwise: Reason) -> int:
    number = parse_units(text)
    if number is None or number < least:
        raise RowDropped(otherwise)
    return number
