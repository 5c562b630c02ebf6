"""OpenAlgo's own table of instruments, ``symtoken``, filled in the same step as ours."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Engine, MetaData, Table, func, inspect, select

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKind
from jainam_prop.domain.instruments.symbol import expiry_column
from jainam_prop.domain.money import ZERO

_NAME: Final = "symtoken"
_MULTIPLIER: Final = "contract_value"
_COLUMNS: Final = (
    "id",
    "symbol",
    "brsymbol",
    "name",
    "exchange",
    "brexchange",
    "token",
    "expiry",
    "strike",
    "lotsize",
    "instrumenttype",
    "tick_size",
    _MULTIPLIER,
)
_INDEX_KIND: Final = InstrumentKind.EQUITY.value


class HostSymbolTable:
    """Writes instruments as OpenAlgo's contract for ``symtoken`` wants them.

    The table has no column for the broker and holds the rows of the one that is logged in, so it is for the host to
    say when ours replace them: only `master_contract_download` and `save_master_contract_to_db` do. What the table
    looks like is read from the database, since the host makes it when it starts, and not every process can import its
    model.
    """

    def __init__(self, engine: Engine | None = None) -> None:
        """Write to the host's database; None stands for the one that our own table is in."""
        self.engine = engine

    def columns(self, table: Table) -> Sequence[str]:
        """Return the columns that `rows` fills.

        ``contract_value``, which older hosts lack, is the multiplier where that is not 1.
        """
        return _COLUMNS if _MULTIPLIER in table.c else _COLUMNS[:-1]

    def table(self, sql: Connection) -> Table | None:
        """Return the table with its indexes, or None where the host has made none."""
        return Table(_NAME, MetaData(), autoload_with=sql) if inspect(sql).has_table(_NAME) else None

    def rows(
        self, sql: Connection, table: Table, instruments: Iterable[Instrument], keep: Collection[Exchange]
    ) -> Iterator[tuple[Any, ...]]:
        """Return the rows, numbered on from those of the exchanges that are kept."""
        kept = select(func.max(table.c.id)).where(table.c.exchange.in_([exchange.value for exchange in keep]))
        first = (sql.execute(kept).scalar_one_or_none() or 0) + 1
        width = len(self.columns(table))
        return ((number, *_row(instrument))[:width] for number, instrument in enumerate(instruments, first))


def _row(instrument: Instrument) -> tuple[Any, ...]:
    exchange = instrument.exchange.value
    return (
        instrument.symbol,
        instrument.broker_symbol,
        instrument.name,
        exchange,
        instrument.broker_exchange or exchange,
        str(instrument.token),
        expiry_column(instrument.expiry) if instrument.expiry else "",
        float(instrument.strike or ZERO),
        instrument.lot_size,
        _INDEX_KIND if instrument.kind is InstrumentKind.INDEX else instrument.kind.value,
        float(instrument.tick_size),
        None if instrument.multiplier == 1 else float(instrument.multiplier),
    )
