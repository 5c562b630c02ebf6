"""What a trading app needs of its machine: clock, threads, databases, locks and rate limiter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dependency_injector import containers, providers

from jainam_prop.entrypoints.container import stores
from jainam_prop.entrypoints.container.building import lazy, open_tasks
from jainam_prop.entrypoints.settings import Settings

if TYPE_CHECKING:
    from jainam_prop.adapters.xts.network import Tap
    from jainam_prop.application.ports.instruments import InstrumentStore
    from jainam_prop.application.ports.journal import CarriedUnits, OrderJournal, StoreMaintenance
    from jainam_prop.application.ports.runtime import (
        Clock,
        Meter,
        SharedTradingState,
        SymbolGuard,
        TaskRunner,
        Throttle,
    )
    from jainam_prop.application.ports.sessions import TokenStore

SqlCarriedUnits = lazy("jainam_prop.adapters.sql.shared_state", "SqlCarriedUnits")
SqlOrderJournal = lazy("jainam_prop.adapters.sql.order_journal", "SqlOrderJournal")
SqlTokenStore = lazy("jainam_prop.adapters.sql.token_store", "SqlTokenStore")
SqlStore = lazy("jainam_prop.adapters.sql.store", "SqlStore")
SqlTradingState = lazy("jainam_prop.adapters.sql.shared_state", "SqlTradingState")
SystemClock = lazy("jainam_prop.adapters.system.clock", "SystemClock")
ProcessJournal = lazy("jainam_prop.application.journal", "ProcessJournal")
ProcessGuard = lazy("jainam_prop.adapters.system.symbol_guard", "ProcessGuard")
ThreadGuard = lazy("jainam_prop.adapters.system.symbol_guard", "ThreadGuard")

Timing = lazy("jainam_prop.domain.deadlines", "Timing")
NetworkPolicy = lazy("jainam_prop.adapters.xts.network", "NetworkPolicy")
read_trading_calendar = lazy("jainam_prop.adapters.system.trading_calendar", "trading_calendar")

_THREADS: Final = 10


class Infrastructure(containers.DeclarativeContainer):
    """Parts below the broker; each is built once and when first needed."""

    settings = providers.Dependency(instance_of=Settings)

    clock: providers.Provider[Clock] = providers.Singleton(SystemClock)
    tasks: providers.Provider[TaskRunner] = providers.Resource(open_tasks, _THREADS)
    tap: providers.Provider[Tap | None] = providers.Object(None)
    network = providers.Singleton(
        NetworkPolicy,
        tap=tap,
        verify=settings.provided.verify_ssl,
        proxy_url=settings.provided.proxy_url,
        ca_file=settings.provided.ca_file,
    )
    trading_calendar = providers.Singleton(read_trading_calendar, settings.provided.trading_calendar)
    timing = providers.Singleton(Timing, call=settings.provided.request_timeout, retries=settings.provided.retry_delays)
    profile = settings.provided.login_key
    lock_folder = settings.provided.lock_folder
    database = providers.Resource(stores.open_engine, settings.provided.database_url)
    journal_database = providers.Resource(stores.open_journal_engine, settings.provided.database_url, database)
    tokens: providers.Provider[TokenStore] = providers.Singleton(
        SqlTokenStore, database, providers.Callable(stores.sealing_key, settings)
    )
    locks = providers.Singleton(stores.make_locks, database, lock_folder, clock)
    host_symbols = providers.Resource(stores.open_host_symbols, settings)
    few_lookups = providers.Object(False)  # noqa: FBT003 (a provider has no keywords)
    instruments: providers.Provider[InstrumentStore] = providers.Singleton(
        stores.make_instruments, database, clock, settings, host_symbols, few_lookups=few_lookups
    )
    fences = providers.Singleton(stores.make_fences, locks, profile)
    lock_watch = providers.Singleton(stores.make_lock_watch, fences)
    shared_journal: providers.Provider[OrderJournal] = providers.Singleton(
        SqlOrderJournal,
        journal_database,
        clock,
        providers.Callable(stores.journal_owner, settings, tokens.provider),
        fences,
    )
    journal = providers.Singleton(ProcessJournal, shared_journal, tasks, clock)
    carried: providers.Provider[CarriedUnits] = providers.Singleton(
        SqlCarriedUnits, journal_database, providers.Callable(stores.journal_owner, settings, tokens.provider)
    )
    meter: providers.Provider[Meter] = providers.Resource(stores.open_meter, settings)
    shared_state: providers.Provider[SharedTradingState] = providers.Singleton(SqlTradingState, journal_database)
    store: providers.Provider[StoreMaintenance] = providers.Singleton(SqlStore, database, journal_database, lock_folder)
    throttle: providers.Provider[Throttle] = providers.Resource(
        stores.open_throttle, settings, clock, database.provider
    )
    guard: providers.Provider[SymbolGuard] = providers.Singleton(
        ThreadGuard, providers.Singleton(ProcessGuard, locks, profile), clock
    )
