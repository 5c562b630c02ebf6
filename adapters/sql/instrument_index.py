"""One generation of instruments in memory: two dictionary probes to any of them, a few hundred bytes each."""

from collections.abc import Collection, Iterable
from typing import Final, TypeAlias

from jainam_prop.adapters.sql.instrument_table import Packed, unpack
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instrument import Instrument

Held: TypeAlias = Packed | Instrument
"""Packed until it is asked for the first time."""

_MOST_UNPACKED: Final = 20_000


class InstrumentIndex:
    """Does not change for its readers: an instrument that is asked for takes the place of its own packed row.

    Attributes:
        generation: number of the generation it was read from, 0 before the first.
        by_symbol: per exchange.
        by_token: per exchange.
    """

    def __init__(self, generation: int, rows: Iterable[tuple[str, Packed]]) -> None:
        """Hold rows given as exchange and packed row."""
        self.generation = generation
        self.by_symbol: dict[str, dict[str, Held]] = {exchange.value: {} for exchange in Exchange}
        self.by_token: dict[str, dict[int, Held]] = {exchange.value: {} for exchange in Exchange}
        self._unpacked = 0
        for exchange, packed in rows:
            self.by_token[exchange][packed[0]] = self.by_symbol[exchange][packed[1]] = packed

    def unpacked(self, exchange: str, packed: Packed) -> Instrument:
        """Return the instrument of a packed row, and hold it from now on while there is room."""
        instrument = unpack(Exchange(exchange), packed)
        if self._unpacked < _MOST_UNPACKED:
            self._unpacked += 1
            self.by_symbol[exchange][instrument.symbol] = self.by_token[exchange][instrument.token] = instrument
        return instrument

    def symbols(self, exchange: str) -> Collection[str]:
        """Return the symbols of an exchange."""
        return self.by_symbol.get(exchange, {}).keys()

    def __len__(self) -> int:
        return sum(len(listed) for listed in self.by_symbol.values())
