"""The composition root: which adapter stands behind which port, and which use case works with which ports."""

from dependency_injector import containers, providers

from jainam_prop.entrypoints.container.broker import Broker
from jainam_prop.entrypoints.container.infrastructure import Infrastructure
from jainam_prop.entrypoints.container.streaming import Streaming
from jainam_prop.entrypoints.container.trading import Trading
from jainam_prop.entrypoints.settings import Settings, read_settings
from jainam_prop.entrypoints.trading_app import TradingApp


class Container(containers.DeclarativeContainer):
    """One account, wired from four parts; a test overrides any provider of any part."""

    settings = providers.Dependency(instance_of=Settings)
    infra = providers.Container(Infrastructure, settings=settings)
    broker = providers.Container(Broker, settings=settings, infra=infra)
    trading = providers.Container(Trading, settings=settings, infra=infra, broker=broker)
    streaming = providers.Container(Streaming, settings=settings, infra=infra, broker=broker, trading=trading)

    app = providers.Singleton(
        TradingApp,
        sessions=broker.sessions,
        instruments=infra.instruments,
        journal=infra.journal,
        raw_books=broker.raw_books,
        rows=trading.rows,
        sync_instruments=trading.sync_instruments,
        sync_for_host=trading.sync_for_host,
        checks=trading.checks,
        place_order=trading.place_order,
        smart_order=trading.smart_order,
        modify_order=trading.modify_order,
        cancel_orders=trading.cancel_orders,
        cover_orders=trading.cover_orders,
        bracket_orders=trading.bracket_orders,
        close_all_positions=trading.close_all_positions,
        read_books=trading.read_books,
        read_account=trading.read_account,
        read_quotes=trading.read_quotes,
        read_history=trading.read_history,
        convert_position=trading.convert_position,
        native_square_off=trading.native_square_off,
        open_market_feed=streaming.market_feed.provider,
        follow_orders=streaming.follow_orders.provider,
        recovery=trading.recovery,
    )


def open_container(settings: Settings | None = None) -> Container:
    """Build a trading app from settings, by default from the environment and ``.env``; nothing is opened yet.

    Raises:
        ValueError: settings are missing or contradict each other.
    """
    return Container(settings=providers.Object(settings or read_settings()))
