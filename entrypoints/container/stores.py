"""How databases, locks, the instrument store and the rate limiter are made from the settings."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, TypeVar

from jainam_prop.application.ports.runtime import UNMETERED, Meter
from jainam_prop.domain.rate_limit import rates_for
from jainam_prop.domain.sessions.session import AccountKind, acting_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from jainam_prop.adapters.openalgo_host.symbol_table import HostSymbolTable
    from jainam_prop.adapters.sql.advisory_locks import AdvisoryLocks
    from jainam_prop.adapters.sql.journal_writer import Fence
    from jainam_prop.adapters.system.symbol_guard import NamedLocks
    from jainam_prop.adapters.system.throttle import PacedThrottle
    from jainam_prop.application.ports.instruments import InstrumentStore
    from jainam_prop.application.ports.market_data import MarketFeed, OrderFeed
    from jainam_prop.application.ports.runtime import Clock
    from jainam_prop.application.ports.sessions import TokenStore
    from jainam_prop.domain.positions.position import PositionKey
    from jainam_prop.entrypoints.settings import Settings

_LOG: Final = logging.getLogger(__name__)
_Feed = TypeVar("_Feed", bound="MarketFeed | OrderFeed")


def open_engine(url: str) -> Iterator[Engine]:
    """Keep one database open as long as the container is open."""
    from jainam_prop.adapters.sql.database import open_database  # noqa: PLC0415

    engine = open_database(url)
    yield engine
    engine.dispose()


def open_journal_engine(url: str, database: Engine) -> Iterator[Engine]:
    """Keep the journal's database open as long as the container is open; where it is no file, it is the store's own."""
    from jainam_prop.adapters.sql.database import journal_url, open_database  # noqa: PLC0415
    from jainam_prop.adapters.sql.order_journal import BUSY_SECONDS, JOURNAL_PAGE_BYTES  # noqa: PLC0415

    if database.dialect.name != "sqlite":
        yield database
        return
    engine = open_database(journal_url(url), JOURNAL_PAGE_BYTES, BUSY_SECONDS)
    yield engine
    engine.dispose()


def open_host_symbols(settings: Settings) -> Iterator[HostSymbolTable | None]:
    """Open OpenAlgo's own table of instruments where there is a host; it is mostly in the database we share with it."""
    from jainam_prop.adapters.openalgo_host.symbol_table import HostSymbolTable  # noqa: PLC0415
    from jainam_prop.adapters.sql.database import open_database  # noqa: PLC0415

    if not settings.inside_openalgo or settings.host_database_url is None:
        yield None
    elif settings.own_database_url in {None, settings.host_database_url}:
        yield HostSymbolTable()
    else:
        engine = open_database(settings.host_database_url)
        yield HostSymbolTable(engine)
        engine.dispose()


def make_locks(engine: Engine, folder: Path, clock: Clock) -> NamedLocks:
    """Lock in the database where several machines share it, and in files otherwise."""
    from jainam_prop.adapters.system.file_locks import FileLocks  # noqa: PLC0415

    here = FileLocks(folder, clock)
    if engine.dialect.name != "postgresql":
        return here
    from jainam_prop.adapters.sql.advisory_locks import AdvisoryLocks  # noqa: PLC0415
    from jainam_prop.adapters.system.symbol_guard import LocksOfMachines  # noqa: PLC0415

    return LocksOfMachines(here, AdvisoryLocks(engine))


def make_fences(locks: NamedLocks, profile: str) -> Callable[[PositionKey], Fence | None]:
    """Return what finds the fence of a lock that this process holds on a position; locks of files need none."""
    from jainam_prop.application.ports.runtime import position_lock  # noqa: PLC0415

    everywhere: AdvisoryLocks | None = getattr(locks, "everywhere", None)
    return lambda key: None if everywhere is None else everywhere.fence(position_lock(profile, key))


def make_lock_watch(fence_of: Callable[[PositionKey], Fence | None]) -> Callable[[PositionKey], bool]:
    """Return what says of a position whether this process holds a lock of it that is known to be lost."""
    return lambda key: (fence := fence_of(key)) is not None and fence.is_lost


def make_instruments(
    engine: Engine, clock: Clock, settings: Settings, mirror: HostSymbolTable | None, *, few_lookups: bool
) -> InstrumentStore:
    """Look instruments up in memory; in a process that needs a few of them, in the database."""
    from jainam_prop.adapters.sql.instrument_lookup import IndexedInstrumentStore  # noqa: PLC0415
    from jainam_prop.adapters.sql.instrument_store import SqlInstrumentStore  # noqa: PLC0415

    store = IndexedInstrumentStore if few_lookups else SqlInstrumentStore
    return store(engine, clock, broker=settings.broker.name, mirror=mirror)


def sealing_key(settings: Settings) -> Callable[[], bytes]:
    """Return what makes the key that tokens are sealed with; it is not made before it is needed."""
    from jainam_prop.adapters.sql.token_store import key_from_file, key_from_secret  # noqa: PLC0415

    secret = settings.sealing_secret
    return (lambda: key_from_file(settings.key_file)) if secret is None else (lambda: key_from_secret(secret))


def journal_owner(settings: Settings, tokens: Callable[[], TokenStore]) -> str:
    """Name the account whose orders a journal holds: a NORMAL dealer's clients have order books of their own.

    Other accounts have one book, whatever client the settings name. A dealer whose settings name none acts for the one
    that the stored login names, if it names one.
    """
    client = settings.client_id if settings.account_type is AccountKind.NORMAL else None
    if settings.account_type is AccountKind.NORMAL and client is None:
        session = tokens().load(settings.login_key).value_or(None)
        client = None if session is None else acting_for(session, settings.choice).account.client_id
    return "|".join((settings.login_key, settings.account_type, client or ""))


def open_meter(settings: Settings) -> Iterator[Meter]:
    """Publish counts for operators where a setting names a port or a file for them."""
    if not settings.metrics:
        yield UNMETERED
        return
    try:
        from jainam_prop.adapters.system.metrics import Metrics, published  # noqa: PLC0415
    except ImportError:
        _LOG.warning("no metrics: prometheus-client is not installed, which the extra metrics brings")
        yield UNMETERED
        return
    metrics = Metrics(settings.login_key)
    with published(metrics, settings.metrics):
        yield metrics


def with_health(meter: Meter, name: str, feed: _Feed) -> _Feed:
    """Show a feed's health among the counts."""
    meter.watch_feed(name, feed.health)
    return feed


def open_throttle(settings: Settings, clock: Clock, engine: Callable[[], Engine]) -> Iterator[PacedThrottle]:
    """Pace calls after the rate chart, together with all processes and machines that share the store."""
    from jainam_prop.adapters.system.throttle import PacedThrottle  # noqa: PLC0415

    rates = rates_for(settings.broker.rates, int(settings.order_rate))
    folder = settings.lock_folder / f"jainam-pace-{settings.login_key}"
    if not settings.database_url.startswith("postgres"):
        yield PacedThrottle(rates, clock, folder)
        return
    from jainam_prop.adapters.sql.rate_leases import SqlRateLeases  # noqa: PLC0415

    leases = SqlRateLeases(engine(), settings.login_key, folder)
    yield PacedThrottle(rates, clock, folder, leases)
    leases.close()
