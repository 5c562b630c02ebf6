"""One row of the instruments master → one instrument, by the three shapes that InstrumentType, the third cell, selects.

Cells (protocol reference, section 10): all rows begin ``ExchangeSegment | ExchangeInstrumentID | InstrumentType | Name
| Description | Series | NameWithSeries | InstrumentID | PriceBand.High | PriceBand.Low | FreezeQty | TickSize | LotSize
| Multiplier``. Cash rows go on with ``DisplayName | ISIN`` (18 or 22 cells), futures with ``UnderlyingInstrumentId |
UnderlyingIndexName | ContractExpiration`` (21), options with the same and ``StrikePrice | OptionType`` (23). What stands
behind is not read, so that rows of older builds, which end earlier, mean the same.

Contracts of MCX: the expiry is the day of ContractExpiration, whatever hour stands beside it; LotSize counts units of
quotation, and orders carry units as everywhere; profit per point and unit is Multiplier. PriceNumerator and
PriceDenominator, which only convert quotations, are not read.

The readers are closures that end in ``tuple.__new__``, since 150,000 rows pay for every attribute and call in between.
"""

from collections.abc import Callable
from typing import Final, TypeAlias

from jainam_prop.adapters.xts_wire.master_cells import (
    Reason,
    RowDropped,
    bands_reader,
    contract_terms_reader,
    freeze_reader,
    read_kind,
    read_name,
    read_right,
    read_strike,
    read_terms,
)
from jainam_prop.adapters.xts_wire.words import EXCHANGE_BY_SEGMENT, NUMBER_BY_SEGMENT
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instrument import Instrument, InstrumentKind
from jainam_prop.domain.memo import Memo
from jainam_prop.domain.symbol import index_symbol

_FUTURE: Final = "1"
_OPTION: Final = "2"
_SPREAD: Final = "4"
_SPOT: Final = "16"
_CASH: Final = frozenset({"8", _SPOT, "32", "64", "128", "256", "512"})
"""Equity, spot index, preference share, debenture, warrant, miscellaneous, mutual fund."""
_SPOT_SERIES: Final = "SPOT"
_OPTION_CELLS: Final = 23
_OPTION_CELLS_READ: Final = 19
_FUTURE_CELLS_READ: Final = 17
_CASH_CELLS_READ: Final = 14
_OTHER_KINDS: Final = {_SPREAD: Reason.SPREAD, _FUTURE: Reason.SHORT, _OPTION: Reason.SHORT}
_ISIN_CELL: Final = 15
_INDEX_EXCHANGE: Final = {Exchange.NSE: Exchange.NSE_INDEX, Exchange.BSE: Exchange.BSE_INDEX}

Reader: TypeAlias = Callable[[str], Instrument]
"""Raises `RowDropped`; ValueError when the token is no number."""

_new: Final = tuple.__new__


def row_reader(segment: str) -> Reader:
    """Return the reader of the rows of one segment."""
    return _cash_reader(segment) if EXCHANGE_BY_SEGMENT[segment].is_cash else _derivative_reader(segment)


def _derivative_reader(segment: str) -> Reader:
    exchange, spellings = EXCHANGE_BY_SEGMENT[segment], _spellings(segment)
    names, series, terms = Memo(read_name), Memo(str), Memo(contract_terms_reader(exchange))
    strikes, rights, bands = Memo(read_strike), Memo(read_right), bands_reader()

    def read(line: str) -> Instrument:
        if line.count("|") != _OPTION_CELLS - 1:
            return read_other(line)
        # Nearly all rows have this shape. Cut from both ends, what the contracts on one underlying share stays whole.
        head, strike, option_type, _, _, _, _ = line.rsplit("|", 6)
        spelling, token, kind, name, description, mark, _, _, high, low, shared = head.split("|", 10)
        if kind != _OPTION or spelling not in spellings:
            return read_other(line)
        root = names[name]
        freeze, tick, lot, multiplier, expiry, code = terms[shared]
        price, written = strikes[strike]
        right, sort = rights[option_type]
        lower, upper = bands(low, high)
        return _new(Instrument, (
            exchange, int(token), f"{root}{code}{written}{right}", description, root, sort, lot, tick, freeze,
            expiry, price, series[mark], "", lower, upper, multiplier, segment,
        ))  # fmt: skip

    def read_other(line: str) -> Instrument:
        cells = line.split("|")
        kind = read_kind(cells, spellings)
        if kind == _FUTURE and len(cells) >= _FUTURE_CELLS_READ:
            return read_future(cells)
        if kind == _OPTION and len(cells) >= _OPTION_CELLS_READ:
            return read("|".join([*cells, *("",) * _OPTION_CELLS][:_OPTION_CELLS]))
        raise RowDropped(_OTHER_KINDS.get(kind, Reason.KIND))

    def read_future(cells: list[str]) -> Instrument:
        _, token, _, name, description, mark, _, _, high, low = cells[:10]
        root = names[name]
        freeze, tick, lot, multiplier, expiry, code = terms["|".join(cells[10:_FUTURE_CELLS_READ])]
        lower, upper = bands(low, high)
        return _new(Instrument, (
            exchange, int(token), f"{root}{code}FUT", description, root, InstrumentKind.FUTURE, lot, tick, freeze,
            expiry, None, series[mark], "", lower, upper, multiplier, segment,
        ))  # fmt: skip

    return read


def _cash_reader(segment: str) -> Reader:
    """Return the reader of shares, debt, funds and the spot rows of indices.

    A share comes with its name as symbol; `with_equity_symbols` decides whether it may keep it.
    """
    exchange, spellings = EXCHANGE_BY_SEGMENT[segment], _spellings(segment)
    names, freezes, terms, bands = Memo(read_name), Memo(freeze_reader(exchange)), Memo(read_terms), bands_reader()

    def read(line: str) -> Instrument:
        cells = line.split("|", _ISIN_CELL + 1)
        kind = read_kind(cells, spellings)
        if kind not in _CASH:
            raise RowDropped(Reason.KIND)
        if len(cells) < _CASH_CELLS_READ:
            raise RowDropped(Reason.SHORT)
        name, freeze = names[cells[3]], freezes[cells[10]]
        series, tick, lot, multiplier = terms[cells[5], cells[11], cells[12], cells[13]]
        if kind == _SPOT or series == _SPOT_SERIES:
            return _new(Instrument, (
                _INDEX_EXCHANGE[exchange], int(cells[1]), index_symbol(name), cells[4], name, InstrumentKind.INDEX,
                lot, tick, None, None, None, series, "", None, None, multiplier, segment,
            ))  # fmt: skip
        lower, upper = bands(cells[9], cells[8])
        return _new(Instrument, (
            exchange, int(cells[1]), name, cells[4], name, InstrumentKind.EQUITY, lot, tick, freeze, None, None,
            series, cells[_ISIN_CELL] if len(cells) > _ISIN_CELL else "", lower, upper, multiplier, segment,
        ))  # fmt: skip

    return read


def _spellings(segment: str) -> frozenset[str]:
    return frozenset({segment, str(NUMBER_BY_SEGMENT[segment])})  # builds of 2019 write the number
