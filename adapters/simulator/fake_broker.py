"""The fake broker: every port that talks to the broker, straight on a simulated exchange, without HTTP."""

from typing import final

from jainam_prop.adapters.simulator.clock import Clock
from jainam_prop.adapters.simulator.config import LoginSpec, SimulatorConfig
from jainam_prop.adapters.simulator.direct_books import DirectBooks
from jainam_prop.adapters.simulator.direct_door import DirectDoor
from jainam_prop.adapters.simulator.direct_gateway import DirectOrderGateway
from jainam_prop.adapters.simulator.direct_linked import DirectLinkedOrders
from jainam_prop.adapters.simulator.direct_login import DirectLogin
from jainam_prop.adapters.simulator.direct_margins import DirectMargins
from jainam_prop.adapters.simulator.direct_market import DirectMarketData
from jainam_prop.adapters.simulator.direct_positions import DirectPositionGateway
from jainam_prop.adapters.simulator.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.faults import Faults
from jainam_prop.adapters.simulator.sessions import Sessions
from jainam_prop.application.ports.account import Account
from jainam_prop.application.ports.instrument_source import InstrumentSource
from jainam_prop.application.ports.linked_orders import LinkedOrders
from jainam_prop.application.ports.login import Login
from jainam_prop.application.ports.margins import Margins
from jainam_prop.application.ports.market_data import MarketData
from jainam_prop.application.ports.open_interests import OpenInterests
from jainam_prop.application.ports.order_book import OrderBook
from jainam_prop.application.ports.order_gateway import OrderGateway
from jainam_prop.application.ports.position_book import PositionBook
from jainam_prop.application.ports.position_gateway import PositionGateway
from jainam_prop.application.ports.price_history import PriceHistory
from jainam_prop.domain.session import AccountChoice, AccountKind


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
