"""Reading instruments from ``symbol_token``: all of a broker's, packed for an index, or those that a query matches."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import ColumnElement, Connection, or_, select

from jainam_prop.adapters.sql.instrument_table import READ_COLUMNS, SYMBOLS, Packed, pack, unpack
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.instruments.search import InstrumentQuery
from jainam_prop.domain.instruments.symbol import expiry_column

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
