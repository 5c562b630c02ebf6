"""Live feeds; each call of a provider makes a new one, to be closed by its caller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dependency_injector import containers, providers

from jainam_prop.entrypoints.container.building import interactive_root, market_root
from jainam_prop.entrypoints.container.lazy import lazy
from jainam_prop.entrypoints.settings import Settings

if TYPE_CHECKING:
    from jainam_prop.application.ports.market_data import MarketFeed, OrderFeed

LinkRule = lazy("jainam_prop.adapters.xts.stream.link", "LinkRule")
XtsMarketFeed = lazy("jainam_prop.adapters.xts.stream.market_feed", "XtsMarketFeed")
XtsOrderFeed = lazy("jainam_prop.adapters.xts.stream.order_feed", "XtsOrderFeed")
SubscriptionKeeper = lazy("jainam_prop.application.market_data.subscription_keeper", "SubscriptionKeeper")
FollowOrders = lazy("jainam_prop.application.orders.follow", "FollowOrders")


class Streaming(containers.DeclarativeContainer):
    """Market-data and order feeds of one account."""

    settings = providers.Dependency(instance_of=Settings)
    infra = providers.DependenciesContainer()
    broker = providers.DependenciesContainer()
    trading = providers.DependenciesContainer()

    link_rule = providers.Singleton(
        LinkRule, connect_seconds=settings.provided.connect_timeout, verify=settings.provided.verify_ssl
    )
    market_feed: providers.Provider[MarketFeed] = providers.Factory(
        XtsMarketFeed,
        broker.sessions.provided.newest,
        providers.Callable(market_root, broker.server),
        providers.Factory(SubscriptionKeeper, broker.subscriber, settings.provided.broker.stream),
        infra.clock,
        rule=link_rule,
    )
    order_feed: providers.Provider[OrderFeed] = providers.Factory(
        XtsOrderFeed,
        broker.sessions.provided.newest,
        providers.Callable(interactive_root, broker.server),
        infra.clock,
        rule=link_rule,
    )
    follow_orders = providers.Factory(
        FollowOrders, order_feed, infra.journal, trading.recovery, trading.books, infra.clock, infra.timing
    )
