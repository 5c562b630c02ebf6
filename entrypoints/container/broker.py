"""The broker: HTTP connections, sessions and every port that talks to it."""

from dependency_injector import containers, providers

from jainam_prop.entrypoints.container.building import (
    keep_connections,
    make_login,
    make_server,
    open_http,
    single,
    stored_session,
)
from jainam_prop.entrypoints.settings import Settings


class Broker(containers.DeclarativeContainer):
    """Ports of one broker account; no part holds a token."""

    settings = providers.Dependency(instance_of=Settings)
    infra = providers.DependenciesContainer()

    connections = providers.Resource(keep_connections, infra.clock, infra.network)
    http = providers.Resource(open_http, connections)
    server = providers.Singleton(make_server, settings)
    xts = single(
        "adapters.xts.http.client:XtsClient",
        connections,
        infra.clock,
        connect_seconds=settings.provided.connect_timeout,
        retry_delays=settings.provided.retry_delays,
        throttle=infra.throttle,
    )
    login = providers.Singleton(
        make_login,
        single(
            "adapters.xts.http.login:XtsLogin",
            xts,
            server,
            settings.provided.credentials,
            settings.provided.choice,
            infra.clock,
        ),
        server,
        http.provider,
        settings,
        infra.clock,
    )
    session_cache = single(
        "application.sessions.cache:SessionCache",
        infra.tokens,
        infra.locks,
        infra.clock,
        profile=infra.profile,
        choice=settings.provided.choice,
        day_ends=settings.provided.host_day_ends,
    )
    sessions = single("application.sessions.service:LoginService", login.provider, session_cache, infra.clock)
    api = single("adapters.xts.http.api:XtsApi", xts, server, sessions)
    gateway = single("adapters.xts.http.orders:XtsOrderGateway", api)
    linked_orders = single("adapters.xts.http.linked_orders:XtsLinkedOrders", api)
    position_gateway = single("adapters.xts.http.orders:XtsPositionGateway", api)
    shown_clients: providers.Provider[set[str]] = providers.Singleton(set)
    order_book = single("adapters.xts.http.books:XtsOrderBook", api, shown_clients)
    position_book = single("adapters.xts.http.books:XtsPositionBook", api)
    account = single("adapters.xts.http.books:XtsAccount", api)
    margins = single("adapters.xts.http.books:XtsAccount", api)
    market = single("adapters.xts.http.market_data:XtsMarketData", api)
    open_interests = single("adapters.xts.http.market_data:XtsMarketData", api)
    price_history = single("adapters.xts.http.market_data:XtsMarketData", api)
    instrument_source = single(
        "adapters.xts.http.instrument_source:XtsInstrumentSource",
        xts,
        server,
        session_of=providers.Callable(stored_session, infra.tokens, infra.profile).provider,
    )
    raw_books = single("adapters.xts.http.books:XtsRawBooks")
    subscriber = single(
        "adapters.xts.http.market_data:XtsSubscriber",
        single("adapters.xts.http.api:XtsApi", xts, server),  # a feed renews its token itself
    )
