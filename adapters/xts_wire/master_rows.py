"""One row of the instruments master → one instrument, by the three shapes that InstrumentType, the third cell, selects.

Cells (protocol reference, section 10): all rows begin ``ExchangeSegment | ExchangeInstrumentID | InstrumentType | Name
| Description | Series | NameWithSeries | InstrumentID | PriceBand.High | PriceBand.Low | FreezeQty | TickSize | LotSize
| Multiplier``. Cash rows go on with ``DisplayName | ISIN`` (18 or 22 cells), futures with ``UnderlyingInstrumentId |
UnderlyingIndexName | ContractExpiration`` (21), options with the same and ``StrikePrice | OptionType`` (23). Cells are
read from the left only, so the rows of older builds, which end earlier, mean the same.

Contracts of MCX: the expiry is the day of ContractExpiration, whatever hour stands beside it; LotSize counts units of
quotation, and orders carry units as everywhere; profit per point and unit is Multiplier. PriceNumerator and
PriceDenominator, which only convert quotations, are not read.

The readers are closures that end in ``tuple.__new__``, since 150,000 rows pay for every attribute and call in between.
"""

from collections.abc import Callable
from typing import Final, NoReturn, TypeAlias

from jainam_prop.adapters.xts_wire.master_cells import (
    Reason,
    RowDropped,
    freeze_reader,
    read_bands,
    read_expiry,
    read_name,
    read_right,
    read_strike,
    read_terms,
)
from jainam_prop.adapters.xts_wire.words import EXCHANGE_BY_SEGMENT
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instrument import Instrument, InstrumentKind
from jainam_prop.domain.memo import Memo
from jainam_prop.domain.symbol import index_symbol

CELLS_READ: Final = 19
"""What stands behind them is nobody's business here, and need not be taken apart."""
_SPOT_SERIES: Final = "SPOT"
_SPOT_TYPE: Final = "16"
_CASH_TYPES: Final = ("8", "32", "64", "128", "256", "512")
"""Equity, preference share, debenture, warrant, miscellaneous, mutual fund."""
_ISIN_CELL: Final = 15
_INDEX_EXCHANGE: Final = {Exchange.NSE: Exchange.NSE_INDEX, Exchange.BSE: Exchange.BSE_INDEX}

Row: TypeAlias = list[str]
Reader: TypeAlias = Callable[[Row], Instrument]
"""Raises `RowDropped`; IndexError when the row is too short, ValueError when the token is no number."""
Readers: TypeAlias = dict[str, Reader]
"""By InstrumentType."""

_new: Final = tuple.__new__


def derivative_readers(segment: str) -> Readers:
    """Return the readers of futures, options and spreads of one segment."""
    exchange = EXCHANGE_BY_SEGMENT[segment]
    names, terms, freezes = Memo(read_name), Memo(read_terms), Memo(freeze_reader(exchange))
    expiries, strikes, rights = Memo(read_expiry), Memo(read_strike), Memo(read_right)

    def future(cells: Row) -> Instrument:
        name, freeze = names[cells[3]], freezes[cells[10]]
        series, tick, lot, multiplier = terms[cells[5], cells[11], cells[12], cells[13]]
        expiry, code = expiries[cells[16]]
        lower, upper = read_bands(cells[9], cells[8])
        return _new(Instrument, (
            exchange, int(cells[1]), f"{name}{code}FUT", cells[4], name, InstrumentKind.FUTURE, lot, tick,
            freeze, expiry, None, series, "", lower, upper, multiplier, segment,
        ))  # fmt: skip

    def option(cells: Row) -> Instrument:
        name, freeze = names[cells[3]], freezes[cells[10]]
        series, tick, lot, multiplier = terms[cells[5], cells[11], cells[12], cells[13]]
        expiry, code = expiries[cells[16]]
        strike, written = strikes[cells[17]]
        right, kind = rights[cells[18]]
        lower, upper = read_bands(cells[9], cells[8])
        return _new(Instrument, (
            exchange, int(cells[1]), f"{name}{code}{written}{right}", cells[4], name, kind, lot, tick,
            freeze, expiry, strike, series, "", lower, upper, multiplier, segment,
        ))  # fmt: skip

    return {"1": future, "2": option, "4": _spread}


def cash_readers(segment: str) -> Readers:
    """Return the readers of shares, debt, funds and the spot rows of indices of one segment.

    A share comes with its name as symbol; `with_equity_symbols` decides whether it may keep it.
    """
    exchange = EXCHANGE_BY_SEGMENT[segment]
    names, terms, freezes = Memo(read_name), Memo(read_terms), Memo(freeze_reader(exchange))

    def index(cells: Row) -> Instrument:
        name = names[cells[3]]
        series, tick, lot, multiplier = terms[cells[5], cells[11], cells[12], cells[13]]
        return _new(Instrument, (
            _INDEX_EXCHANGE[exchange], int(cells[1]), index_symbol(name), cells[4], name, InstrumentKind.INDEX,
            lot, tick, None, None, None, series, "", None, None, multiplier, segment,
        ))  # fmt: skip

    def share(cells: Row) -> Instrument:
        if cells[5] == _SPOT_SERIES:
            return index(cells)
        name, freeze = names[cells[3]], freezes[cells[10]]
        series, tick, lot, multiplier = terms[cells[5], cells[11], cells[12], cells[13]]
        lower, upper = read_bands(cells[9], cells[8])
        return _new(Instrument, (
            exchange, int(cells[1]), name, cells[4], name, InstrumentKind.EQUITY, lot, tick, freeze, None, None,
            series, cells[_ISIN_CELL] if len(cells) > _ISIN_CELL else "", lower, upper, multiplier, segment,
        ))  # fmt: skip

    return {_SPOT_TYPE: index, **dict.fromkeys(_CASH_TYPES, share)}


def _spread(_cells: Row) -> NoReturn:
    raise RowDropped(Reason.SPREAD)
