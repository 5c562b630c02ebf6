"""Replacing a broker's generation of instruments in one transaction: a process that dies in it leaves the old one."""

from collections.abc import Collection, Iterable, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, Connection, Engine, Table, or_, select, text, true

from jainam_prop.adapters.sql.database import for_writing
from jainam_prop.adapters.sql.instrument_table import COLUMNS, SYMBOLS, row_writer
from jainam_prop.adapters.sql.row_swap import swap_rows
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument

_ADVANCE: Final = text(
    "INSERT INTO symbol_token_generation (broker, number, replaced_at) VALUES (:broker, 1, :moment) "
    "ON CONFLICT (broker) DO UPDATE "
    "SET number = symbol_token_generation.number + 1, replaced_at = excluded.replaced_at"
)


class Mirror(Protocol):
    """Another table that receives the same instruments in the same step, such as OpenAlgo's own.

    Attributes:
        engine: the table's own database, or None when it is in the store's, and so in the same transaction.
    """

    engine: Engine | None

    @property
    def columns(self) -> Sequence[str]:
        """The columns that `rows` fills."""
        ...

    def table(self, sql: Connection) -> Table | None:
        """Return the table, which has a column ``exchange`` and only rows of the broker; None where there is none."""
        ...

    def rows(
        self, sql: Connection, table: Table, instruments: Iterable[Instrument], keep: Collection[Exchange]
    ) -> Iterable[tuple[Any, ...]]:
        """Return the rows of instruments; those of the exchanges to keep are still there."""
        ...


def swap_generation(
    sql: Connection, broker: str, instruments: Sequence[Instrument], keep: Collection[Exchange], moment: datetime
) -> None:
    """Replace the broker's rows, but for those of the exchanges to keep, and count the generation one up.

    The count comes first: of two that replace at once, the second waits at that row until the first is done.
    """
    sql.execute(_ADVANCE, {"broker": broker, "moment": moment.astimezone(UTC).isoformat()})
    swap_rows(sql, SYMBOLS, _old(sql, broker, keep), COLUMNS, map(row_writer(broker), instruments))


def swap_mirror(sql: Connection, mirror: Mirror, instruments: Sequence[Instrument], keep: Collection[Exchange]) -> None:
    """Replace the rows of the other table, but for those of the exchanges to keep."""
    with nullcontext(sql) if mirror.engine is None else for_writing(mirror.engine).begin() as there:
        table = mirror.table(there)
        if table is not None:
            rows = mirror.rows(there, table, instruments, keep)
            swap_rows(there, table, _outside(table, keep), mirror.columns, rows)


def _old(sql: Connection, broker: str, keep: Collection[Exchange]) -> ColumnElement[bool]:
    """Return what selects the rows to delete: all, which SQLite does at once, where the table holds nothing else."""
    others = select(SYMBOLS.c.broker).where(or_(SYMBOLS.c.broker < broker, SYMBOLS.c.broker > broker))
    if not keep and sql.execute(others.limit(1)).first() is None:
        return true()
    return (SYMBOLS.c.broker == broker) & _outside(SYMBOLS, keep)


def _outside(table: Table, exchanges: Collection[Exchange]) -> ColumnElement[bool]:
    return table.c.exchange.not_in([exchange.value for exchange in exchanges]) if exchanges else true()
