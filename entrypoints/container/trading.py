"""The use cases of trading, with the collaborators that they share."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Final

from dependency_injector import containers, providers

from jainam_prop.entrypoints.container.building import how_to_allow_square_off, lazy
from jainam_prop.entrypoints.settings import Settings

AccountStates = lazy("jainam_prop.application.books.account", "AccountStates")
Books = lazy("jainam_prop.application.books.books", "Books")
Holdings = lazy("jainam_prop.application.books.holdings", "Holdings")
OrderWatch = lazy("jainam_prop.application.books.order_watch", "OrderWatch")
PositionReconciler = lazy("jainam_prop.application.books.reconcile", "PositionReconciler")
CloseAllPositions = lazy("jainam_prop.application.close_all.close_all", "CloseAllPositions")
NativeSquareOff = lazy("jainam_prop.application.close_all.native_square_off", "NativeSquareOff")
SyncInstruments = lazy("jainam_prop.application.instruments.sync", "SyncInstruments")
ReadHistory = lazy("jainam_prop.application.market_data.read_prices", "ReadHistory")
ReadQuotes = lazy("jainam_prop.application.market_data.read_prices", "ReadQuotes")
BracketOrders = lazy("jainam_prop.application.orders.bracket", "BracketOrders")
CancelOrders = lazy("jainam_prop.application.orders.cancel", "CancelOrders")
OrderCanceller = lazy("jainam_prop.application.orders.cancel", "OrderCanceller")
CoverOrders = lazy("jainam_prop.application.orders.cover", "CoverOrders")
MarketProtection = lazy("jainam_prop.application.orders.market_protection", "MarketProtection")
ModifyOrder = lazy("jainam_prop.application.orders.modify", "ModifyOrder")
PriceBands = lazy("jainam_prop.application.market_data.read_prices", "PriceBands")
PlaceOrder = lazy("jainam_prop.application.orders.place", "PlaceOrder")
PreTradeChecks = lazy("jainam_prop.application.orders.pre_trade", "PreTradeChecks")
ProtectiveStops = lazy("jainam_prop.application.orders.protective_stops", "ProtectiveStops")
OrderSender = lazy("jainam_prop.application.orders.send", "OrderSender")
ConvertPosition = lazy("jainam_prop.application.positions.convert", "ConvertPosition")
PositionCommand = lazy("jainam_prop.application.positions.position_command", "PositionCommand")
ReadAccount = lazy("jainam_prop.application.positions.read", "ReadAccount")
ReadBooks = lazy("jainam_prop.application.positions.read", "ReadBooks")
SmartOrder = lazy("jainam_prop.application.positions.smart_order", "SmartOrder")
Recovery = lazy("jainam_prop.application.recovery", "Recovery")
TradingSwitch = lazy("jainam_prop.application.risk", "TradingSwitch")
RiskGate = lazy("jainam_prop.application.risk", "RiskGate")
CircuitRule = lazy("jainam_prop.domain.orders.trading_state", "CircuitRule")
BookRows = lazy("jainam_prop.entrypoints.book_rows", "BookRows")


_ENTROPY_BITS: Final = 46
"""Of an order identifier."""


class Trading(containers.DeclarativeContainer):
    """Use cases of one account."""

    settings = providers.Dependency(instance_of=Settings)
    infra = providers.DependenciesContainer()
    broker = providers.DependenciesContainer()

    timed: Final = {"clock": infra.clock, "timing": infra.timing}
    states = providers.Singleton(
        AccountStates, infra.journal, infra.carried, infra.clock, settings.provided.settle_seconds
    )
    books = providers.Singleton(Books, broker.order_book, broker.position_book, states, infra.throttle, infra.clock)
    watch = providers.Singleton(OrderWatch, books, states, infra.clock, infra.timing)
    reconciler = providers.Singleton(
        PositionReconciler, books, states, infra.journal, infra.tasks, infra.clock, infra.timing, infra.meter
    )
    circuit_rule = providers.Singleton(CircuitRule)
    trading_switch = providers.Singleton(
        TradingSwitch, settings.provided.trading_state, infra.shared_state, infra.clock
    )
    gate = providers.Singleton(RiskGate, trading_switch, books, infra.tasks, infra.clock, circuit_rule)
    recovery = providers.Singleton(Recovery, infra.journal, books, states, infra.tasks, infra.clock, infra.timing)
    sender = providers.Singleton(
        OrderSender,
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
    protection = providers.Singleton(MarketProtection, broker.market, infra.clock, settings.provided.protection)
    canceller = providers.Singleton(OrderCanceller, sender, watch, infra.tasks, infra.clock, infra.timing)
    position_command = providers.Singleton(PositionCommand, sender, books, states, infra.timing)

    checks = providers.Singleton(PreTradeChecks, infra.instruments, settings.provided.broker.products, infra.clock)
    sending: Final = {"checks": checks, "sender": sender, "gate": gate}
    bands = providers.Singleton(PriceBands)
    place_order = providers.Singleton(
        PlaceOrder, **sending, positions=reconciler, guard=infra.guard, protection=protection, bands=bands, **timed
    )
    stops = providers.Singleton(ProtectiveStops, canceller, watch, place_order)
    holdings = providers.Singleton(Holdings, broker.account, infra.throttle, infra.clock)
    smart_order = providers.Singleton(
        SmartOrder,
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
    modify_order = providers.Singleton(
        ModifyOrder,
        checks=checks,
        watch=watch,
        books=books,
        positions=reconciler,
        gate=gate,
        protection=protection,
        sender=sender,
        **timed,
    )
    cancel_orders = providers.Singleton(
        CancelOrders, books, states, infra.journal, canceller, infra.clock, infra.timing
    )
    close_all_positions = providers.Singleton(
        CloseAllPositions,
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
    cover_orders = providers.Singleton(
        CoverOrders, orders=broker.linked_orders, **sending, protection=protection, books=books, watch=watch, **timed
    )
    bracket_orders = providers.Singleton(
        BracketOrders, orders=broker.linked_orders, **sending, books=books, watch=watch, **timed
    )
    convert_position = providers.Singleton(
        ConvertPosition,
        positions=broker.position_gateway,
        reconciler=reconciler,
        guard=infra.guard,
        command=position_command,
        gate=gate,
        products=settings.provided.broker.products,
        **timed,
    )
    native_square_off = providers.Singleton(
        NativeSquareOff,
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

    read_books = providers.Singleton(ReadBooks, books, reconciler, infra.instruments, infra.clock, infra.timing)
    read_account = providers.Singleton(
        ReadAccount,
        account=broker.account,
        holdings_of=holdings,
        margins=broker.margins,
        market=broker.market,
        checks=checks,
        throttle=infra.throttle,
        **timed,
    )
    read_quotes = providers.Singleton(ReadQuotes, broker.market, broker.open_interests, infra.clock, infra.timing)
    read_history = providers.Singleton(ReadHistory, broker.price_history, read_quotes, infra.clock, infra.timing)
    rows = providers.Singleton(BookRows, infra.instruments)
    sync_instruments = providers.Singleton(SyncInstruments, broker.instrument_source, infra.instruments, infra.clock)
    sync_for_host = providers.Singleton(
        SyncInstruments, broker.instrument_source, infra.instruments, infra.clock, for_host=True
    )
