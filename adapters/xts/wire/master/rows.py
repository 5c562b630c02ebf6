"""Rows of the instruments master and their cells; a row with unreadable cells is left out for a named reason.

InstrumentType, the third cell, selects one of three shapes.

Cells (protocol reference, section 10): all rows begin ``ExchangeSegment | ExchangeInstrumentID | InstrumentType | Name
| Description | Series | NameWithSeries | InstrumentID | PriceBand.High | PriceBand.Low | FreezeQty | TickSize | LotSize
| Multiplier``. Cash rows go on with ``DisplayName | ISIN`` (18 or 22 cells), futures with ``UnderlyingInstrumentId |
UnderlyingIndexName | ContractExpiration`` (21), options with the same and ``StrikePrice | OptionType`` (23). What comes
behind is not read, so that rows of older builds, which end earlier, mean the same.

Contracts of MCX: the expiry is the day of ContractExpiration, whatever hour it names; LotSize counts units of
quotation, and orders carry units as everywhere; profit per point and unit is Multiplier. PriceNumerator and
PriceDenominator, which only convert quotations, are not read.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final, NamedTuple

from jainam_prop.adapters.xts.wire.words import EXCHANGE_BY_SEGMENT, NUMBER_BY_SEGMENT
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKind
from jainam_prop.domain.instruments.symbol import expiry_code, strike_text
from jainam_prop.domain.money import ZERO, parse_decimal, parse_units

KIND_CELL: Final = 2
_TEST_MARK: Final = "NSETEST"
_DECIMALS: Final = 6


class Reason(StrEnum):
    """Why a row gives no instrument."""

    SPREAD = "spread"
    COMMODITY = "spot commodity"
    TEST_INSTRUMENT = "test instrument"
    REPEATED = "repeated row"
    FOREIGN = "malformed: row of another segment"
    SHORT = "malformed: too few cells"
    KIND = "malformed: instrument type"
    NAME = "malformed: name"
    NUMBER = "malformed: token"
    FREEZE_QUANTITY = "malformed: freeze quantity"
    TICK_SIZE = "malformed: tick size"
    LOT_SIZE = "malformed: lot size"
    MULTIPLIER = "malformed: multiplier"
    EXPIRY = "malformed: expiry"
    STRIKE = "malformed: strike"
    OPTION_TYPE = "malformed: option type"

    @property
    def is_malformed(self) -> bool:
        """Whether such a row should not be in a master at all."""
        return self.startswith("malformed")


class RowDropped(Exception):  # noqa: N818 (a spread or a test instrument is no error)
    """A row that gives no instrument."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Rows(ABC):
    """Reads the rows of one segment, and counts those that give no instrument."""

    def __init__(self, segment: str, dropped: Counter[Reason]) -> None:
        self._segment = segment
        self._exchange = EXCHANGE_BY_SEGMENT[segment]
        self._spellings = (segment, str(NUMBER_BY_SEGMENT[segment]))  # builds of 2019 write the number
        self._dropped = dropped

    def instruments(self, lines: Iterable[str]) -> list[Instrument]:
        """Read rows in their order."""
        return list(filter(None, map(self._row, lines)))

    def _row(self, line: str) -> Instrument | None:
        """Read a row whatever its shape; None when it is left out."""
        if not line:
            return None
        try:
            return self._instrument(line.split("|"))
        except RowDropped as row:
            self._dropped[row.reason] += 1
            return None

    @abstractmethod
    def _instrument(self, cells: list[str]) -> Instrument:
        """Read the cells of a row.

        Raises:
            RowDropped: it gives no instrument.
        """

    def _kind(self, cells: list[str]) -> str:
        if len(cells) <= KIND_CELL:
            raise RowDropped(Reason.SHORT)
        if cells[0] not in self._spellings:
            raise RowDropped(Reason.FOREIGN)
        return cells[KIND_CELL]


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
    return Terms(series, _positive(tick, Reason.TICK_SIZE), _units(lot, 1, Reason.LOT_SIZE), _multiplier(multiplier))


def freeze_reader(exchange: Exchange) -> Callable[[str], int | None]:
    """Return the reader of FreezeQty, which gives the most units of one order, or None where there is no limit.

    NSE publishes the limit plus one (1801 for 1800). MCX and NSECD are taken to do the same, since an order one unit
    smaller than it might be is never refused for its size. BSE publishes the limit itself. No limit is
    published as 0 or 1.
    """
    beyond = 0 if exchange in {Exchange.BSE, Exchange.BFO} else 1

    def read(text: str) -> int | None:
        published = int(text) if text.isdecimal() else _units(text or "0", 0, Reason.FREEZE_QUANTITY)
        return published - beyond if published > 1 else None

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
    """Read ContractExpiration (``2026-03-31T14:30:00``): the day, and its text in a symbol."""
    try:
        expiry = date.fromisoformat(text[:10])
    except ValueError:
        raise RowDropped(Reason.EXPIRY) from None
    return expiry, expiry_code(expiry)


def read_strike(text: str) -> tuple[Decimal, str]:
    """Read StrikePrice: rupees, and their text in a symbol."""
    strike = _positive(text, Reason.STRIKE)
    return strike, strike_text(strike)


def read_right(text: str) -> tuple[str, InstrumentKind]:
    """Read OptionType."""
    if text == "3":
        return "CE", InstrumentKind.CALL
    if text == "4":
        return "PE", InstrumentKind.PUT
    raise RowDropped(Reason.OPTION_TYPE)


def _multiplier(text: str) -> Decimal:
    """Read Multiplier; one that was a float on its way (``629.1999999999999``) loses the noise."""
    number = _positive(text, Reason.MULTIPLIER)
    exponent = number.as_tuple().exponent
    is_noisy = isinstance(exponent, int) and exponent < -_DECIMALS
    return round(number, _DECIMALS).normalize() if is_noisy else number


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
