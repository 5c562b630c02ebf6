"""Master rows of each kind of segment as instruments: shares and index spots, futures and options."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Final

from jainam_prop.adapters.xts.wire.master.rows import (
    Reason,
    RowDropped,
    Rows,
    Terms,
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
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKind
from jainam_prop.domain.instruments.symbol import index_symbol
from jainam_prop.domain.memo import Memo

_SPOT: Final = "16"
_SHARES: Final = frozenset({"8", "32", "64", "128", "256", "512"})
"""Equity, preference share, debenture, warrant, miscellaneous, mutual fund."""
_SPOT_SERIES: Final = "SPOT"
_INDEX_EXCHANGE: Final = {Exchange.NSE: Exchange.NSE_INDEX, Exchange.BSE: Exchange.BSE_INDEX}
_MULTIPLIER: Final = 13
_ISIN: Final = 15

_FUTURE: Final = "1"
_OPTION: Final = "2"
_NOT_CONTRACTS: Final = {"4": Reason.SPREAD, _SPOT: Reason.COMMODITY}
"""Rows of a derivative segment that are no contract; MCX lists the commodities themselves (``COMDTY``)."""
_EXPIRY: Final = 16
_STRIKE: Final = 17
_OPTION_TYPE: Final = 18
_LAST_CELL: Final = {_FUTURE: _EXPIRY, _OPTION: _OPTION_TYPE}

_DOES_NOT_FIT: Final = (ValueError, KeyError, InvalidOperation, RowDropped)

_new: Final = tuple.__new__
"""What the constructor of a NamedTuple ends in, without the call around it, of which there would be 150,000."""


class CashRows(Rows):
    """Reads a cash segment; a share has its name as symbol until `with_equity_symbols` has seen its namesakes."""

    def __init__(self, segment: str, dropped: Counter[Reason]) -> None:
        super().__init__(segment, dropped)
        self._terms = Memo(read_terms)
        self._freeze_of = freeze_reader(self._exchange)

    def instruments(self, lines: Iterable[str]) -> list[Instrument]:
        """Read rows in their order; a share of 18 cells or more without a call, the others cell by cell."""
        terms, freeze_of, found = Memo(self._share_terms), self._freeze_of, list[Instrument]()
        exchange, segment, sort = self._exchange, self._segment, InstrumentKind.EQUITY
        for line in lines:
            try:
                (
                    spelling, token, kind, name, description, mark, _, _,
                    high, low, freeze, tick, lot, multiplier, _, isin, _,
                ) = line.split("|", 16)  # fmt: skip
                series, tick_size, lot_size, factor = terms[spelling, kind, mark, tick, lot, multiplier]
                lower, upper = read_bands(low, high)
                found.append(_new(Instrument, (
                    exchange, int(token), read_name(name), description, name, sort, lot_size, tick_size,
                    freeze_of(freeze), None, None, series, isin, lower, upper, factor, segment,
                )))  # fmt: skip
            except (ValueError, RowDropped):
                found.extend(filter(None, (self._row(line),)))
        return found

    def _share_terms(self, cells: tuple[str, ...]) -> Terms:
        spelling, kind, series, tick, lot, multiplier = cells
        if spelling not in self._spellings or kind not in _SHARES or series == _SPOT_SERIES:
            raise RowDropped(Reason.KIND)
        return read_terms((series, tick, lot, multiplier))

    def _instrument(self, cells: list[str]) -> Instrument:
        kind = self._kind(cells)
        if kind != _SPOT and kind not in _SHARES:
            raise RowDropped(Reason.KIND)
        if len(cells) <= _MULTIPLIER:
            raise RowDropped(Reason.SHORT)
        name, freeze, token = read_name(cells[3]), self._freeze_of(cells[10]), read_token(cells[1])
        series, tick, lot, multiplier = self._terms[cells[5], cells[11], cells[12], cells[_MULTIPLIER]]
        if kind == _SPOT or series == _SPOT_SERIES:
            return Instrument(
                _INDEX_EXCHANGE[self._exchange], token, index_symbol(name), cells[4], name, InstrumentKind.INDEX, lot,
                tick, series=series, multiplier=multiplier, broker_exchange=self._segment,
            )  # fmt: skip
        lower, upper = read_bands(cells[9], cells[8])
        return Instrument(
            self._exchange, token, name, cells[4], name, InstrumentKind.EQUITY, lot, tick, freeze, None, None, series,
            cells[_ISIN] if len(cells) > _ISIN else "", lower, upper, multiplier, self._segment,
        )  # fmt: skip


class DerivativeRows(Rows):
    """Reads a derivative segment."""

    def __init__(self, segment: str, dropped: Counter[Reason]) -> None:
        super().__init__(segment, dropped)
        self._names = Memo(read_name)
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
            raise RowDropped(_NOT_CONTRACTS.get(kind, Reason.KIND))
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
