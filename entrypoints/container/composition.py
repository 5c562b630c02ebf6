"""The wiring of a desk: which adapter stands behind which port, and which use case works with which ports."""

from typing import Final

from dependency_injector import containers, providers

from jainam_prop.adapters.sql.instrument_store import SqlInstrumentStore
from jainam_prop.adapters.sql.order_journal import JOURNAL_PAGE_BYTES, SqlOrderJournal, journal_url
from jainam_prop.adapters.sql.token_store import SqlTokenStore
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.system.symbol_guard import ProcessGuard, ThreadGuard
from jainam_prop.adapters.system.threads import ThreadCrew
from jainam_prop.adapters.xts.http.account import XtsAccount
from jainam_prop.adapters.xts.http.client import XtsClient
from jainam_prop.adapters.xts.http.instrument_source import XtsInstrumentSource
from jainam_prop.adapters.xts.http.linked_orders import XtsLinkedOrders
from jainam_prop.adapters.xts.http.login import XtsLogin
from jainam_prop.adapters.xts.http.margins import XtsMargins
from jainam_prop.adapters.xts.http.market_data import XtsMarketData
from jainam_prop.adapters.xts.http.order_book import XtsOrderBook
from jainam_prop.adapters.xts.http.order_gateway import XtsOrderGateway
from jainam_prop.adapters.xts.http.position_book import XtsPositionBook
from jainam_prop.adapters.xts.http.position_gateway import XtsPositionGateway
from jainam_prop.adapters.xts.http.price_history import XtsPriceHistory
from jainam_prop.adapters.xts.http.subscriptions import XtsSubscriber
from jainam_prop.adapters.xts.stream.link import LinkRule
from jainam_prop.adapters.xts.stream.market_feed import XtsMarketFeed
from jainam_prop.adapters.xts.stream.order_feed import XtsOrderFeed
from jainam_prop.adapters.xts.wire.replies.raw_books import XtsRawBooks
from jainam_prop.application.admission import Admission
from jainam_prop.application.breaker import CircuitBreaker
from jainam_prop.application.close_all.close_all import CloseAllPositions
from jainam_prop.application.close_all.steps import CloseSteps
from jainam_prop.application.instruments.sync import SyncInstruments
from jainam_prop.application.market_data.read_prices import ReadHistory, ReadQuotes
from jainam_prop.application.market_data.subscription_keeper import SubscriptionKeeper
from jainam_prop.application.orders.bracket import CancelBracket, ModifyBracket
from jainam_prop.application.orders.cancel import CancelAllOrders, CancelOrder
from jainam_prop.application.orders.cover import ExitCover, PlaceCover
from jainam_prop.application.orders.dispatch import Dispatch
from jainam_prop.application.orders.follow import FollowOrders
from jainam_prop.application.orders.history import OrderHistory
from jainam_prop.application.orders.market_protection import MarketProtection
from jainam_prop.application.orders.modify import ModifyOrder
from jainam_prop.application.orders.order_canceller import OrderCanceller
from jainam_prop.application.orders.order_clearance import OrderClearance
from jainam_prop.application.orders.order_command import OrderCommand
from jainam_prop.application.orders.order_finder import OrderFinder
from jainam_prop.application.orders.order_watch import OrderWatch
from jainam_prop.application.orders.place import PlaceOrder
from jainam_prop.application.orders.place_bracket import PlaceBracket
from jainam_prop.application.orders.send import OrderSender
from jainam_prop.application.ports.books import Account, Margins, OrderBook, PositionBook, RawBooks
from jainam_prop.application.ports.instruments import InstrumentSource, InstrumentStore
from jainam_prop.application.ports.journal import OrderJournal
from jainam_prop.application.ports.market_data import (
    MarketData,
    MarketFeed,
    OpenInterests,
    OrderFeed,
    PriceHistory,
    Subscriber,
)
from jainam_prop.application.ports.runtime import Clock, Crew, SymbolGuard, Throttle
from jainam_prop.application.ports.sessions import Login, LoginLock, TokenStore
from jainam_prop.application.ports.trading import LinkedOrders, OrderGateway, PositionGateway
from jainam_prop.application.positions.books import Books
from jainam_prop.application.positions.convert import ConvertPosition
from jainam_prop.application.positions.exposure_reader import ExposureReader
from jainam_prop.application.positions.native_square_off import NativeSquareOff
from jainam_prop.application.positions.open_position import OpenPosition
from jainam_prop.application.positions.position_command import PositionCommand
from jainam_prop.application.positions.position_watch import PositionWatch
from jainam_prop.application.positions.read_account import ReadFunds, ReadHoldings
from jainam_prop.application.positions.read_books import ReadBooks
from jainam_prop.application.positions.read_margin import ReadMargin
from jainam_prop.application.positions.smart_order import SmartOrder
from jainam_prop.application.recovery import Recovery
from jainam_prop.application.resolve_open_orders import ResolveOpenOrders
from jainam_prop.application.risk_gate import RiskGate
from jainam_prop.application.sessions.renewing import (
    RenewingAccount,
    RenewingMargins,
    RenewingMarketData,
    RenewingOpenInterests,
    RenewingOrderBook,
    RenewingPositionBook,
    RenewingPriceHistory,
    RenewingSubscriber,
    SessionRetry,
)
from jainam_prop.application.sessions.session_keeper import SessionKeeper
from jainam_prop.entrypoints.container.building import (
    entropy,
    guarded_gateway,
    guarded_linked_orders,
    guarded_position_gateway,
    interactive_root,
    journal_owner,
    keep_connections,
    make_locks,
    make_login,
    make_server,
    make_throttle,
    make_timing,
    market_root,
    open_engine,
    open_host_symbols,
    open_http,
    sealing_key,
    stored_session,
)
from jainam_prop.entrypoints.desk import Desk
from jainam_prop.entrypoints.openalgo.rows.orders import RowWriter
from jainam_prop.entrypoints.settings import Settings, read_settings

