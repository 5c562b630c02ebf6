"""One generation of instruments in memory: two dictionary probes to any of them, a few hundred bytes each."""

from collections.abc import Collection, Iterable, Mapping
from typing import Final, TypeAlias, TypeVar

from jainam_prop.adapters.sql.instrument_table import Packed, unpack
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey

_Value = TypeVar("_Value")

Symbols: TypeAlias = dict[str, dict[str, _Value]]
Tokens: TypeAlias = dict[str, dict[int, _Value]]
"""Per exchange, by its code: probing twice takes half the time and memory of one table with pairs as keys."""

NOT_READ: Final = -1
BEFORE_THE_FIRST: Final = 0

_MOST_UNPACKED: Final = 20_000


class InstrumentIndex:
    """Holds packed rows, and those instruments that were asked for before.

    Attributes:
        generation: number of the generation it was read from.
        by_symbol: instruments that were asked for; what is missing may still be listed.
        by_token: the same instruments.
    """

    def __init__(self, generation: int, rows: Iterable[tuple[str, Packed]] = ()) -> None:
        """Hold rows given as exchange and packed row."""
        self.generation = generation
        self.by_symbol: Symbols[Instrument] = {exchange.value: {} for exchange in Exchange}
        self.by_token: Tokens[Instrument] = {exchange.value: {} for exchange in Exchange}
        self._packed_by_symbol: Symbols[Packed] = {exchange.value: {} for exchange in Exchange}
        self._packed_by_token: Tokens[Packed] = {exchange.value: {} for exchange in Exchange}
        self._unpacked = 0
        by_symbol, by_token = self._packed_by_symbol, self._packed_by_token
        for exchange, packed in rows:
            by_token[exchange][packed[0]] = by_symbol[exchange][packed[1]] = packed

    def find(self, symbol: str, exchange: str) -> Instrument | None:
        """Return an instrument whether it was asked for before or not."""
        return self._unpack(exchange, _probe(self._packed_by_symbol, exchange, symbol))

    def find_key(self, key: InstrumentKey) -> Instrument | None:
        """Return an instrument whether it was asked for before or not."""
        return self._unpack(key.exchange, _probe(self._packed_by_token, key.exchange, key.token))

    def symbols(self, exchange: str) -> Collection[str]:
        """Return the symbols of an exchange."""
        return self._packed_by_symbol.get(exchange, {}).keys()

    def __len__(self) -> int:
        return sum(len(listed) for listed in self._packed_by_symbol.values())

    def _unpack(self, exchange: str, packed: Packed | None) -> Instrument | None:
        if packed is None:
            return None
        instrument = unpack(Exchange(exchange), packed)
        if self._unpacked < _MOST_UNPACKED:
            self._unpacked += 1
            self.by_symbol[exchange][instrument.symbol] = self.by_token[exchange][instrument.token] = instrument
        return instrument


_Name = TypeVar("_Name")


def _probe(table: Mapping[str, Mapping[_Name, _Value]], exchange: str, name: _Name) -> _Value | None:
    listed = table.get(exchange)
    return None if listed is None else listed.get(name)
