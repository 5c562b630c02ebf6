"""The table ``symbol_token``: its columns, how an instrument is written and read, and queries over it.

Columns have the names of OpenAlgo's ``symtoken`` where it has them; ``broker`` lets several brokers share the table.
Prices are written as decimal text into NUMERIC columns: SQLite keeps them as numbers of 15 exact digits, PostgreSQL as
they are, and a query can compare them.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeAlias

from sqlalchemy import BigInteger, Column, ColumnElement, Connection, Index, Integer, Table, Text, or_, select
from sqlalchemy.types import UserDefinedType

from jainam_prop.adapters.sql.schema import metadata
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKind
from jainam_prop.domain.instruments.search import InstrumentQuery
from jainam_prop.domain.instruments.symbol import expiry_column, parse_expiry_column

Cell: TypeAlias = str | int | float | Decimal | None


class Rupees(UserDefinedType[Decimal]):
    """A decimal that is bound as its text and read as the driver gives it."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:  # noqa: ANN401 (SQLAlchemy's signature)
        """Return the type's name in both databases."""
        return "NUMERIC"

    def bind_processor(self, dialect: object) -> Callable[[Decimal | None], str | None]:  # noqa: ARG002
        """Return the writer of a value that a query compares with."""
        return _decimal_text


SYMBOLS: Final = Table(
    "symbol_token",
    metadata,
    Column("broker", Text, nullable=False),
    Column("exchange", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("brsymbol", Text, nullable=False),
    Column("strike", Rupees),
    Column("lower_band", Rupees),
    Column("upper_band", Rupees),
    Column("name", Text, nullable=False),
    Column("instrumenttype", Text, nullable=False),
    Column("lotsize", BigInteger, nullable=False),
    Column("tick_size", Rupees, nullable=False),
    Column("freeze_qty", BigInteger),
    Column("expiry", Text, nullable=False),
    Column("series", Text, nullable=False),
    Column("isin", Text, nullable=False),
    Column("multiplier", Rupees, nullable=False),
    Column("brexchange", Text, nullable=False),
    Index("symbol_token_by_token", "broker", "exchange", "token", unique=True),
    Index("symbol_token_by_symbol", "broker", "exchange", "symbol", unique=True),
)
"""Expiries are ``26-MAR-26``, "" where there is none."""

GENERATIONS: Final = Table(
    "symbol_token_generation",
    metadata,
    Column("broker", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("replaced_at", Text, nullable=False),
)
"""Which generation of a broker's rows is in use; its row is also what two writers take turns on."""

RENAMED: Final = Table(
    "symbol_token_renamed",
    metadata,
    Column("broker", Text, primary_key=True),
    Column("exchange", Text, primary_key=True),
    Column("old_symbol", Text, primary_key=True),
    Column("isin", Text, nullable=False),
)
"""Symbols that a share had before, with its ISIN."""

COLUMNS: Final = tuple(column.name for column in SYMBOLS.columns)
READ_COLUMNS: Final = COLUMNS[1:]


Packed: TypeAlias = tuple[int, str, str, Any, Any, Any, tuple[Any, ...]]
"""An instrument as an index holds it: token, symbol, broker symbol, strike, bands, what it shares with other contracts.

A plain tuple takes a fifth of the memory of an `Instrument`, and the garbage collector need not walk it.
"""

_FIRST_SHARED: Final = 7


def pack(row: Sequence[Any]) -> Packed:
    """Fold a row of `READ_COLUMNS`."""
    _exchange, token, symbol, broker_symbol, strike, lower, upper = row[:_FIRST_SHARED]
    return token, symbol, broker_symbol, strike, lower, upper, tuple(row[_FIRST_SHARED:])


def unpack(exchange: Exchange, packed: Packed) -> Instrument:
    """Turn a packed row into its instrument."""
    token, symbol, broker_symbol, strike, lower, upper, shared = packed
    name, kind, lot, tick, freeze, expiry, series, isin, multiplier, broker_exchange = shared
    return Instrument(
        exchange,
        token,
        symbol,
        broker_symbol,
        name,
        InstrumentKind(kind),
        lot,
        Decimal(str(tick)),
        freeze,
        parse_expiry_column(expiry) if expiry else None,
        _decimal(strike),
        series,
        isin,
        _decimal(lower),
        _decimal(upper),
        Decimal(str(multiplier)),
        broker_exchange,
    )


def row_writer(broker: str) -> Callable[[Instrument], tuple[Cell, ...]]:
    """Return the function that turns an instrument into its row of `COLUMNS`; what repeats is computed once."""
    expiries: dict[date | None, str] = {None: ""}

    def row(instrument: Instrument) -> tuple[Cell, ...]:
        (
            exchange, token, symbol, broker_symbol, name, kind, lot, tick, freeze,
            expiry, strike, series, isin, lower, upper, multiplier, broker_exchange,
        ) = instrument  # fmt: skip
        if expiry not in expiries and expiry is not None:
            expiries[expiry] = expiry_column(expiry)
        return (
            broker, _CODES[exchange], token, symbol, broker_symbol,
            None if strike is None else str(strike),
            None if lower is None else str(lower),
            None if upper is None else str(upper),
            name, _KINDS[kind], lot, str(tick), freeze, expiries[expiry], series, isin, str(multiplier),
            broker_exchange,
        )  # fmt: skip

    return row


def _decimal(value: float | Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def _decimal_text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


_CODES: Final = {exchange: exchange.value for exchange in Exchange}
"""Plain texts: the driver takes the long way round for those of an enumeration."""
_KINDS: Final = {kind: kind.value for kind in InstrumentKind}


_READ: Final = tuple(SYMBOLS.c[name] for name in READ_COLUMNS)
_AT_ONCE: Final = 5_000


def packed_rows(sql: Connection, broker: str) -> Iterator[tuple[str, Packed]]:
    """Return the exchange and packed row of every instrument of a broker; what they share is one object."""
    shared: dict[tuple[object, ...], tuple[object, ...]] = {}
    share = shared.setdefault
    # The driver's rows, since the library's own would be made for nothing.
    cursor = sql.execute(select(*_READ).where(SYMBOLS.c.broker == broker)).cursor
    while rows := cursor.fetchmany(_AT_ONCE):
        for row in rows:
            terms = row[7:]
            yield row[0], (*row[1:7], share(terms, terms))


def matching(sql: Connection, broker: str, query: InstrumentQuery) -> Iterator[Instrument]:
    """Return the instruments of a broker that a query matches, in no order."""
    wanted = select(*_READ).where(SYMBOLS.c.broker == broker, *_conditions(query))
    return (unpack(Exchange(row[0]), pack(row)) for row in sql.execute(wanted))


def renamed_shares(sql: Connection, broker: str, query: InstrumentQuery) -> Iterator[Instrument]:
    """Return the instruments of a broker whose former symbol has every word of a query, in no order."""
    column = SYMBOLS.c
    same_share = (RENAMED.c.exchange == column.exchange) & (RENAMED.c.isin == column.isin)
    named = [RENAMED.c.old_symbol.icontains(word, autoescape=True) for word in query.words]
    wanted = (
        select(*_READ)
        .join_from(RENAMED, SYMBOLS, same_share)
        .where(column.broker == broker, RENAMED.c.broker == broker, *named)
    )
    found = (unpack(Exchange(row[0]), pack(row)) for row in sql.execute(wanted)) if query.words else iter(())
    return (each for each in found if query.selects(each))


def _conditions(query: InstrumentQuery) -> Iterator[ColumnElement[bool]]:
    column = SYMBOLS.c
    for each, wanted in (
        (column.exchange, query.exchange),
        (column.instrumenttype, query.kind),
        (column.expiry, None if query.expiry is None else expiry_column(query.expiry)),
    ):
        if wanted is not None:
            yield each == str(wanted)
    if query.lowest_strike is not None:
        yield column.strike >= query.lowest_strike
    if query.highest_strike is not None:
        yield column.strike <= query.highest_strike
    for word in query.words:
        yield or_(*(each.icontains(word, autoescape=True) for each in (column.symbol, column.brsymbol, column.name)))
