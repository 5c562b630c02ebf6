"""Rows of a derivative segment of the instruments master: futures, options and spreads."""

from collections import Counter
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Final

from jainam_prop.adapters.xts.wire.master.cells import (
    contract_terms_reader,
    read_bands,
    read_lowest,
    read_name,
    read_right,
    read_strike,
    read_token,
)
from jainam_prop.adapters.xts.wire.master.reasons import Reason, RowDropped
from jainam_prop.adapters.xts.wire.master.rows import Rows
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKind
from jainam_prop.domain.memo import Memo

_FUTURE: Final = "1"
_OPTION: Final = "2"
_SPREAD: Final = "4"
_EXPIRY: Final = 16
_STRIKE: Final = 17
_OPTION_TYPE: Final = 18
_LAST_CELL: Final = {_FUTURE: _EXPIRY, _OPTION: _OPTION_TYPE}

_DOES_NOT_FIT: Final = (ValueError, KeyError, InvalidOperation, RowDropped)

_new: Final = tuple.__new__
"""What the constructor of a NamedTuple ends in, without the call around it, of which there would be 150,000."""


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