_CREW: Final = 10


class Container(containers.DeclarativeContainer):
    """One desk. Everything is built once and when first needed; no part holds a token."""

    settings = providers.Dependency(instance_of=Settings)

    clock: providers.Provider[Clock] = providers.Singleton(SystemClock)
    crew: providers.Provider[Crew] = providers.Singleton(ThreadCrew, _CREW)
    timing = providers.Singleton(make_timing, settings)
    profile = settings.provided.profile
    lock_folder = settings.provided.lock_folder

    database = providers.Resource(open_engine, settings.provided.database_url)
    journal_database = providers.Resource(
        open_engine, providers.Callable(journal_url, settings.provided.database_url), JOURNAL_PAGE_BYTES
    )
    connections = providers.Resource(keep_connections, clock, verify=settings.provided.verify_ssl)
    http = providers.Resource(open_http, connections)

    server = providers.Singleton(make_server, settings)
    xts = providers.Singleton(
        XtsClient,
        connections,
        clock,
        connect_seconds=settings.provided.connect_timeout,
        retry_delays=settings.provided.retry_delays,
    )

    login: providers.Provider[Login] = providers.Singleton(
        make_login,
        providers.Singleton(XtsLogin, xts, server, settings.provided.credentials, settings.provided.choice, clock),
        server,
        http,
        settings,
        clock,
    )
    tokens: providers.Provider[TokenStore] = providers.Singleton(
        SqlTokenStore, database, providers.Callable(sealing_key, settings)
    )
    locks = providers.Singleton(make_locks, database, lock_folder, clock)
    login_lock: providers.Provider[LoginLock] = providers.Singleton(make_locks, database, lock_folder, clock)
    keeper = providers.Singleton(
        SessionKeeper,
        login,
        tokens,
        login_lock,
        clock,
        profile=profile,
        choice=settings.provided.choice,
        day_ends=settings.provided.host_day_ends,
    )
    retry = providers.Singleton(SessionRetry, keeper, clock)

    gateway: providers.Provider[OrderGateway] = providers.Singleton(
        guarded_gateway, providers.Singleton(XtsOrderGateway, xts, server), retry, dry_run=settings.provided.dry_run
    )
    linked_orders: providers.Provider[LinkedOrders] = providers.Singleton(
        guarded_linked_orders,
        providers.Singleton(XtsLinkedOrders, xts, server),
        retry,
        dry_run=settings.provided.dry_run,
    )
    position_gateway: providers.Provider[PositionGateway] = providers.Singleton(
        guarded_position_gateway,
        providers.Singleton(XtsPositionGateway, xts, server),
        retry,
        dry_run=settings.provided.dry_run,
    )
    order_book: providers.Provider[OrderBook] = providers.Singleton(
        RenewingOrderBook, providers.Singleton(XtsOrderBook, xts, server), retry
    )
    position_book: providers.Provider[PositionBook] = providers.Singleton(
        RenewingPositionBook, providers.Singleton(XtsPositionBook, xts, server), retry
    )
    account: providers.Provider[Account] = providers.Singleton(
        RenewingAccount, providers.Singleton(XtsAccount, xts, server), retry
    )
    xts_market = providers.Singleton(XtsMarketData, xts, server)
    market: providers.Provider[MarketData] = providers.Singleton(RenewingMarketData, xts_market, retry)
    open_interests: providers.Provider[OpenInterests] = providers.Singleton(RenewingOpenInterests, xts_market, retry)
    margins: providers.Provider[Margins] = providers.Singleton(
        RenewingMargins, providers.Singleton(XtsMargins, xts, server), retry
    )
    price_history: providers.Provider[PriceHistory] = providers.Singleton(
        RenewingPriceHistory, providers.Singleton(XtsPriceHistory, xts, server), retry
    )

    host_symbols = providers.Resource(open_host_symbols, settings)
    instruments: providers.Provider[InstrumentStore] = providers.Singleton(
        SqlInstrumentStore, database, clock, mirror=host_symbols
    )
    instrument_source: providers.Provider[InstrumentSource] = providers.Singleton(
        XtsInstrumentSource, xts, server, session_of=providers.Callable(stored_session, tokens, profile).provider
    )
    journal: providers.Provider[OrderJournal] = providers.Singleton(
        SqlOrderJournal, journal_database, clock, providers.Callable(journal_owner, settings)
    )
    throttle: providers.Provider[Throttle] = providers.Singleton(make_throttle, settings, clock)
    guard: providers.Provider[SymbolGuard] = providers.Singleton(
        ThreadGuard, providers.Singleton(ProcessGuard, locks, profile), clock
    )

    raw_books: providers.Provider[RawBooks] = providers.Singleton(XtsRawBooks)
    breaker = providers.Singleton(CircuitBreaker, clock)
    gate = providers.Singleton(RiskGate, settings.provided.trading_state, breaker)
    books = providers.Singleton(Books, order_book, position_book, throttle, clock)
    exposures = providers.Singleton(ExposureReader, books, journal, clock, timing)
    finder = providers.Singleton(OrderFinder, books, clock, timing)
    watch = providers.Singleton(OrderWatch, books, clock, timing)
    dispatch = providers.Singleton(Dispatch, throttle, breaker, clock, timing)
    canceller = providers.Singleton(OrderCanceller, gateway, dispatch, watch, clock, timing)
    clearance = providers.Singleton(OrderClearance, canceller, watch, crew, clock, timing)
    sender = providers.Singleton(
        OrderSender,
        gateway=gateway,
        finder=finder,
        journal=journal,
        throttle=throttle,
        breaker=breaker,
        clock=clock,
        entropy=providers.Object(entropy),
        timing=timing,
    )

    admission = providers.Singleton(Admission, gate, books)
    order_command = providers.Singleton(OrderCommand, dispatch)
    position_command = providers.Singleton(
        PositionCommand,
        dispatch=dispatch,
        journal=journal,
        watch=providers.Singleton(PositionWatch, books, clock, timing),
        clock=clock,
        entropy=providers.Object(entropy),
    )
    protection = providers.Singleton(MarketProtection, market, clock, settings.provided.protection)
    place_order = providers.Singleton(
        PlaceOrder,
        protection=protection,
        instruments=instruments,
        sender=sender,
        gate=gate,
        books=books,
        exposures=exposures,
        guard=guard,
        clock=clock,
        timing=timing,
    )
    smart_order = providers.Singleton(
        SmartOrder,
        instruments=instruments,
        exposures=exposures,
        guard=guard,
        clearance=clearance,
        place=place_order,
        clock=clock,
        timing=timing,
        flat_target=settings.provided.flat_target_policy,
    )
    close_all_positions = providers.Singleton(
        CloseAllPositions,
        instruments=instruments,
        books=books,
        exposures=exposures,
        guard=guard,
        steps=providers.Singleton(CloseSteps, books, exposures, clearance, place_order, crew, clock, timing),
        clock=clock,
        timing=timing,
    )
    sync_instruments = providers.Singleton(SyncInstruments, instrument_source, instruments, clock)

    link_rule = providers.Singleton(
        LinkRule, connect_seconds=settings.provided.connect_timeout, verify=settings.provided.verify_ssl
    )
    subscriber: providers.Provider[Subscriber] = providers.Singleton(
        RenewingSubscriber, providers.Singleton(XtsSubscriber, xts, server), retry
    )
    market_feed: providers.Provider[MarketFeed] = providers.Factory(
        XtsMarketFeed,
        keeper.provided.log_in,
        providers.Callable(market_root, server),
        providers.Factory(SubscriptionKeeper, subscriber),
        clock,
        rule=link_rule,
    )
    order_feed: providers.Provider[OrderFeed] = providers.Factory(
        XtsOrderFeed,
        keeper.provided.log_in,
        providers.Callable(interactive_root, server),
        clock,
        rule=link_rule,
    )
    read_quotes = providers.Singleton(ReadQuotes, market, open_interests, clock, timing)
    read_books = providers.Singleton(ReadBooks, books, clock, timing)
    resolve_open_orders = providers.Singleton(ResolveOpenOrders, journal, books, clock, timing)
    follow_orders = providers.Factory(FollowOrders, order_feed, journal, resolve_open_orders, read_books)

    desk = providers.Singleton(
        Desk,
        keeper=keeper,
        instruments=instruments,
        journal=journal,
        raw_books=raw_books,
        rows=providers.Singleton(RowWriter, instruments),
        sync_instruments=sync_instruments,
        sync_for_host=providers.Singleton(SyncInstruments, instrument_source, instruments, clock, for_host=True),
        place_order=place_order,
        smart_order=smart_order,
        modify_order=providers.Singleton(
            ModifyOrder, instruments, gateway, watch, books, exposures, gate, protection, dispatch, clock, timing
        ),
        cancel_order=providers.Singleton(CancelOrder, canceller, clock, timing),
        cancel_all_orders=providers.Singleton(CancelAllOrders, books, journal, canceller, crew, clock, timing),
        close_all_positions=close_all_positions,
        open_position=providers.Singleton(OpenPosition, instruments, books, clock, timing),
        read_books=read_books,
        read_funds=providers.Singleton(ReadFunds, account, throttle, clock, timing),
        read_holdings=providers.Singleton(ReadHoldings, account, market, throttle, clock, timing),
        read_margin=providers.Singleton(ReadMargin, instruments, margins, timing),
        read_quotes=read_quotes,
        read_history=providers.Singleton(ReadHistory, price_history, read_quotes, clock, timing),
        resolve_open_orders=resolve_open_orders,
        order_history=providers.Singleton(OrderHistory, order_book, throttle, clock, timing),
        place_cover=providers.Singleton(
            PlaceCover, instruments, linked_orders, sender, admission, protection, books, clock, timing
        ),
        exit_cover=providers.Singleton(ExitCover, linked_orders, admission, order_command, watch, clock, timing),
        place_bracket=providers.Singleton(PlaceBracket, instruments, linked_orders, sender, admission, clock, timing),
        modify_bracket=providers.Singleton(
            ModifyBracket, instruments, linked_orders, order_command, admission, books, watch, clock, timing
        ),
        cancel_bracket=providers.Singleton(CancelBracket, linked_orders, order_command, books, watch, clock, timing),
        convert_position=providers.Singleton(
            ConvertPosition, position_gateway, exposures, guard, position_command, admission, clock, timing
        ),
        native_square_off=providers.Singleton(
            NativeSquareOff,
            positions=position_gateway,
            instruments=instruments,
            books=books,
            exposures=exposures,
            guard=guard,
            command=position_command,
            admission=admission,
            clock=clock,
            timing=timing,
            allowed=settings.provided.native_squareoff,
        ),
        open_market_feed=market_feed.provider,
        follow_orders=follow_orders.provider,
        recovery=providers.Singleton(Recovery, resolve_open_orders, journal, crew, clock),
    )


def open_container(settings: Settings | None = None) -> Container:
    """Build a desk from settings, by default from the environment and ``.env``; nothing is opened yet.

    Raises:
        ValueError: settings are missing or contradict each other.
    """
    return Container(settings=providers.Object(settings or read_settings()))
