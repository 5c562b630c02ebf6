"""Rows of the instruments master → instruments, by the three shapes that InstrumentType, the third cell, selects.

Cells (protocol reference, section 10): all rows begin ``ExchangeSegment | ExchangeInstrumentID | InstrumentType | Name
| Description | Series | NameWithSeries | InstrumentID | PriceBand.High | PriceBand.Low | FreezeQty | TickSize | LotSize
| Multiplier``. Cash rows go on with ``DisplayName | ISIN`` (18 or 22 cells), futures with ``UnderlyingInstrumentId |
UnderlyingIndexName | ContractExpiration`` (21), options with the same and ``StrikePrice | OptionType`` (23). What comes
behind is not read, so that rows of older builds, which end earlier, mean the same.

Contracts of MCX: the expiry is the day of ContractExpiration, whatever hour stands beside it; LotSize counts units of
quotation, and orders carry units as everywhere; profit per point and unit is Multiplier. PriceNumerator and
PriceDenominator, which only convert quotations, are not read.
"""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Final

from jainam_prop.adapters.xts_wire.master_cells import (
    Reason,
    RowDropped,
    contract_terms_reader,
    freeze_reader,
    read_bands,
    read_lowest,
    read_name,
    read_right,
    read_strike,
    read_terms,
    read_token,
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
_INDEX_EXCHANGE: Final = {Exchange.NSE: Exchange.NSE_INDEX, Exchange.BSE: Exchange.BSE_INDEX}

_KIND: Final = 2
_MULTIPLIER: Final = 13
_ISIN: Final = 15
_EXPIRY: Final = 16
_STRIKE: Final = 17
_OPTION_TYPE: Final = 18
_LAST_CELL: Final = {_FUTURE: _EXPIRY, _OPTION: _OPTION_TYPE}

_DOES_NOT_FIT: Final = (ValueError, KeyError, InvalidOperation, RowDropped)
_new: Final = tuple.__new__
"""What the constructor of a NamedTuple ends in, without the call around it, of which there would be 150,000."""


class _Rows:
    """Reads the rows of one segment, and counts those that give no instrument."""

    def __init__(self, segment: str, dropped: Counter[Reason]) -> None:
        self._segment = segment
        self._exchange = EXCHANGE_BY_SEGMENT[segment]
        self._spellings = (segment, str(NUMBER_BY_SEGMENT[segment]))  # builds of 2019 write the number
        self._dropped = dropped
        self._names = Memo(read_name)

    def instruments(self, lines: Iterable[str]) -> list[Instrument]:
        """Read rows in their order."""
        return [found for line in lines if (found := self._row(line)) is not None]

    def _row(self, line: str) -> Instrument | None:
        """Read a row whatever its shape; None when it is left out."""
        if not line:
            return None
        try:
            return self._instrument(line.split("|"))
        except RowDropped as row:
            self._dropped[row.reason] += 1
            return None

    def _instrument(self, cells: list[str]) -> Instrument:
        raise NotImplementedError

    def _kind(self, cells: list[str]) -> str:
        if len(cells) <= _KIND:
            raise RowDropped(Reason.SHORT)
        if cells[0] not in self._spellings:
            raise RowDropped(Reason.FOREIGN)
        return cells[_KIND]


class DerivativeRows(_Rows):
    """Futures, options and spreads."""

    def __init__(self, segment: str, dropped: Counter[Reason]) -> None:
        super().__init__(segment, dropped)
        self._terms = Memo(contract_terms_reader(self._exchange))
        self._strikes = Memo(read_strike)

    def instruments(self, lines: Iterable[str]) -> list[Instrument]:
        """Read rows in their order.

        Nearly all are options of 23 cells. Those are cut from both ends, so that what the contracts on one underlying
        and expiry share stays one piece, and without a call; whatever does not fit is read again cell by cell.
        """
        names, terms, strikes, rights = self._names, self._terms, self._strikes, self._rights()
        lowest, series = Memo(read_lowest), Memo(str)
        exchange, segment, found = self._exchange, self._segment, list[Instrument]()
        for line in lines:
            try:
                head, strike, option_type, _, _, _, _ = line.rsplit("|", 6)
                spelling, token, kind, name, description, mark, _, _, high, low, shared = head.split("|", 10)
                right, sort = rights[spelling, kind, option_type]
                root, (price, written) = names[name], strikes[strike]
                freeze, tick, lot, multiplier, expiry, code = terms[shared]
                lower, upper = lowest[low], Decimal(high)
                is_range = lower < upper
                found.append(_new(Instrument, (
                    exchange, int(token), f"{root}{code}{written}{right}", description, root, sort, lot, tick, freeze,
                    expiry, price, series[mark], "", lower if is_range else None, upper if is_range else None,
                    multiplier, segment,
                )))  # fmt: skip
            except _DOES_NOT_FIT:
                found.extend(filter(None, (self._row(line),)))
        return found

    def _rights(self) -> dict[tuple[str, str, str], tuple[str, InstrumentKind]]:
        return {(each, _OPTION, code): read_right(code) for each in self._spellings for code in ("3", "4")}

    def _instrument(self, cells: list[str]) -> Instrument:
        kind = self._kind(cells)
        if kind not in _LAST_CELL:
            raise RowDropped(Reason.SPREAD if kind == _SPREAD else Reason.KIND)
        if len(cells) <= _LAST_CELL[kind]:
            raise RowDropped(Reason.SHORT)
        root = self._names[cells[3]]
        terms = self._terms["|".join(cells[10 : _EXPIRY + 1])]
        strike, written, right, sort = None, "", "FUT", InstrumentKind.FUTURE
        if kind == _OPTION:
            (strike, written), (right, sort) = self._strikes[cells[_STRIKE]], read_right(cells[_OPTION_TYPE])
        lower, upper = read_bands(cells[9], cells[8])
        return _new(Instrument, (
            self._exchange, read_token(cells[1]), f"{root}{terms.expiry_code}{written}{right}", cells[4], root, sort,
            terms.lot_size, terms.tick_size, terms.freeze_quantity, terms.expiry, strike, cells[5], "", lower, upper,
            terms.multiplier, self._segment,
        ))  # fmt: skip


class CashRows(_Rows):
    """Shares, debt, funds, and the spot rows of indices.

    A share comes with its name as symbol; `with_equity_symbols` decides whether it may keep it.
    """

    def __init__(self, segment: str, dropped: Counter[Reason]) -> None:
        super().__init__(segment, dropped)
        self._terms = Memo(read_terms)
        self._freeze_of = freeze_reader(self._exchange)

    def _instrument(self, cells: list[str]) -> Instrument:
        kind = self._kind(cells)
        if kind not in _CASH:
            raise RowDropped(Reason.KIND)
        if len(cells) <= _MULTIPLIER:
            raise RowDropped(Reason.SHORT)
        name, freeze, token = self._names[cells[3]], self._freeze_of(cells[10]), read_token(cells[1])
        series, tick, lot, multiplier = self._terms[cells[5], cells[11], cells[12], cells[_MULTIPLIER]]
        if kind == _SPOT or series == _SPOT_SERIES:
            return Instrument(
                _INDEX_EXCHANGE[self._exchange], token, index_symbol(name), cells[4], name, InstrumentKind.INDEX, lot,
                tick, series=series, multiplier=multiplier, broker_exchange=self._segment,
            )  # fmt: skip
        lower, upper = read_bands(cells[9], cells[8])
        return _new(Instrument, (
            self._exchange, token, name, cells[4], name, InstrumentKind.EQUITY, lot, tick, freeze, None, None, series,
            cells[_ISIN] if len(cells) > _ISIN else "", lower, upper, multiplier, self._segment,
        ))  # fmt: skip
