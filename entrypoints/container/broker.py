"""The broker: HTTP connections, sessions and every port that talks to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dependency_injector import containers, providers

from jainam_prop.entrypoints.container import building
from jainam_prop.entrypoints.settings import Settings

if TYPE_CHECKING:
    from jainam_prop.application.ports.books import Account, Margins, OrderBook, PositionBook, RawBooks
    from jainam_prop.application.ports.instruments import InstrumentSource
    from jainam_prop.application.ports.market_data import MarketData, OpenInterests, PriceHistory, Subscriber
    from jainam_prop.application.ports.sessions import Login
    from jainam_prop.application.ports.trading import LinkedOrders, OrderGateway, PositionGateway

XtsApi = building.lazy("jainam_prop.adapters.xts.http.api", "XtsApi")
XtsAccount = building.lazy("jainam_prop.adapters.xts.http.books", "XtsAccount")
XtsOrderBook = building.lazy("jainam_prop.adapters.xts.http.books", "XtsOrderBook")
XtsPositionBook = building.lazy("jainam_prop.adapters.xts.http.books", "XtsPositionBook")
XtsClient = building.lazy("jainam_prop.adapters.xts.http.client", "XtsClient")
XtsInstrumentSource = building.lazy("jainam_prop.adapters.xts.http.instrument_source", "XtsInstrumentSource")
XtsLinkedOrders = building.lazy("jainam_prop.adapters.xts.http.linked_orders", "XtsLinkedOrders")
XtsLogin = building.lazy("jainam_prop.adapters.xts.http.login", "XtsLogin")
XtsMarketData = building.lazy("jainam_prop.adapters.xts.http.market_data", "XtsMarketData")
XtsSubscriber = building.lazy("jainam_prop.adapters.xts.http.market_data", "XtsSubscriber")
XtsOrderGateway = building.lazy("jainam_prop.adapters.xts.http.orders", "XtsOrderGateway")
XtsPositionGateway = building.lazy("jainam_prop.adapters.xts.http.orders", "XtsPositionGateway")
XtsRawBooks = building.lazy("jainam_prop.adapters.xts.http.books", "XtsRawBooks")
LoginService = building.lazy("jainam_prop.application.sessions.service", "LoginService")


class Broker(containers.DeclarativeContainer):
    """Ports of one broker account; no part holds a token."""

    settings = providers.Dependency(instance_of=Settings)
    infra = providers.DependenciesContainer()

    connections = providers.Resource(building.keep_connections, infra.clock, infra.network)
    http = providers.Resource(building.open_http, connections)
    server = providers.Singleton(building.make_server, settings)
    xts = providers.Singleton(
        XtsClient,
        connections,
        infra.clock,
        connect_seconds=settings.provided.connect_timeout,
        retry_delays=settings.provided.retry_delays,
        throttle=infra.throttle,
    )
    login: providers.Provider[Login] = providers.Singleton(
        building.make_login,
        providers.Singleton(
            XtsLogin, xts, server, settings.provided.credentials, settings.provided.choice, infra.clock
        ),
        server,
        http.provider,
        settings,
        infra.clock,
    )
    sessions = providers.Singleton(
        LoginService,
        login.provider,
        infra.tokens,
        infra.locks,
        infra.clock,
        profile=infra.profile,
        choice=settings.provided.choice,
        day_ends=settings.provided.host_day_ends,
    )
    api = providers.Singleton(XtsApi, xts, server, sessions)
    gateway: providers.Provider[OrderGateway] = providers.Singleton(XtsOrderGateway, api)
    linked_orders: providers.Provider[LinkedOrders] = providers.Singleton(XtsLinkedOrders, api)
    position_gateway: providers.Provider[PositionGateway] = providers.Singleton(XtsPositionGateway, api)
    shown_clients: providers.Provider[set[str]] = providers.Singleton(set)
    order_book: providers.Provider[OrderBook] = providers.Singleton(XtsOrderBook, api, shown_clients)
    position_book: providers.Provider[PositionBook] = providers.Singleton(XtsPositionBook, api)
    account: providers.Provider[Account] = providers.Singleton(XtsAccount, api)
    margins: providers.Provider[Margins] = providers.Singleton(XtsAccount, api)
    market: providers.Provider[MarketData] = providers.Singleton(XtsMarketData, api)
    open_interests: providers.Provider[OpenInterests] = providers.Singleton(XtsMarketData, api)
    price_history: providers.Provider[PriceHistory] = providers.Singleton(XtsMarketData, api)
    instrument_source: providers.Provider[InstrumentSource] = providers.Singleton(
        XtsInstrumentSource,
        xts,
        server,
        session_of=providers.Callable(building.stored_session, infra.tokens, infra.profile).provider,
    )
    raw_books: providers.Provider[RawBooks] = providers.Singleton(XtsRawBooks)
    subscriber: providers.Provider[Subscriber] = providers.Singleton(
        XtsSubscriber,
        providers.Singleton(XtsApi, xts, server),  # a feed renews its token itself
    )
