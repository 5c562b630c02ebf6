"""The use cases of trading, with the collaborators that they share."""

from dependency_injector import containers, providers

from jainam_prop.application.admission import Admission
from jainam_prop.application.breaker import CircuitBreaker
from jainam_prop.application.close_all.close_all import CloseAllPositions
from jainam_prop.application.close_all.steps import CloseSteps
from jainam_prop.application.instruments.sync import SyncInstruments
from jainam_prop.application.market_data.read_prices import ReadHistory, ReadQuotes
from jainam_prop.application.orders.bracket import CancelBracket, ModifyBracket
from jainam_prop.application.orders.cancel import CancelAllOrders, CancelOrder
from jainam_prop.application.orders.cover import ExitCover, PlaceCover
from jainam_prop.application.orders.dispatch import Dispatch
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
from jainam_prop.entrypoints.book_rows import BookRows
from jainam_prop.entrypoints.container.building import entropy
from jainam_prop.entrypoints.settings import Settings


class Trading(containers.DeclarativeContainer):
    """Use cases of one account."""

    settings = providers.Dependency(instance_of=Settings)
    infra = providers.DependenciesContainer()
    broker = providers.DependenciesContainer()

    breaker = providers.Singleton(CircuitBreaker, infra.clock)
    gate = providers.Singleton(RiskGate, settings.provided.trading_state, breaker)
    books = providers.Singleton(Books, broker.order_book, broker.position_book, infra.throttle, infra.clock)
    exposures = providers.Singleton(ExposureReader, books, infra.journal, infra.clock, infra.timing)
    finder = providers.Singleton(OrderFinder, books, infra.clock, infra.timing)
    watch = providers.Singleton(OrderWatch, books, infra.clock, infra.timing)
    dispatch = providers.Singleton(
        Dispatch, infra.throttle, breaker, infra.clock, infra.timing, settings.provided.dry_run
    )
    canceller = providers.Singleton(OrderCanceller, broker.gateway, dispatch, watch, infra.clock, infra.timing)
    clearance = providers.Singleton(OrderClearance, canceller, watch, infra.crew, infra.clock, infra.timing)
    sender = providers.Singleton(
        OrderSender,
        gateway=broker.gateway,
        finder=finder,
        journal=infra.journal,
        throttle=infra.throttle,
        breaker=breaker,
        clock=infra.clock,
        entropy=providers.Object(entropy),
        timing=infra.timing,
        dry_run=settings.provided.dry_run,
    )
    admission = providers.Singleton(Admission, gate, books)
    order_command = providers.Singleton(OrderCommand, dispatch)
    position_command = providers.Singleton(
        PositionCommand,
        dispatch=dispatch,
        journal=infra.journal,
        watch=providers.Singleton(PositionWatch, books, infra.clock, infra.timing),
        clock=infra.clock,
        entropy=providers.Object(entropy),
    )
    protection = providers.Singleton(MarketProtection, broker.market, infra.clock, settings.provided.protection)
    place_order = providers.Singleton(
        PlaceOrder,
        protection=protection,
        instruments=infra.instruments,
        sender=sender,
        gate=gate,
        books=books,
        exposures=exposures,
        guard=infra.guard,
        clock=infra.clock,
        timing=infra.timing,
    )
    smart_order = providers.Singleton(
        SmartOrder,
        instruments=infra.instruments,
        exposures=exposures,
        guard=infra.guard,
        clearance=clearance,
        place=place_order,
        clock=infra.clock,
        timing=infra.timing,
        flat_target=settings.provided.flat_target_policy,
    )
    close_all_positions = providers.Singleton(
        CloseAllPositions,
        instruments=infra.instruments,
        books=books,
        exposures=exposures,
        guard=infra.guard,
        steps=providers.Singleton(
            CloseSteps, books, exposures, clearance, place_order, infra.crew, infra.clock, infra.timing
        ),
        clock=infra.clock,
        timing=infra.timing,
    )
    sync_instruments = providers.Singleton(SyncInstruments, broker.instrument_source, infra.instruments, infra.clock)
    read_quotes = providers.Singleton(ReadQuotes, broker.market, broker.open_interests, infra.clock, infra.timing)
    read_books = providers.Singleton(ReadBooks, books, infra.clock, infra.timing)
    resolve_open_orders = providers.Singleton(ResolveOpenOrders, infra.journal, books, infra.clock, infra.timing)
    rows = providers.Singleton(BookRows, infra.instruments)
    sync_for_host = providers.Singleton(
        SyncInstruments, broker.instrument_source, infra.instruments, infra.clock, for_host=True
    )
    modify_order = providers.Singleton(
        ModifyOrder,
        infra.instruments,
        broker.gateway,
        watch,
        books,
        exposures,
        gate,
        protection,
        dispatch,
        infra.clock,
        infra.timing,
    )
    cancel_order = providers.Singleton(CancelOrder, canceller, infra.clock, infra.timing)
    cancel_all_orders = providers.Singleton(
        CancelAllOrders, books, infra.journal, canceller, infra.crew, infra.clock, infra.timing
    )
    open_position = providers.Singleton(OpenPosition, infra.instruments, books, infra.clock, infra.timing)
    read_funds = providers.Singleton(ReadFunds, broker.account, infra.throttle, infra.clock, infra.timing)
    read_holdings = providers.Singleton(
        ReadHoldings, broker.account, broker.market, infra.throttle, infra.clock, infra.timing
    )
    read_margin = providers.Singleton(ReadMargin, infra.instruments, broker.margins, infra.timing)
    read_history = providers.Singleton(ReadHistory, broker.price_history, read_quotes, infra.clock, infra.timing)
    order_history = providers.Singleton(OrderHistory, broker.order_book, infra.throttle, infra.clock, infra.timing)
    place_cover = providers.Singleton(
        PlaceCover,
        infra.instruments,
        broker.linked_orders,
        sender,
        admission,
        protection,
        books,
        infra.clock,
        infra.timing,
    )
    exit_cover = providers.Singleton(
        ExitCover, broker.linked_orders, admission, order_command, watch, infra.clock, infra.timing
    )
    place_bracket = providers.Singleton(
        PlaceBracket, infra.instruments, broker.linked_orders, sender, admission, infra.clock, infra.timing
    )
    modify_bracket = providers.Singleton(
        ModifyBracket,
        infra.instruments,
        broker.linked_orders,
        order_command,
        admission,
        books,
        watch,
        infra.clock,
        infra.timing,
    )
    cancel_bracket = providers.Singleton(
        CancelBracket, broker.linked_orders, order_command, books, watch, infra.clock, infra.timing
    )
    convert_position = providers.Singleton(
        ConvertPosition,
        broker.position_gateway,
        exposures,
        infra.guard,
        position_command,
        admission,
        infra.clock,
        infra.timing,
    )
    native_square_off = providers.Singleton(
        NativeSquareOff,
        positions=broker.position_gateway,
        instruments=infra.instruments,
        books=books,
        exposures=exposures,
        guard=infra.guard,
        command=position_command,
        admission=admission,
        clock=infra.clock,
        timing=infra.timing,
        allowed=settings.provided.native_squareoff,
    )
    recovery = providers.Singleton(Recovery, resolve_open_orders, infra.journal, infra.crew, infra.clock)
