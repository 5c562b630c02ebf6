"""The ledger of leased turns in PostgreSQL: one row for each family of an account, changed under its lock."""

import logging
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, final

import orjson
from sqlalchemy import Column, Engine, Table, Text, bindparam, event, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from jainam_prop.adapters.sql.database import closing_late, make_tables
from jainam_prop.adapters.sql.postgres import open_postgres
from jainam_prop.adapters.sql.schema import metadata
from jainam_prop.domain.rate_leases import Lease, LeaseRequest, Ledger, lease
from jainam_prop.domain.rate_limit import CallFamily, Rate

_LOG: Final = logging.getLogger(__name__)

LEDGERS: Final = Table(
    "jainam_rate_ledgers",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("family", Text, primary_key=True),
    Column("ledger", Text, nullable=False),
)
"""``ledger`` is JSON: taken, slots, closed_until, reserved_until; moments are seconds of the database's clock."""

_NEW: Final = text(
    "INSERT INTO jainam_rate_ledgers (owner, family, ledger) VALUES (:owner, :family, '') "
    "ON CONFLICT (owner, family) DO NOTHING"
)
_LEDGER: Final = (
    select(LEDGERS.c.ledger, func.extract("epoch", func.clock_timestamp()))
    .where(LEDGERS.c.owner == bindparam("owner"), LEDGERS.c.family == bindparam("family"))
    .with_for_update()
)
"""The moment may be from before the lock was had: then turns count as used for longer than they are."""

_SAVE: Final = LEDGERS.update().where(LEDGERS.c.owner == bindparam("of"), LEDGERS.c.family == bindparam("calls"))

_ANSWER_MILLISECONDS: Final = 400
"""Less than a lease lasts: a later answer would be of no use."""


@final
class SqlRateLeases:
    """Leases turns of one account, on connections of its own."""

    def __init__(self, engine: Engine, owner: str, folder: Path) -> None:
        """Lease in a database.

        Args:
            engine: of a PostgreSQL.
            owner: the login whose calls the broker counts.
            folder: of this machine; it keeps the machine's id there.
        """
        self._engine = closing_late(open_postgres(engine.url, pool_size=2, pool_recycle=600))
        event.listen(self._engine, "connect", _answer_in_time)
        self._owner = owner
        self._has_table = False
        self._is_closed = False
        self.machine = machine_id(folder)

    def lease(self, family: CallFamily, rate: Rate, request: LeaseRequest) -> Lease | None:
        """Return the ledger's answer; None where the database gives none in time (logged), or after ``close``."""
        try:
            return None if self._is_closed else self._lease(family, rate, request)
        except (SQLAlchemyError, ValueError) as error:
            if not self._is_closed:
                _LOG.warning("no turns could be leased: %s", type(error).__name__)
            return None

    def close(self) -> None:
        """Close the connections; a thread that still asks for turns gets none."""
        self._is_closed = True
        self._engine.dispose()

    def _lease(self, family: CallFamily, rate: Rate, request: LeaseRequest) -> Lease:
        if not self._has_table:
            make_tables(self._engine, LEDGERS)
            self._has_table = True
        key = {"owner": self._owner, "family": str(family)}
        with self._engine.begin() as sql:
            found = sql.execute(_LEDGER, key).one_or_none()
            if found is None:
                sql.execute(_NEW, key)
                found = sql.execute(_LEDGER, key).one()
            ledger, answer = lease(_read(found[0]), rate, request, float(found[1]))
            sql.execute(_SAVE, {"of": self._owner, "calls": str(family), "ledger": orjson.dumps(ledger).decode()})
        return answer


def machine_id(folder: Path) -> str:
    """Return the id that the processes with one folder share, made on first use; a passing one where none is kept."""
    path, made = folder / "machine", secrets.token_hex(8)
    draft = folder / f"machine.{made}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft.write_text(made, encoding="ascii")
        with suppress(FileExistsError):
            path.hardlink_to(draft)  # whole at once, unlike a file that is written
        draft.unlink()
        return path.read_text(encoding="ascii")
    except OSError:
        return made


def _answer_in_time(driver: Any, _record: object) -> None:  # noqa: ANN401 (the driver's own connection)
    driver.execute(f"SET statement_timeout = {_ANSWER_MILLISECONDS}")
    driver.commit()


def _read(written: str) -> Ledger:
    fields: dict[str, Any] = orjson.loads(written) if written else {}
    return Ledger(**fields)
