"""What a trading app needs of its machine: clock, threads, databases, locks and rate limiter."""

from typing import Final

from dependency_injector import containers, providers

from jainam_prop.adapters.sql.instrument_store import SqlInstrumentStore
from jainam_prop.adapters.sql.order_journal import JOURNAL_PAGE_BYTES, SqlOrderJournal, journal_url
from jainam_prop.adapters.sql.token_store import SqlTokenStore
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.system.symbol_guard import ProcessGuard, ThreadGuard
from jainam_prop.adapters.system.threads import ThreadTaskRunner
from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.application.ports.journal import OrderJournal
from jainam_prop.application.ports.runtime import Clock, SymbolGuard, TaskRunner, Throttle
from jainam_prop.application.ports.sessions import TokenStore
from jainam_prop.entrypoints.container.building import (
    journal_owner,
    make_locks,
    make_throttle,
    make_timing,
    open_engine,
    open_host_symbols,
    sealing_key,
)
from jainam_prop.entrypoints.settings import Settings

_THREADS: Final = 10


class Infrastructure(containers.DeclarativeContainer):
    """Parts below the broker; each is built once and when first needed."""

    settings = providers.Dependency(instance_of=Settings)

    clock: providers.Provider[Clock] = providers.Singleton(SystemClock)
    tasks: providers.Provider[TaskRunner] = providers.Singleton(ThreadTaskRunner, _THREADS)
    timing = providers.Singleton(make_timing, settings)
    profile = settings.provided.login_key
    lock_folder = settings.provided.lock_folder
    database = providers.Resource(open_engine, settings.provided.database_url)
    journal_database = providers.Resource(
        open_engine, providers.Callable(journal_url, settings.provided.database_url), JOURNAL_PAGE_BYTES
    )
    tokens: providers.Provider[TokenStore] = providers.Singleton(
        SqlTokenStore, database, providers.Callable(sealing_key, settings)
    )
    locks = providers.Singleton(make_locks, database, lock_folder, clock)
    host_symbols = providers.Resource(open_host_symbols, settings)
    instruments: providers.Provider[InstrumentStore] = providers.Singleton(
        SqlInstrumentStore, database, clock, broker=settings.provided.broker.name, mirror=host_symbols
    )
    journal: providers.Provider[OrderJournal] = providers.Singleton(
        SqlOrderJournal, journal_database, clock, providers.Callable(journal_owner, settings)
    )
    throttle: providers.Provider[Throttle] = providers.Singleton(make_throttle, settings, clock)
    guard: providers.Provider[SymbolGuard] = providers.Singleton(
        ThreadGuard, providers.Singleton(ProcessGuard, locks, profile), clock
    )
