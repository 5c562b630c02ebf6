"""Instruments in SQL with an index in memory: the `InstrumentStore` that all processes with one store share."""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Final, TypeAlias, TypeVar
from weakref import WeakValueDictionary

from sqlalchemy import Engine, bindparam, func, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from jainam_prop.adapters.sql.database import for_writing, in_bulk, make_tables, patiently, reason_of
from jainam_prop.adapters.sql.instrument_swap import Mirror, swap_generation, swap_mirror
from jainam_prop.adapters.sql.instrument_table import (
    GENERATIONS,
    RENAMED,
    SYMBOLS,
    Packed,
    matching,
    packed_rows,
    renamed_shares,
    unpack,
)
from jainam_prop.application.ports.instruments import InstrumentsUnreadableError
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.exchange import CASH_EXCHANGES, Exchange
from jainam_prop.domain.instruments.generation import Generation
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey
from jainam_prop.domain.instruments.search import InstrumentQuery, nearest_symbols
from jainam_prop.domain.market_data.calendar import offered

RECHECK_SECONDS: Final = 1.0
"""How long a generation is taken for the latest without looking."""

_LOG: Final = logging.getLogger(__name__)
_TABLES: Final = (SYMBOLS, GENERATIONS, RENAMED)
_NEVER: Final = float("-inf")


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


_INDEXES: Final[WeakValueDictionary[tuple[str, str, int, str], InstrumentIndex]] = WeakValueDictionary()
"""Those in use, by database, broker and generation: accounts of one process with one store have one index."""


_STAMP: Final = select(GENERATIONS.c.number, GENERATIONS.c.replaced_at).where(GENERATIONS.c.broker == bindparam("of"))


