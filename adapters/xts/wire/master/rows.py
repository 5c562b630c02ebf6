"""Rows of the instruments master, in the three shapes that InstrumentType, the third cell, selects.

Cells (protocol reference, section 10): all rows begin ``ExchangeSegment | ExchangeInstrumentID | InstrumentType | Name
| Description | Series | NameWithSeries | InstrumentID | PriceBand.High | PriceBand.Low | FreezeQty | TickSize | LotSize
| Multiplier``. Cash rows go on with ``DisplayName | ISIN`` (18 or 22 cells), futures with ``UnderlyingInstrumentId |
UnderlyingIndexName | ContractExpiration`` (21), options with the same and ``StrikePrice | OptionType`` (23). What comes
behind is not read, so that rows of older builds, which end earlier, mean the same.

Contracts of MCX: the expiry is the day of ContractExpiration, whatever hour stands beside it; LotSize counts units of
quotation, and orders carry units as everywhere; profit per point and unit is Multiplier. PriceNumerator and
PriceDenominator, which only convert quotations, are not read.
"""

from abc import ABC, abstractmethod
from collections import Counter
from typing import Final

from jainam_prop.adapters.xts.wire.master.reasons import Reason, RowDropped
from jainam_prop.adapters.xts.wire.words import EXCHANGE_BY_SEGMENT, NUMBER_BY_SEGMENT
from jainam_prop.domain.instruments.instrument import Instrument

KIND_CELL: Final = 2


class Rows(ABC):
    """Reads the rows of one segment, and counts those that give no instrument."""

    def __init__(self, segment: str, dropped: Counter[Reason]) -> None:
        self._segment = segment
        self._exchange = EXCHANGE_BY_SEGMENT[segment]
        self._spellings = (segment, str(NUMBER_BY_SEGMENT[segment]))  # builds of 2019 write the number
        self._dropped = dropped

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
