"""The broker: HTTP connections, sessions and every port that talks to it."""

from dependency_injector import containers, providers

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
from jainam_prop.adapters.xts.wire.replies.raw_books import XtsRawBooks
from jainam_prop.application.ports.books import Account, Margins, OrderBook, PositionBook, RawBooks
from jainam_prop.application.ports.instruments import InstrumentSource
from jainam_prop.application.ports.market_data import MarketData, OpenInterests, PriceHistory, Subscriber
from jainam_prop.application.ports.sessions import Login
from jainam_prop.application.ports.trading import LinkedOrders, OrderGateway, PositionGateway
from jainam_prop.application.sessions.renewing import (
    RenewingAccount,
    RenewingMargins,
    RenewingMarketData,
    RenewingOpenInterests,
    RenewingOrderBook,
    RenewingOrderGateway,
    RenewingPositionBook,
    RenewingPriceHistory,
    RenewingSubscriber,
    SessionRetry,
)
from jainam_prop.application.sessions.renewing_commands import RenewingLinkedOrders, RenewingPositionGateway
from jainam_prop.application.sessions.service import LoginService
from jainam_prop.entrypoints.container.building import (
    keep_connections,
    make_login,
    make_server,
    open_http,
    stored_session,
)
from jainam_prop.entrypoints.settings import Settings


class Broker(containers.DeclarativeContainer):
    """Ports of one broker account; no part holds a token."""

    settings = providers.Dependency(instance_of=Settings)
    infra = providers.DependenciesContainer()

    connections = providers.Resource(keep_connections, infra.clock, verify=settings.provided.verify_ssl)
    http = providers.Resource(open_http, connections)
    server = providers.Singleton(make_server, settings)
    xts = providers.Singleton(
        XtsClient,
        connections,
        infra.clock,
        connect_seconds=settings.provided.connect_timeout,
        retry_delays=settings.provided.retry_delays,
    )
    login: providers.Provider[Login] = providers.Singleton(
        make_login,
        providers.Singleton(
            XtsLogin, xts, server, settings.provided.credentials, settings.provided.choice, infra.clock
        ),
        server,
        http,
        settings,
        infra.clock,
    )
    keeper = providers.Singleton(
        LoginService,
        login,
        infra.tokens,
        infra.locks,
        infra.clock,
        profile=infra.profile,
        choice=settings.provided.choice,
        day_ends=settings.provided.host_day_ends,
    )
    retry = providers.Singleton(SessionRetry, keeper, infra.clock)
    gateway: providers.Provider[OrderGateway] = providers.Singleton(
        RenewingOrderGateway, providers.Singleton(XtsOrderGateway, xts, server), retry
    )
    linked_orders: providers.Provider[LinkedOrders] = providers.Singleton(
        RenewingLinkedOrders, providers.Singleton(XtsLinkedOrders, xts, server), retry
    )
    position_gateway: providers.Provider[PositionGateway] = providers.Singleton(
        RenewingPositionGateway, providers.Singleton(XtsPositionGateway, xts, server), retry
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
    instrument_source: providers.Provider[InstrumentSource] = providers.Singleton(
        XtsInstrumentSource,
        xts,
        server,
        session_of=providers.Callable(stored_session, infra.tokens, infra.profile).provider,
    )
    raw_books: providers.Provider[RawBooks] = providers.Singleton(XtsRawBooks)
    subscriber: providers.Provider[Subscriber] = providers.Singleton(
        RenewingSubscriber, providers.Singleton(XtsSubscriber, xts, server), retry
    )