class SqlInstrumentStore:
    """Looks instruments up in an index in memory that is read once a generation.

    Whether the generation is still the latest is asked of the database by the first look-up after `RECHECK_SECONDS`, so
    a look-up costs two dictionary probes and a glance at the clock, and after a pause none is answered from an old
    generation. A thread of its own would ask as often while nobody trades, and a file's time stamp costs more than the
    look-up and says nothing on PostgreSQL. While one thread reads a newer generation the others go on with the one they
    have, if it was the latest a moment ago, and wait otherwise; all go on with it when the database cannot be asked.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        *,
        broker: str,
        mirror: Mirror | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Hold the rows of one broker.

        Args:
            engine: from `open_database`.
            clock: stamps generations.
            broker: the value of the ``broker`` column; rows of others are never touched.
            mirror: the host's table, which `replace` fills when it is asked to.
            monotonic: seconds that say when to look for a newer generation; a bare function, since every look-up asks
                it and a clock's method would take as long as the probes.
        """
        self._engine = engine
        self._clock = clock
        self._broker = broker
        self._place = engine.url.render_as_string(hide_password=False), broker
        self._mirror = mirror
        self._monotonic = monotonic
        self._index = InstrumentIndex(NOT_READ)
        self._fresh_until = _NEVER
        self._reading = threading.Lock()

    def replace(
        self, instruments: Iterable[Instrument], keep: Collection[Exchange] = (), *, for_host: bool = False
    ) -> int:
        """Swap in a new generation; see the port."""
        new = instruments if isinstance(instruments, list | tuple) else list(instruments)
        if not new:
            message = "a generation without instruments would wipe the one in use"
            raise ValueError(message)
        make_tables(self._engine, *_TABLES)
        try:
            with for_writing(patiently(self._engine)).begin() as sql:
                swap_generation(sql, self._broker, new, keep, self._clock.now())
                if for_host and self._mirror is not None:
                    swap_mirror(sql, self._mirror, list(offered(new, self._clock.now())), keep)
        except IntegrityError:
            message = "a number or a symbol stands twice in one exchange"
            raise ValueError(message) from None
        self._fresh_until = _NEVER
        for place in [each for each in _INDEXES if each[:2] == self._place]:
            _INDEXES.pop(place, None)
        return len(new)

    def find(self, symbol: str, exchange: str) -> Instrument | None:
        """Return the instrument with exactly this symbol; see the port."""
        if self._monotonic() < self._fresh_until:
            try:
                return self._index.by_symbol[exchange][symbol]
            except KeyError:
                pass  # it is asked for the first time, or not listed
        return self._latest().find(symbol, exchange)

    def find_key(self, key: InstrumentKey) -> Instrument | None:
        """Return the instrument with this number; see the port."""
        if self._monotonic() < self._fresh_until:
            try:
                return self._index.by_token[key[0]][key[1]]
            except KeyError:
                pass
        return self._latest().find_key(key)

    def nearest(self, symbol: str, exchange: str, limit: int = 3) -> tuple[str, ...]:
        """Return symbols that look like a misspelt one; see the port."""
        listed = self._latest().symbols(exchange)
        successors = [] if symbol in listed else self._successors(symbol, exchange)
        near = nearest_symbols(symbol, listed, self._clock.now().date(), limit)
        return tuple(dict.fromkeys((*successors, *near)))[:limit]

    def _successors(self, symbol: str, exchange: str) -> list[str]:
        """Return the symbols of the share that had this one before."""
        if exchange not in CASH_EXCHANGES:
            return []
        query = InstrumentQuery(text=symbol, exchange=Exchange(exchange))
        try:
            with self._engine.connect() as sql:
                return [each.symbol for each in query.best(renamed_shares(sql, self._broker, query))]
        except SQLAlchemyError:
            return []  # they are only for a message

    def search(self, query: InstrumentQuery) -> tuple[Instrument, ...]:
        """Return what the query matches; asked of the database, so that a search does not read the whole index."""
        make_tables(self._engine, *_TABLES)
        now = self._clock.now()
        with self._engine.connect() as sql:
            found = dict.fromkeys((*matching(sql, self._broker, query), *renamed_shares(sql, self._broker, query)))
            return query.best(offered(found, now))

    def generation(self) -> Generation | None:
        """Return which generation is in use; see the port."""
        try:
            return self._generation()
        except SQLAlchemyError as error:
            raise InstrumentsUnreadableError(reason_of(error)) from None

    def _generation(self) -> Generation | None:
        make_tables(self._engine, *_TABLES)
        listed = SYMBOLS.c
        counted = select(listed.exchange, func.count()).where(listed.broker == self._broker).group_by(listed.exchange)
        with self._engine.connect() as sql:
            found = sql.execute(_STAMP, {"of": self._broker}).one_or_none()
            counts = {Exchange(exchange): int(count) for exchange, count in sql.execute(counted)}
        return None if found is None else Generation(found.number, datetime.fromisoformat(found.replaced_at), counts)

    def count(self) -> int:
        """Return the number of instruments of the present generation."""
        return len(self._latest())

    def _latest(self) -> InstrumentIndex:
        held = self._index
        now = self._monotonic()
        if now < self._fresh_until:
            return held
        is_recent = now < self._fresh_until + RECHECK_SECONDS
        if not self._reading.acquire(blocking=not is_recent):
            return held
        try:
            if self._monotonic() >= self._fresh_until:
                self._index = self._read_newer(self._index)
                self._fresh_until = self._monotonic() + RECHECK_SECONDS
            return self._index
        finally:
            self._reading.release()

    def _read_newer(self, held: InstrumentIndex) -> InstrumentIndex:
        try:
            if held.generation == NOT_READ:
                make_tables(self._engine, *_TABLES)
            return self._read(held)
        except SQLAlchemyError as error:
            if held.generation == NOT_READ:
                raise InstrumentsUnreadableError(reason_of(error)) from None
            _LOG.warning("Instruments could not be checked (%s); those in memory stay in use", reason_of(error))
            return held

    def _read(self, held: InstrumentIndex) -> InstrumentIndex:
        """Read the index of the present generation, unless it is held or another account of this process has it."""
        of, none = {"of": self._broker}, (BEFORE_THE_FIRST, "")
        with self._engine.connect() as sql:
            if held.generation == (sql.execute(_STAMP, of).one_or_none() or none)[0]:
                return held
        with in_bulk(self._engine).connect() as sql:  # one transaction: the rows are those of the number
            number, replaced_at = sql.execute(_STAMP, of).one_or_none() or none
            index = _INDEXES.get((*self._place, number, replaced_at))
            if index is None:
                index = InstrumentIndex(number, packed_rows(sql, self._broker))
                _INDEXES[*self._place, number, replaced_at] = index
            return index
