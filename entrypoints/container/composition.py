"""The composition root: which adapter implements which port, and which use case works with which ports.

Live feeds: a market feed anew for each caller, and one order feed that all of a process share.
"""

from typing import Any

from dependency_injector import containers, providers

from jainam_prop.adapters.xts.network import Tap
from jainam_prop.entrypoints.container.broker import Broker
from jainam_prop.entrypoints.container.building import lazy, market_root, single
from jainam_prop.entrypoints.container.infrastructure import Infrastructure
from jainam_prop.entrypoints.container.stores import with_health
from jainam_prop.entrypoints.container.trading import Trading
from jainam_prop.entrypoints.settings import Settings, read_settings
from jainam_prop.entrypoints.trading_app import TradingApp


class Streaming(containers.DeclarativeContainer):
    """Market-data and order feeds of one account."""

    settings = providers.Dependency(instance_of=Settings)
    infra = providers.DependenciesContainer()
    broker = providers.DependenciesContainer()
    trading = providers.DependenciesContainer()

    feed_rule = single(
        "adapters.xts.stream.feed_socket:FeedRule",
        connect_seconds=settings.provided.connect_timeout,
        network=infra.network,
    )
    market_calls = single(  # one for all feeds, which leave their subscriptions to the next
        "adapters.xts.stream.market_feed:MarketCalls",
        broker.subscriber,
        settings.provided.broker.stream.codes,
        infra.trading_calendar.provided.is_trading,
        trading.bands.provided.note,
    )
    unmetered_market_feed = providers.Factory(
        lazy("adapters.xts.stream.market_feed:XtsMarketFeed"),
        broker.sessions,
        providers.Callable(market_root, broker.server),
        market_calls,
        infra.clock,
        rule=feed_rule,
    )
    open_market_feed = providers.Callable(with_health, infra.meter, "market data", unmetered_market_feed)
    unmetered_order_feed = providers.Factory(
        lazy("adapters.xts.stream.order_feed:XtsOrderFeed"),
        broker.sessions,
        broker.server.provided.interactive,
        infra.clock,
        rule=feed_rule,
        shown=broker.shown_clients,
    )
    order_feed = providers.Callable(with_health, infra.meter, "orders", unmetered_order_feed)
    follow_orders = single(
        "application.orders.follow:FollowOrders", order_feed.provider, trading.reconciler, trading.recovery
    )


def parts_of_app(*parts: providers.Container[Any]) -> dict[str, providers.Provider[Any]]:
    """Return what builds each attribute of the trading app: the provider of its name in the one part that has it."""
    provided = {name: provider for part in parts for name, provider in part.container.providers.items()}
    return {name: provided[name].provider for name in TradingApp.__annotations__}


class Container(containers.DeclarativeContainer):
    """One account, wired from four parts; a test overrides any provider of any part."""

    settings = providers.Dependency(instance_of=Settings)
    infra = providers.Container(Infrastructure, settings=settings)
    broker = providers.Container(Broker, settings=settings, infra=infra)
    trading = providers.Container(Trading, settings=settings, infra=infra, broker=broker)
    streaming = providers.Container(Streaming, settings=settings, infra=infra, broker=broker, trading=trading)

    app = providers.Singleton(TradingApp, providers.Dict(parts_of_app(infra, broker, trading, streaming)))


def open_container(settings: Settings | None = None, *, few_lookups: bool = False, tap: Tap | None = None) -> Container:
    """Build a trading app from settings, by default from the environment and ``.env``; nothing is opened yet.

    Args:
        settings: read if not given.
        few_lookups: the process needs a few instruments and ends soon, so that the index is not read into memory.
        tap: see `NetworkPolicy`.

    Raises:
        ValueError: settings are missing or contradict each other.
    """
    container = Container(settings=providers.Object(settings or read_settings()))
    container.infra.few_lookups.override(few_lookups)
    container.infra.tap.override(providers.Object(tap))
    return container
