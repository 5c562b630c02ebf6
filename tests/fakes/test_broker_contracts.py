"""The fake broker keeps the contracts of its ports."""

from contextlib import AbstractContextManager, nullcontext

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.domain.sessions.session import AccountChoice, AccountKind
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
from tests.fakes.broker.fake_broker import FakeBroker
from tests.fakes.login import a_login_service


class InMemory(BrokerContract):
    def open_broker(self, choice: AccountChoice, config: SimulatorConfig) -> AbstractContextManager[Broker]:
        return nullcontext(FakeBroker(choice, config=config))


class TestFakeOrderGateway(InMemory, OrderGatewayContract): ...


class TestFakeOrderBook(InMemory, OrderBookContract): ...


class TestFakePositionBook(InMemory, PositionBookContract): ...


class TestFakeAccount(InMemory, AccountContract): ...


class TestFakeMarketData(InMemory, MarketDataContract): ...


class TestFakeLogin(InMemory, LoginContract): ...


class TestFakeLinkedOrders(InMemory, LinkedOrdersContract): ...


class TestFakePositionGateway(InMemory, PositionGatewayContract): ...


class TestFakePriceHistory(InMemory, PriceHistoryContract): ...


class TestFakeMargins(InMemory, MarginsContract): ...


class TestFakeWithoutMargins(InMemory, WithoutMarginsContract): ...


class TestFakeRenewal(RenewalContract):
    def open_renewing_broker(self) -> AbstractContextManager[Broker]:
        choice = CHOICES[AccountKind.PRO]
        broker = FakeBroker(choice, config=QUICK)
        broker.calls.source = a_login_service(broker.login, broker.clock, choice)
        return nullcontext(broker)
