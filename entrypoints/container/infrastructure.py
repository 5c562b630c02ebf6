"""What a trading app needs of its machine: clock, threads, databases, locks and rate limiter."""

from typing import Final

from dependency_injector import containers, providers

from jainam_prop.adapters.xts.network import Tap
from jainam_prop.entrypoints.container import stores
from jainam_prop.entrypoints.container.building import open_tasks, single
from jainam_prop.entrypoints.settings import Settings

_THREADS: Final = 10


class Infrastructure(containers.DeclarativeContainer):
    """Parts below the broker; each is built once and when first needed."""

    settings = providers.Dependency(instance_of=Settings)

    clock = single("adapters.system.clock:SystemClock")
    tasks = providers.Resource(open_tasks, _THREADS)
    tap: providers.Provider[Tap | None] = providers.Object(None)
    network = single(
        "adapters.xts.network:NetworkPolicy",
        tap=tap,
        verify=settings.provided.verify_ssl,
        proxy_url=settings.provided.proxy_url,
        ca_file=settings.provided.ca_file,
    )
    trading_calendar = single("adapters.system.trading_calendar:trading_calendar", settings.provided.trading_calendar)
    timing = single(
        "domain.deadlines:Timing", call=settings.provided.request_timeout, retries=settings.provided.retry_delays
    )
    profile = settings.provided.login_key
    lock_folder = settings.provided.lock_folder
    database = providers.Resource(stores.open_engine, settings.provided.database_url)
    journal_database = providers.Resource(stores.open_journal_engine, settings.provided.database_url, database)
    tokens = single(
        "adapters.sql.token_store:SqlTokenStore", database, providers.Callable(stores.sealing_key, settings)
    )
    locks = providers.Singleton(stores.make_locks, database, lock_folder, clock)
    host_symbols = providers.Resource(stores.open_host_symbols, settings)
    few_lookups = providers.Object(False)  # noqa: FBT003 (a provider has no keywords)
    instruments = providers.Singleton(
        stores.make_instruments, database, clock, settings, host_symbols, few_lookups=few_lookups
    )
    fences = providers.Singleton(stores.make_fences, locks, profile)
    lock_watch = providers.Singleton(stores.make_lock_watch, fences)
    shared_journal = single(
        "adapters.sql.order_journal:SqlOrderJournal",
        journal_database,
        clock,
        providers.Callable(stores.journal_owner, settings, tokens.provider),
        fences,
    )
    journal = single("application.journal:ProcessJournal", shared_journal, tasks, clock)
    carried = single(
        "adapters.sql.shared_state:SqlCarriedUnits",
        journal_database,
        providers.Callable(stores.journal_owner, settings, tokens.provider),
    )
    meter = providers.Resource(stores.open_meter, settings)
    shared_state = single("adapters.sql.shared_state:SqlTradingState", journal_database)
    store = single("adapters.sql.store:SqlStore", database, journal_database, lock_folder)
    throttle = providers.Resource(stores.open_throttle, settings, clock, database.provider)
    guard = single(
        "adapters.system.symbol_guard:ThreadGuard",
        single("adapters.system.symbol_guard:ProcessGuard", locks, profile),
        clock,
    )
