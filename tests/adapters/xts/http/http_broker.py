"""The HTTP adapters, logged in to a simulator of their own over real sockets."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.adapters.xts.http.api import XtsApi
from jainam_prop.adapters.xts.http.books import XtsAccount, XtsOrderBook, XtsPositionBook
from jainam_prop.adapters.xts.http.client import XtsClient, XtsServer
from jainam_prop.adapters.xts.http.connections import open_connections
from jainam_prop.adapters.xts.http.linked_orders import XtsLinkedOrders
from jainam_prop.adapters.xts.http.login import XtsLogin
from jainam_prop.adapters.xts.http.market_data import XtsMarketData
from jainam_prop.adapters.xts.http.orders import XtsOrderGateway, XtsPositionGateway
from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.application.ports.books import Account, Margins, OrderBook, PositionBook
from jainam_prop.application.ports.market_data import MarketData, OpenInterests, PriceHistory
from jainam_prop.application.ports.sessions import Login
from jainam_prop.application.ports.trading import LinkedOrders, OrderGateway, PositionGateway
from jainam_prop.domain.sessions.session import AccountChoice, ApplicationKey, Credentials
from tests.fakes.clock import FakeClock
from tests.fakes.login import a_login_service


@dataclass
class HttpBroker:
    """A simulator and the adapters that speak to it."""

    login: Login
    order_gateway: OrderGateway
    order_book: OrderBook
    position_book: PositionBook
    account: Account
    market_data: MarketData
    open_interests: OpenInterests
    price_history: PriceHistory
    margins: Margins
    linked_orders: LinkedOrders
    position_gateway: PositionGateway
    exchange: SimulatedExchange
    base_url: str
    keys: Credentials


@contextmanager
def open_http_broker(choice: AccountChoice, config: SimulatorConfig, *, renews: bool = False) -> Iterator[HttpBroker]:
    """Start a simulator and the adapters; their waits between attempts take no time.

    Args:
        choice: the account to act for.
        config: the simulator.
        renews: whether sessions that expired are renewed.
    """
    clock = FakeClock()
    with XtsSimulator(config) as simulator, open_connections(clock.monotonic) as connections:
        spec = simulator.credentials[choice.kind]
        keys = Credentials(
            ApplicationKey(spec.interactive.key, spec.interactive.secret),
            ApplicationKey(spec.market.key, spec.market.secret),
        )
        client, server = XtsClient(connections, clock), XtsServer(simulator.base_url, JAINAM.layout)
        login = XtsLogin(client, server, keys, choice, clock)
        api = XtsApi(client, server, a_login_service(login, clock, choice) if renews else None)
        yield HttpBroker(
            login,
            XtsOrderGateway(api),
            XtsOrderBook(api),
            XtsPositionBook(api),
            XtsAccount(api),
            XtsMarketData(api),
            XtsMarketData(api),
            XtsMarketData(api),
            XtsAccount(api),
            XtsLinkedOrders(api),
            XtsPositionGateway(api),
            simulator.exchange,
            simulator.base_url,
            keys,
        )
