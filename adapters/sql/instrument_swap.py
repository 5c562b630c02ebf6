"""Replacing a generation of instruments in one transaction; a process that dies meanwhile leaves the old one."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Connection, Engine, Table, delete, or_, select, text, true
from sqlalchemy.schema import CreateIndex, DropIndex
from sqlalchemy.sql.elements import True_

from jainam_prop.adapters.sql.database import for_writing
from jainam_prop.adapters.sql.instrument_table import COLUMNS, SYMBOLS, row_writer
from jainam_prop.domain.exchange import CASH_EXCHANGES, Exchange
from jainam_prop.domain.instruments.generation import renamed
from jainam_prop.domain.instruments.instrument import Instrument

_ADVANCE: Final = text(
    "INSERT INTO symbol_token_generation (broker, number, replaced_at) VALUES (:broker, 1, :moment) "
    "ON CONFLICT (broker) DO UPDATE "
    "SET number = symbol_token_generation.number + 1, replaced_at = excluded.replaced_at"
)
_RENAME: Final = text(
    "INSERT INTO symbol_token_renamed (broker, exchange, old_symbol, isin) "
    "VALUES (:broker, :exchange, :old_symbol, :isin) "
    "ON CONFLICT (broker, exchange, old_symbol) DO UPDATE SET isin = excluded.isin"
)


class Mirror(Protocol):
    """Another table that receives the same instruments in the same step, such as OpenAlgo's own.

    Attributes:
        engine: the table's own database, or None when it is in the store's, and so in the same transaction.
    """

    engine: Engine | None

    def columns(self, table: Table) -> Sequence[str]:
        """Return the columns that `rows` fills."""

    def table(self, sql: Connection) -> Table | None:
        """Return the table, which has a column ``exchange`` and only rows of the broker; None where there is none."""

    def rows(
        self, sql: Connection, table: Table, instruments: Iterable[Instrument], keep: Collection[Exchange]
    ) -> Iterable[tuple[Any, ...]]:
        """Return the rows of instruments; those of the exchanges to keep are still there."""


def swap_generation(
    sql: Connection, broker: str, instruments: Sequence[Instrument], keep: Collection[Exchange], moment: datetime
) -> None:
    """Replace the broker's rows, but for those of the exchanges to keep, and count the generation one up.

    The count comes first: of two that replace at once, the second waits at that row until the first is done.
    """
    sql.execute(_ADVANCE, {"broker": broker, "moment": moment.astimezone(UTC).isoformat()})
    _note_renamed(sql, broker, instruments)
    swap_rows(sql, SYMBOLS, _old(sql, broker, keep), COLUMNS, map(row_writer(broker), instruments))


def _note_renamed(sql: Connection, broker: str, instruments: Sequence[Instrument]) -> None:
    column = SYMBOLS.c
    shares = select(column.exchange, column.symbol, column.isin).where(
        column.broker == broker, column.exchange.in_([each.value for each in CASH_EXCHANGES]), column.isin != ""
    )
    before = [(Exchange(exchange), symbol, isin) for exchange, symbol, isin in sql.execute(shares)]
    rows = [
        {"broker": broker, "exchange": exchange.value, "old_symbol": symbol, "isin": isin}
        for (exchange, symbol), isin in (renamed(before, instruments) if before else {}).items()
    ]
    if rows:
        sql.execute(_RENAME, rows)


def swap_mirror(sql: Connection, mirror: Mirror, instruments: Sequence[Instrument], keep: Collection[Exchange]) -> None:
    """Replace the rows of the other table, but for those of the exchanges to keep."""
    with nullcontext(sql) if mirror.engine is None else for_writing(mirror.engine).begin() as there:
        table = mirror.table(there)
        if table is not None:
            rows = mirror.rows(there, table, instruments, keep)
            swap_rows(there, table, _outside(table, keep), mirror.columns(table), rows)


def _old(sql: Connection, broker: str, keep: Collection[Exchange]) -> ColumnElement[bool]:
    """Return what selects the rows to delete: all, which SQLite does at once, where the table holds nothing else."""
    others = select(SYMBOLS.c.broker).where(or_(SYMBOLS.c.broker < broker, SYMBOLS.c.broker > broker))
    if not keep and sql.execute(others.limit(1)).first() is None:
        return true()
    return (SYMBOLS.c.broker == broker) & _outside(SYMBOLS, keep)


def _outside(table: Table, exchanges: Collection[Exchange]) -> ColumnElement[bool]:
    return table.c.exchange.not_in([exchange.value for exchange in exchanges]) if exchanges else true()


_ROWS_A_STATEMENT: Final = 50
"""Saves SQLite a fifth of the time of single rows, and keeps below the 999 parameters that its older versions allow."""
_STATEMENTS_AT_ONCE: Final = 100
_SORT_FAST: Final = ("PRAGMA cache_size = -32768", "PRAGMA threads = 2")
"""Kibibytes: enough to sort the keys of an index in memory, and with a second thread."""
_AS_EVER: Final = ("PRAGMA cache_size = -2000", "PRAGMA threads = 0")
"""SQLite's own defaults, for the connection goes back to the pool."""


def swap_rows(
    sql: Connection, table: Table, old: ColumnElement[bool], columns: Sequence[str], new: Iterable[tuple[Any, ...]]
) -> None:
    """Delete the rows that ``old`` selects and insert new ones.

    On SQLite the indexes are dropped first and built over the finished table, which takes a third of the time of
    keeping them in step row by row; that is part of the transaction like everything else. PostgreSQL keeps them, since
    dropping one would make readers wait.
    """
    if sql.dialect.name != "sqlite":
        _swap(sql, table, old, columns, new)
        return
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    for pragma in _SORT_FAST:
        sql.exec_driver_sql(pragma)
    for index in indexes:
        sql.execute(DropIndex(index, if_exists=True))
    _swap(sql, table, old, columns, new)
    for index in indexes:
        sql.execute(CreateIndex(index))
    for pragma in _AS_EVER:
        sql.exec_driver_sql(pragma)


def _swap(
    sql: Connection, table: Table, old: ColumnElement[bool], columns: Sequence[str], new: Iterable[tuple[Any, ...]]
) -> None:
    sql.execute(delete(table) if isinstance(old, True_) else delete(table).where(old))
    _insert(sql, table, columns, new)


def _insert(sql: Connection, table: Table, columns: Sequence[str], new: Iterable[tuple[Any, ...]]) -> None:
    rows = iter(new)
    many = _statement(sql, table, columns, _ROWS_A_STATEMENT)
    one = _statement(sql, table, columns, 1)
    while batch := list(islice(rows, _ROWS_A_STATEMENT * _STATEMENTS_AT_ONCE)):
        whole = len(batch) // _ROWS_A_STATEMENT * _ROWS_A_STATEMENT
        groups = (batch[start : start + _ROWS_A_STATEMENT] for start in range(0, whole, _ROWS_A_STATEMENT))
        if whole:
            sql.exec_driver_sql(many, [tuple(chain.from_iterable(group)) for group in groups])
        if whole < len(batch):
            sql.exec_driver_sql(one, batch[whole:])


def _statement(sql: Connection, table: Table, columns: Sequence[str], rows: int) -> str:
    mark = "?" if sql.dialect.paramstyle == "qmark" else "%s"
    row = f"({', '.join([mark] * len(columns))})"
    names, values = ", ".join(columns), ", ".join([row] * rows)
    return f"INSERT INTO {table.name} ({names}) VALUES {values}"  # noqa: S608 (a table's own names)
