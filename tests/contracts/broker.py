"""A broker behind the ports, with its truth and its faults laid open; what the contracts of its ports stand on."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Protocol

import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.xts.profiles.jainam import JAINAM, PRO_CLIENT_MARK
from jainam_prop.application.ports.books import Account, Margins, OrderBook, PositionBook
from jainam_prop.application.ports.market_data import MarketData, OpenInterests, PriceHistory
from jainam_prop.application.ports.sessions import Login
from jainam_prop.application.ports.trading import LinkedOrders, OrderGateway, PositionGateway
from jainam_prop.domain.orders.order import OrderRequest, PriceType, Product
from jainam_prop.domain.sessions.session import AccountChoice, AccountKind, Session
from tests.domain.samples import SBIN, a_request

SECONDS: Final = 10.0
QUICK: Final = SimulatorConfig(instruments=300, rate_limits=False, logins=SimulatorConfig().logins)
CHOICES: Final = {
    AccountKind.INVESTOR: AccountChoice(AccountKind.INVESTOR),
    AccountKind.NORMAL: AccountChoice(AccountKind.NORMAL, "CLIENT01"),
    AccountKind.PRO: AccountChoice(AccountKind.PRO, rules=JAINAM.accounts),
}
BOOKED_TO: Final = {
    AccountKind.INVESTOR: "INVEST01",
    AccountKind.NORMAL: "CLIENT01",
    AccountKind.PRO: PRO_CLIENT_MARK,
}

MARKET_ORDER: Final = a_request(
    SBIN, product=Product.MIS, price_type=PriceType.MARKET, quantity=10, price=Decimal(0), identifier="jpmarket"
)
LIMIT_ORDER: Final = a_request(
    SBIN, product=Product.MIS, price_type=PriceType.LIMIT, quantity=10, price=Decimal("750.05"), identifier="jplimit"
)
"""Below the market, so that it rests."""


class Broker(Protocol):
    """One port an attribute."""

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


@dataclass(frozen=True)
class LoggedIn:
    """Somebody who is logged in at a broker, and the account that the orders go to."""

    broker: Broker
    session: Session
    booked_to: str

    def place(self, order: OrderRequest = MARKET_ORDER) -> str:
        """Place an order that is taken."""
        return self.broker.order_gateway.place(self.session, order, SECONDS).unwrap()

    def strike(self, kind: FaultKind, on: str, *, for_ever: bool = False, text: str = "", code: str = "") -> None:
        """Let something go wrong, once or for ever."""
        times = None if for_ever else 1
        self.broker.exchange.faults.add(Fault(kind, on=on, times=times, text=text, code=code))


class BrokerContract(ABC):
    """Opens a broker for every test, once for each kind of account."""

    @abstractmethod
    def open_broker(self, choice: AccountChoice, config: SimulatorConfig) -> AbstractContextManager[Broker]:
        """Open a broker on which an account acts."""

    @pytest.fixture(params=list(AccountKind))
    def kind(self, request: pytest.FixtureRequest) -> AccountKind:
        return AccountKind(request.param)

    @pytest.fixture
    def config(self) -> SimulatorConfig:
        return QUICK

    @pytest.fixture
    def desk(self, kind: AccountKind, config: SimulatorConfig) -> Iterator[LoggedIn]:
        with self.open_broker(CHOICES[kind], config) as broker:
            yield LoggedIn(broker, broker.login.log_in().unwrap(), BOOKED_TO[kind])
