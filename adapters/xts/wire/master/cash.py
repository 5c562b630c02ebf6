"""Rows of a cash segment of the instruments master: shares, debt, funds, and the spot rows of indices."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from jainam_prop.adapters.xts.wire.master.cells import (
    Terms,
    freeze_reader,
    read_bands,
    read_name,
    read_terms,
    read_token,
)
from jainam_prop.adapters.xts.wire.master.reasons import Reason, RowDropped
from jainam_prop.adapters.xts.wire.master.rows import Rows
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

_new: Final = tuple.__new__
"""As in `master_derivatives`."""


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
