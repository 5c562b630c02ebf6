"""What the processes of one store share beside journal and sessions: carried units of positions, the trading state."""

import logging
from collections.abc import Mapping
from datetime import date
from typing import Final, final

from returns.result import Failure, Result, Success
from sqlalchemy import BigInteger, Column, Engine, Table, Text, and_, delete, insert, or_, select
from sqlalchemy.exc import SQLAlchemyError

from jainam_prop.adapters.sql.database import for_writing, make_tables, reason_of
from jainam_prop.adapters.sql.journal_tables import microseconds, moment
from jainam_prop.adapters.sql.schema import metadata
from jainam_prop.application.ports.journal import Settled
from jainam_prop.domain.errors import Blocked, BrokerError, Unreadable
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.trading_state import TradingState
from jainam_prop.domain.positions.position import PositionKey

_LOG: Final = logging.getLogger(__name__)

CARRIED: Final = Table(
    "jainam_carried_units",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("exchange", Text, primary_key=True),
    Column("token", BigInteger, primary_key=True, autoincrement=False),
    Column("product", Text, primary_key=True),
    Column("day", Text, nullable=False),
    Column("units", BigInteger, nullable=False),
    Column("filled", BigInteger, nullable=False),
    Column("settled_at", BigInteger, nullable=False),
)
"""One row a position; a row of an earlier book day says nothing and is overwritten."""


@final
class SqlCarriedUnits:
    """Keeps the carried units of one account in a table that is made when first written."""

    def __init__(self, engine: Engine, owner: str) -> None:
        """Keep them in the database of the journal, for the account that the journal is of."""
        self._engine = engine
        self._owner = owner

    def load(self, day: date) -> dict[PositionKey, Settled]:
        """Return what was settled on a book day; nothing where the table is missing or cannot be read."""
        wanted = select(CARRIED).where(CARRIED.c.owner == self._owner, CARRIED.c.day == day.isoformat())
        try:
            with self._engine.connect() as sql:
                rows = sql.execute(wanted).all()
        except SQLAlchemyError:
            return {}
        return {
            PositionKey(InstrumentKey(Exchange(row.exchange), row.token), row.product): Settled(
                row.units, row.filled, moment(row.settled_at)
            )
            for row in rows
        }

    def save(self, day: date, settled: Mapping[PositionKey, Settled]) -> None:
        """Replace what is kept of these positions; a write that fails is logged and costs nothing else."""
        same = [
            and_(CARRIED.c.exchange == str(exchange), CARRIED.c.token == token, CARRIED.c.product == str(product))
            for (exchange, token), product in settled
        ]
        rows = [
            {
                "owner": self._owner,
                "exchange": str(key.instrument.exchange),
                "token": key.instrument.token,
                "product": str(key.product),
                "day": day.isoformat(),
                "units": value.units,
                "filled": value.filled,
                "settled_at": microseconds(value.settled_at),
            }
            for key, value in settled.items()
        ]
        try:
            make_tables(self._engine, CARRIED)
            with for_writing(self._engine).begin() as sql:
                sql.execute(delete(CARRIED).where(CARRIED.c.owner == self._owner, or_(*same)))
                sql.execute(insert(CARRIED), rows)
        except SQLAlchemyError as error:
            _LOG.warning("settled positions cannot be shared with other processes: %s", type(error).__name__)


FENCES: Final = Table(
    "jainam_fences", metadata, Column("name", Text, primary_key=True), Column("number", BigInteger, nullable=False)
)
"""How often each lock was taken, so that an order of an earlier holder is known."""

STATE: Final = Table("jainam_trading_state", metadata, Column("state", Text, primary_key=True))
_SAVED: Final = select(STATE.c.state)


@final
class SqlTradingState:
    """Keeps the state in the journal's database; the table is made with the journal's, or when it is first written."""

    def __init__(self, engine: Engine) -> None:
        """Keep it in this database."""
        self._engine = engine
        self._is_made = False

    def load(self) -> Result[TradingState, BrokerError]:
        """Return the state last saved; see the port."""
        try:
            with self._engine.connect() as sql:
                self._is_made = self._is_made or sql.dialect.has_table(sql, STATE.name)
                saved = sql.execute(_SAVED).scalar_one_or_none() if self._is_made else None
        except SQLAlchemyError as error:
            return Failure(Unreadable(f"the trading state: {reason_of(error)}"))
        return Success(TradingState(saved or TradingState.ACTIVE))

    def save(self, state: TradingState) -> Result[None, BrokerError]:
        """Replace the state; see the port."""
        try:
            make_tables(self._engine, STATE)
            with for_writing(self._engine).begin() as sql:
                sql.execute(delete(STATE))
                sql.execute(insert(STATE), {"state": state.value})
        except SQLAlchemyError as error:
            return Failure(Blocked(f"the trading state cannot be written: {reason_of(error)}"))
        return Success(None)
