"""The use cases of trading, with the collaborators that they share."""

import secrets
from functools import partial
from typing import Final

from dependency_injector import containers, providers

from jainam_prop.entrypoints.container.building import how_to_allow_square_off, single
from jainam_prop.entrypoints.settings import Settings

_ENTROPY_BITS: Final = 46
"""Of an order identifier."""


class Trading(containers.DeclarativeContainer):
    """Use cases of one account."""

    settings = providers.Dependency(instance_of=Settings)
    infra = providers.DependenciesContainer()
    broker = providers.DependenciesContainer()

    timed: Final = {"clock": infra.clock, "timing": infra.timing}
    states = single(
        "application.books.account:AccountStates",
        infra.journal,
        infra.carried,
        infra.clock,
        settings.provided.settle_seconds,
    )
    books = single(
        "application.books.books:Books", broker.order_book, broker.position_book, states, infra.throttle, infra.clock
    )
    watch = single("application.books.order_watch:OrderWatch", books, states, infra.clock, infra.timing)
    reconciler = single(
        "application.books.reconcile:PositionReconciler",
        books,
        states,
        infra.journal,
        infra.tasks,
        infra.clock,
        infra.timing,
        infra.meter,
    )
    circuit_rule = single("domain.orders.trading_state:CircuitRule")
    trading_switch = single(
        "application.risk:TradingSwitch", settings.provided.trading_state, infra.shared_state, infra.clock
    )
    gate = single("application.risk:RiskGate", trading_switch, books, infra.tasks, infra.clock, circuit_rule)
    recovery = single(
        "application.recovery:Recovery", infra.journal, books, states, infra.tasks, infra.clock, infra.timing
    )
    sender = single(
        "application.orders.send:OrderSender",
        gateway=broker.gateway,
        watch=watch,
        journal=infra.journal,
        throttle=infra.throttle,
        gate=gate,
        recovery=recovery,
        clock=infra.clock,
        entropy=providers.Object(partial(secrets.randbits, _ENTROPY_BITS)),
        timing=infra.timing,
        dry_run=settings.provided.dry_run,
        meter=infra.meter,
        lock_is_lost=infra.lock_watch,
    )
    protection = single(
        "application.orders.market_protection:MarketProtection",
        broker.market,
        infra.clock,
        settings.provided.protection,
    )
    canceller = single(
        "application.orders.cancel:OrderCanceller", sender, watch, infra.tasks, infra.clock, infra.timing
    )
    position_command = single(
        "application.positions.position_command:PositionCommand", sender, books, states, infra.timing
    )

    checks = single(
        "application.orders.pre_trade:PreTradeChecks", infra.instruments, settings.provided.broker.products, infra.clock
    )
    sending: Final = {"checks": checks, "sender": sender, "gate": gate}
    bands = single("application.market_data.read_prices:PriceBands")
    place_order = single(
        "application.orders.place:PlaceOrder",
        **sending,
        positions=reconciler,
        guard=infra.guard,
        protection=protection,
        bands=bands,
        **timed,
    )
    stops = single("application.orders.protective_stops:ProtectiveStops", canceller, watch, place_order)
    holdings = single("application.books.holdings:Holdings", broker.account, infra.throttle, infra.clock)
    smart_order = single(
        "application.positions.smart_order:SmartOrder",
        checks=checks,
        positions=reconciler,
        guard=infra.guard,
        canceller=canceller,
        stops=stops,
        holdings=holdings,
        place=place_order,
        **timed,
        flat_target=settings.provided.flat_target_policy,
    )
    modify_order = single(
        "application.orders.modify:ModifyOrder",
        checks=checks,
        watch=watch,
        books=books,
        positions=reconciler,
        gate=gate,
        protection=protection,
        sender=sender,
        **timed,
    )
    cancel_orders = single(
        "application.orders.cancel:CancelOrders", books, states, infra.journal, canceller, infra.clock, infra.timing
    )
    close_all_positions = single(
        "application.close_all.close_all:CloseAllPositions",
        instruments=infra.instruments,
        positions=reconciler,
        guard=infra.guard,
        canceller=canceller,
        place=place_order,
        stops=stops,
        holdings=holdings,
        tasks=infra.tasks,
        **timed,
    )
    cover_orders = single(
        "application.orders.cover:CoverOrders",
        orders=broker.linked_orders,
        **sending,
        protection=protection,
        books=books,
        watch=watch,
        **timed,
    )
    bracket_orders = single(
        "application.orders.bracket:BracketOrders",
        orders=broker.linked_orders,
        **sending,
        books=books,
        watch=watch,
        **timed,
    )
    convert_position = single(
        "application.positions.convert:ConvertPosition",
        positions=broker.position_gateway,
        reconciler=reconciler,
        guard=infra.guard,
        command=position_command,
        gate=gate,
        products=settings.provided.broker.products,
        **timed,
    )
    native_square_off = single(
        "application.close_all.native_square_off:NativeSquareOff",
        positions=broker.position_gateway,
        instruments=infra.instruments,
        books=books,
        reconciler=reconciler,
        guard=infra.guard,
        command=position_command,
        gate=gate,
        **timed,
        allowed=settings.provided.native_squareoff,
        how_to_allow=providers.Callable(how_to_allow_square_off, settings),
    )

    read_books = single(
        "application.positions.read:ReadBooks", books, reconciler, infra.instruments, infra.clock, infra.timing
    )
    read_account = single(
        "application.positions.read:ReadAccount",
        account=broker.account,
        holdings_of=holdings,
        margins=broker.margins,
        market=broker.market,
        checks=checks,
        throttle=infra.throttle,
        **timed,
    )
    read_quotes = single(
        "application.market_data.read_prices:ReadQuotes",
        broker.market,
        broker.open_interests,
        infra.clock,
        infra.timing,
    )
    read_history = single(
        "application.market_data.read_prices:ReadHistory", broker.price_history, read_quotes, infra.clock, infra.timing
    )
    rows = single("entrypoints.book_rows:BookRows", infra.instruments)
    sync_instruments = single(
        "application.instruments.sync:SyncInstruments", broker.instrument_source, infra.instruments, infra.clock
    )
    sync_for_host = single(
        "application.instruments.sync:SyncInstruments",
        broker.instrument_source,
        infra.instruments,
        infra.clock,
        for_host=True,
    )
