"""Instruments looked up one by one in the database, for processes that need a few of them and end soon."""

import threading
from collections.abc import Collection, Iterable
from typing import Final, final

from sqlalchemy import ColumnElement, Connection, Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from jainam_prop.adapters.sql.database import make_tables, reason_of
from jainam_prop.adapters.sql.instrument_store import RECHECK_SECONDS, SqlInstrumentStore
from jainam_prop.adapters.sql.instrument_swap import Mirror
from jainam_prop.adapters.sql.instrument_table import GENERATIONS, READ_COLUMNS, SYMBOLS, pack, unpack
from jainam_prop.application.ports.instruments import InstrumentsUnreadableError
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey

MOST_READS: Final = 300
"""After so many reads the whole index is loaded, which takes about as long."""


@final
class IndexedInstrumentStore(SqlInstrumentStore):
    """Answers look-ups by an indexed read each, and from the index in memory once there were many. Safe for threads.

    What was read counts for `RECHECK_SECONDS`, so that a newer generation is noticed as in `SqlInstrumentStore`.
    """

    def __init__(self, engine: Engine, clock: Clock, *, broker: str, mirror: Mirror | None = None) -> None:
        """Read the rows of a broker; see `SqlInstrumentStore`."""
        super().__init__(engine, clock, broker=broker, mirror=mirror, monotonic=clock.monotonic)
        self._lock = threading.Lock()
        self._looked_up: dict[tuple[str, str | int], Instrument | None] = {}
        self._read_since = clock.monotonic()
        self._reads = 0
        self._has_tables = False

    def replace(
        self, instruments: Iterable[Instrument], keep: Collection[Exchange] = (), *, for_host: bool = False
    ) -> int:
        """Swap in a new generation; see the port."""
        count = super().replace(instruments, keep, for_host=for_host)
        with self._lock:
            self._looked_up.clear()
        return count

    def find(self, symbol: str, exchange: str) -> Instrument | None:
        """Return the instrument with exactly this symbol; see the port."""
        if self._reads > MOST_READS:
            return super().find(symbol, exchange)
        return self._one(exchange, symbol, SYMBOLS.c.symbol == str(symbol))

    def find_key(self, key: InstrumentKey) -> Instrument | None:
        """Return the instrument with this number; see the port."""
        if self._reads > MOST_READS:
            return super().find_key(key)
        return self._one(key.exchange, key.token, SYMBOLS.c.token == key.token)

    def count(self) -> int:
        """Return the number of instruments of the present generation."""
        counted = select(func.count()).select_from(SYMBOLS).where(SYMBOLS.c.broker == self._broker)
        with self._connected() as sql:
            return int(sql.execute(counted).scalar_one())

    def _connected(self) -> Connection:
        if not self._has_tables:
            make_tables(self._engine, SYMBOLS, GENERATIONS)
            self._has_tables = True
        return self._engine.connect()

    def _one(self, exchange: str, name: str | int, condition: ColumnElement[bool]) -> Instrument | None:
        place = str(exchange), name
        with self._lock:
            if self._monotonic() > self._read_since + RECHECK_SECONDS:
                self._looked_up.clear()
                self._read_since = self._monotonic()
            if place not in self._looked_up:
                self._looked_up[place] = self._row(place[0], condition)
                self._reads += 1
            return self._looked_up[place]

    def _row(self, exchange: str, condition: ColumnElement[bool]) -> Instrument | None:
        columns = (SYMBOLS.c[name] for name in READ_COLUMNS)
        wanted = select(*columns).where(SYMBOLS.c.broker == self._broker, SYMBOLS.c.exchange == exchange, condition)
        try:
            with self._connected() as sql:
                row = sql.execute(wanted).one_or_none()
        except SQLAlchemyError as error:
            raise InstrumentsUnreadableError(reason_of(error)) from None
        return None if row is None else unpack(Exchange(row[0]), pack(row))
