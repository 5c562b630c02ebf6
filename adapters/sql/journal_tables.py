"""The journal's two tables: intents with their present state, and every turn of their fate, which is only added to."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    Row,
    Table,
    Text,
    bindparam,
    func,
    insert,
    literal_column,
    text,
    update,
)

from jainam_prop.adapters.sql.schema import metadata
from jainam_prop.domain.orders.journal import Intent, IntentState, JournalEntry, JournalEvent

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

_INDEX_OF_OPEN: Final = text(
    "CREATE INDEX IF NOT EXISTS jainam_order_intents_open ON jainam_order_intents (profile, made_at) WHERE is_open = 1"
)
"""Written out: an `Index` with a condition loads SQLAlchemy's parts for PostgreSQL, a tenth of a command's start."""

INTENTS: Final = Table(
    "jainam_order_intents",
    metadata,
    Column("identifier", Text, primary_key=True),
    Column("profile", Text, nullable=False),
    Column("exchange", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("symbol", Text, nullable=False),
    Column("side", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("price_type", Text, nullable=False),
    Column("quantity", BigInteger, nullable=False),
    Column("price", Text, nullable=False),
    Column("trigger_price", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("is_open", Integer, nullable=False),
    Column("order_id", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    sqlite_with_rowid=False,
    info={"indexes": (_INDEX_OF_OPEN,)},
)
"""Moments are microseconds since 1970, UTC; prices the text of a decimal, so that both come back exactly."""

IS_OPEN: Final = INTENTS.c.is_open == literal_column("1")
"""Spelt as in the index, which a database uses only for the very same words."""

Index("jainam_order_intents_by_time", INTENTS.c.profile, INTENTS.c.made_at)

EVENTS: Final = Table(
    "jainam_order_events",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("identifier", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("order_id", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("happened_at", BigInteger, nullable=False),
)
Index("jainam_order_events_of_intent", EVENTS.c.identifier)

ADD_INTENT: Final = insert(INTENTS)
ADD_EVENT: Final = insert(EVENTS).values(
    identifier=bindparam("of"),
    state=bindparam("new_state"),
    order_id=bindparam("new_order_id"),
    note=bindparam("new_note"),
    happened_at=bindparam("now"),
)
CHANGE_INTENT: Final = (
    update(INTENTS)
    .where(
        INTENTS.c.identifier == bindparam("of"),
        INTENTS.c.profile == bindparam("owner"),
        INTENTS.c.is_open >= bindparam("still_open"),  # what is settled is never open again
    )
    .values(
        state=bindparam("new_state"),
        is_open=bindparam("still_open"),
        order_id=func.coalesce(func.nullif(bindparam("new_order_id"), literal_column("''")), INTENTS.c.order_id),
        note=bindparam("new_note"),
        changed_at=bindparam("now"),
    )
)


def microseconds(moment: datetime) -> int:
    """Return an aware moment as it is stored."""
    return (moment - _EPOCH) // _MICROSECOND


def moment(stored: int) -> datetime:
    """Return a stored moment, aware, in UTC."""
    return _EPOCH + stored * _MICROSECOND


def row_of(intent: Intent, profile: str) -> dict[str, object]:
    """Return the row of an intent that was just made."""
    made_at = microseconds(intent.made_at)
    return {
        "identifier": intent.identifier,
        "profile": profile,
        "exchange": str(intent.exchange),
        "token": intent.token,
        "symbol": intent.symbol,
        "side": str(intent.side),
        "product": str(intent.product),
        "price_type": str(intent.price_type),
        "quantity": intent.quantity,
        "price": str(intent.price),
        "trigger_price": str(intent.trigger_price),
        "made_at": made_at,
        "state": IntentState.INTENDED.value,
        "is_open": 1,
        "order_id": "",
        "note": "",
        "changed_at": made_at,
    }


@lru_cache(maxsize=1024)
def entry_of(row: Sequence[Any]) -> JournalEntry:
    """Return an intent as it stands; the newest rows are kept, since each decision reads those of two minutes again."""
    state, _is_open, order_id, note, changed_at = row[12:]
    facts: tuple[Any, ...] = (row[0], *row[2:9], Decimal(row[9]), Decimal(row[10]), moment(row[11]))
    return JournalEntry(Intent(*facts), IntentState(state), order_id, note, moment(changed_at))


def event_of(row: Row[Any]) -> JournalEvent:
    """Return one turn of an intent's fate."""
    return JournalEvent(IntentState(row.state), row.order_id, row.note, moment(row.happened_at))
