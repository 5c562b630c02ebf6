"""What the package leaves in a host's data after the plug-in was taken out: pace, locks, tables and the journal."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, create_engine, inspect, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from jainam_prop.entrypoints.hosting.edits import BROKER
from jainam_prop.entrypoints.hosting.host import Host
from jainam_prop.entrypoints.hosting.installing import read_env

TABLES: Final = (
    "jainam_sessions",
    "jainam_order_intents",
    "jainam_order_events",
    "jainam_carried_units",
    "jainam_rate_ledgers",
    "jainam_trading_state",
    "jainam_fences",
    "jainam_schema",
)
"""Tables of ours alone in a host's database."""
SHARED_TABLES: Final = ("symbol_token", "symbol_token_generation", "symbol_token_renamed")
"""Tables with a column ``broker``, in which rows of others would stay; a test compares all with those that are made."""

_LOCK: Final = re.compile(r"[0-9a-f]{32}\.lock")


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What is left.

    Attributes:
        files: below the host's folder, or folders of ours.
        tables: of ours in the host's database.
        problem: why its database could not be looked at.
    """

    files: tuple[Path, ...] = ()
    tables: tuple[str, ...] = ()
    problem: str = ""

    @property
    def names(self) -> list[str]:
        """What is left, as it may be shown."""
        return [*(str(path) for path in self.files), *(f"table {name}" for name in self.tables)]


def leftovers(host: Host) -> Leftovers:
    """Look for what the package has made in a host's data."""
    try:
        engine, database = _database(host)
    except (SQLAlchemyError, ImportError) as error:
        return Leftovers(problem=f"the database cannot be opened ({type(error).__name__})")
    files = tuple(_files(database)) if database is not None else ()
    if engine is None:
        return Leftovers(files)
    try:
        present = set(inspect(engine).get_table_names())
    except SQLAlchemyError as error:
        return Leftovers(files, problem=f"the database cannot be read ({type(error).__name__})")
    finally:
        engine.dispose()
    return Leftovers(files, tuple(name for name in (*TABLES, *SHARED_TABLES) if name in present))


def purge(host: Host, left: Leftovers) -> None:
    """Remove it for good, the journal of orders and the stored session included."""
    for path in left.files:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    engine, _ = _database(host)
    if engine is None:
        return
    try:
        with engine.begin() as sql:
            for name in left.tables:
                if name in SHARED_TABLES:
                    sql.execute(text(f"DELETE FROM {name} WHERE broker = :broker"), {"broker": BROKER})  # noqa: S608
                if name in TABLES or not sql.execute(text(f"SELECT 1 FROM {name} LIMIT 1")).first():  # noqa: S608
                    sql.execute(text(f"DROP TABLE {name}"))
    finally:
        engine.dispose()


def _database(host: Host) -> tuple[Engine | None, Path | None]:
    """Return the host's database where there is one, and its path where that is a SQLite file."""
    value = read_env(host).value("DATABASE_URL") if host.env.is_file() else None
    if not value:
        return None, None
    url = make_url(value)
    if url.get_backend_name() != "sqlite" or not url.database:
        return create_engine(url), None
    path = host.folder / url.database
    return (create_engine(url.set(database=str(path))) if path.is_file() else None), path


def _files(database: Path) -> Iterator[Path]:
    """Yield the files of ours beside the host's database: pace, the journal of orders, locks."""
    journal = f"{database.stem}-orders{database.suffix}"
    for path in sorted(database.parent.glob("*")):
        if path.name.startswith(("jainam-pace-", journal)) or _LOCK.fullmatch(path.name):
            yield path
