"""The HTTP adapters keep the contracts of their ports, against the simulator over real sockets."""

from contextlib import AbstractContextManager

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.domain.sessions.session import AccountChoice, AccountKind
from tests.adapters.xts.http.http_broker import open_http_broker
from tests.contracts.account import AccountContract
from tests.contracts.broker import CHOICES, QUICK, Broker, BrokerContract
from tests.contracts.linked_orders import LinkedOrdersContract
from tests.contracts.login import LoginContract
from tests.contracts.margins import MarginsContract, WithoutMarginsContract
from tests.contracts.market_data import MarketDataContract
from tests.contracts.order_book import OrderBookContract
from tests.contracts.order_gateway import OrderGatewayContract
from tests.contracts.position_book import PositionBookContract
from tests.contracts.position_gateway import PositionGatewayContract
from tests.contracts.price_history import PriceHistoryContract
from tests.contracts.renewal import RenewalContract


class OverHttp(BrokerContract):
    def open_broker(self, choice: AccountChoice, config: SimulatorConfig) -> AbstractContextManager[Broker]:
        return open_http_broker(choice, config)


class TestXtsOrderGateway(OverHttp, OrderGatewayContract): ...


class TestXtsOrderBook(OverHttp, OrderBookContract): ...


class TestXtsPositionBook(OverHttp, PositionBookContract): ...


class TestXtsAccount(OverHttp, AccountContract): ...


class TestXtsMarketData(OverHttp, MarketDataContract): ...


class TestXtsLogin(OverHttp, LoginContract): ...


class TestXtsLinkedOrders(OverHttp, LinkedOrdersContract): ...


class TestXtsPositionGateway(OverHttp, PositionGatewayContract): ...


class TestXtsPriceHistory(OverHttp, PriceHistoryContract): ...


class TestXtsMargins(OverHttp, MarginsContract): ...


class TestXtsWithoutMargins(OverHttp, WithoutMarginsContract): ...


class TestXtsRenewal(RenewalContract):
    def open_renewing_broker(self) -> AbstractContextManager[Broker]:
        return open_http_broker(CHOICES[AccountKind.PRO], QUICK, renews=True)
