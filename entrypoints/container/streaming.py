"""Live feeds: a market feed anew for each caller, and one order feed that all of a process share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dependency_injector import containers, providers

from jainam_prop.entrypoints.container.building import interactive_root, lazy, market_root
from jainam_prop.entrypoints.container.stores import with_health
from jainam_prop.entrypoints.settings import Settings

if TYPE_CHECKING:
    from jainam_prop.application.ports.market_data import MarketFeed, OrderFeed

FeedRule = lazy("jainam_prop.adapters.xts.stream.feed_socket", "FeedRule")
MarketCalls = lazy("jainam_prop.adapters.xts.stream.market_feed", "MarketCalls")
XtsMarketFeed = lazy("jainam_prop.adapters.xts.stream.market_feed", "XtsMarketFeed")
XtsOrderFeed = lazy("jainam_prop.adapters.xts.stream.order_feed", "XtsOrderFeed")
FollowOrders = lazy("jainam_prop.application.orders.follow", "FollowOrders")


class Streaming(containers.DeclarativeContainer):
    """Market-data and order feeds of one account."""

    settings = providers.Dependency(instance_of=Settings)
    infra = providers.DependenciesContainer()
    broker = providers.DependenciesContainer()
    trading = providers.DependenciesContainer()

    feed_rule = providers.Singleton(FeedRule, connect_seconds=settings.provided.connect_timeout, network=infra.network)
    market_calls = providers.Factory(
        MarketCalls,
        broker.subscriber,
        settings.provided.broker.stream.codes,
        infra.trading_calendar.provided.is_trading,
        trading.bands.provided.note,
    )
    unmetered_market_feed = providers.Factory(
        XtsMarketFeed,
        broker.sessions,
        providers.Callable(market_root, broker.server),
        market_calls,
        infra.clock,
        rule=feed_rule,
    )
    market_feed: providers.Provider[MarketFeed] = providers.Callable(
        with_health, infra.meter, "market data", unmetered_market_feed
    )
    unmetered_order_feed = providers.Factory(
        XtsOrderFeed,
        broker.sessions,
        providers.Callable(interactive_root, broker.server),
        infra.clock,
        rule=feed_rule,
    )
    order_feed: providers.Provider[OrderFeed] = providers.Callable(
        with_health, infra.meter, "orders", unmetered_order_feed
    )
    follow_orders = providers.Singleton(FollowOrders, order_feed.provider, trading.reconciler, trading.recovery)
