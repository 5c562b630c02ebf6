"""The fake broker: every port that talks to the broker, straight on a simulated exchange, without HTTP."""

from typing import final

from jainam_prop.adapters.simulator.clock import Clock
from jainam_prop.adapters.simulator.config import LoginSpec, SimulatorConfig
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.faults.faults import Faults
from jainam_prop.adapters.simulator.http.sessions import Sessions
from jainam_prop.application.ports.books import Account, Margins, OrderBook, PositionBook
from jainam_prop.application.ports.instruments import InstrumentSource
from jainam_prop.application.ports.market_data import MarketData, OpenInterests, PriceHistory
from jainam_prop.application.ports.sessions import Login
from jainam_prop.application.ports.trading import LinkedOrders, OrderGateway, PositionGateway
from jainam_prop.domain.sessions.session import AccountChoice, AccountKind
from tests.fakes.broker.access import DirectDoor
from tests.fakes.broker.books import DirectBooks
from tests.fakes.broker.linked_orders import DirectLinkedOrders
from tests.fakes.broker.login import DirectLogin
from tests.fakes.broker.margins import DirectMargins
from tests.fakes.broker.market_data import DirectMarketData
from tests.fakes.broker.order_gateway import DirectOrderGateway
from tests.fakes.broker.position_gateway import DirectPositionGateway


@final
class FakeBroker:
    """A broker in memory, one port an attribute; its faults come out as the errors that the ports name.

    Attributes:
        exchange: the market and the truth, for whoever tests.
        faults: what goes wrong; may be changed at any time.
        sessions: who is logged in.
    """

    login: Login
    order_gateway: OrderGateway
    order_book: OrderBook
    position_book: PositionBook
    account: Account
    instrument_source: InstrumentSource
    market_data: MarketData
    open_interests: OpenInterests
    price_history: PriceHistory
    margins: Margins
    linked_orders: LinkedOrders
    position_gateway: PositionGateway

    def __init__(
        self,
        choice: AccountChoice | None = None,
        *,
        config: SimulatorConfig | None = None,
        clock: Clock | None = None,
    ) -> None:
        """Open an exchange and act for an account on it.

        Args:
            choice: whom to act for; left out, the PRO desk.
            config: how the exchange behaves; only what does not concern HTTP matters.
            clock: tells the time; left out, the machine's.
        """
        self.exchange = SimulatedExchange(config, clock)
        self.faults: Faults = self.exchange.faults
        self.sessions = Sessions(self.exchange.config.logins, self.exchange.clock)
        door = DirectDoor(self.exchange, self.sessions)
        books, market = DirectBooks(door), DirectMarketData(door)
        chosen = choice or AccountChoice(AccountKind.PRO)
        self.login = DirectLogin(door, self._spec(chosen.kind), chosen)
        self.order_gateway = DirectOrderGateway(door)
        self.linked_orders = DirectLinkedOrders(door)
        self.margins = DirectMargins(door)
        self.position_gateway = DirectPositionGateway(door)
        self.order_book = self.position_book = self.account = books
        self.instrument_source = self.market_data = market
        self.open_interests = self.price_history = market

    def _spec(self, kind: AccountKind) -> LoginSpec:
        return next(login for login in self.exchange.config.logins if login.kind is kind)
