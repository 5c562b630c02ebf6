"""The fake broker: every port to the broker, on a simulated exchange in memory, without HTTP."""

from typing import final

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.faults import Faults
from jainam_prop.adapters.simulator.http.dispatcher import RateLimiter
from jainam_prop.adapters.simulator.http.sessions import Sessions
from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.application.ports.books import Account, Margins, OrderBook, PositionBook
from jainam_prop.application.ports.instruments import InstrumentSource
from jainam_prop.application.ports.market_data import MarketData, OpenInterests, PriceHistory
from jainam_prop.application.ports.sessions import Login, SessionSource
from jainam_prop.application.ports.trading import LinkedOrders, OrderGateway, PositionGateway
from jainam_prop.domain.sessions.session import AccountChoice, AccountKind
from tests.fakes.broker.books import BookFaults, FakeBooks
from tests.fakes.broker.calls import Calls, Network, Outage
from tests.fakes.broker.login import FakeBrokerLogin
from tests.fakes.broker.market_data import FakeMarketData
from tests.fakes.broker.order_feed import FakeOrderFeed, FeedFaults
from tests.fakes.broker.orders import FakeLinkedOrders, FakeOrderGateway
from tests.fakes.broker.positions import FakeMargins, FakePositionGateway
from tests.fakes.clock import FakeClock


@final
class FakeBroker:
    """A broker in memory, one port an attribute, on a clock that tests move; its faults come out as the ports' errors.

    | what goes wrong | how a test asks for it |
    | --- | --- |
    | a call is lost, late, refused, or done without a reply | `faults.add(Fault(kind, on=endpoint))` |
    | an order settles late, is rejected afterwards, or shows late | `Fault` of kind SETTLE_DELAY, RMS_REJECT … |
    | the exchange refuses a modify or cancel after all | `Fault(RMS_REJECT, on="modify")`, or on "cancel" |
    | a call takes its time | `network.latency` in seconds; the exchange acts in the middle |
    | the broker cannot be reached, or never answers | `be_away(seconds, after=…, silent=…)` |
    | anything, before the n-th call from now on | `network.before_call[network.calls + n] = action` |
    | order book, trade book or position book are seconds old | `books.order_lag`, `books.position_lag` |
    | rows vanish, come twice or have the wrong sign | `books.orders`, `books.positions`: an edit of the rows |
    | orders of another login do not show | `books.hides_other_logins`; `portfolio.trade(…, login=…)` makes them |
    | events are late, lost, doubled or out of order | `feed.delay`, `feed.lost`, `feed.twice`, `feed.jitter` |
    | a feed is silent, down, or breaks | `feed.is_silent`, `feed.is_up`, `feeds[0].drop(seconds)` |

    Attributes:
        exchange: the market, and what is true whatever the books say.
        faults: what goes wrong with calls and orders.
        sessions: the live sessions.
        network: latency, outages, and what happens before a call.
        limiter: counts calls by the rate chart, and refuses those above it where the config enforces it.
        books: how the books differ from the exchange.
        feed: how the order feed differs from it.
        feeds: the order feeds that were opened.
        calls: carries out every call, and renews sessions when it is given a source.
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
        clock: FakeClock | None = None,
        at: "FakeBroker | None" = None,
    ) -> None:
        """Open an exchange and act for an account on it.

        Args:
            choice: the account to act for; left out, the PRO desk.
            config: how the exchange behaves; only what does not concern HTTP matters.
            clock: the time of broker and exchange; left out, one that stands still.
            at: the broker itself, where this is another process's way to it.
        """
        self.clock: FakeClock = at.clock if at else clock or FakeClock()
        self.exchange: SimulatedExchange = at.exchange if at else SimulatedExchange(config, self.clock)
        self.faults: Faults = self.exchange.faults
        self.sessions: Sessions = at.sessions if at else Sessions(self.exchange.config.logins, self.clock)
        self.network: Network = at.network if at else Network()
        rules = self.exchange.config
        self.limiter: RateLimiter = (
            at.limiter if at else RateLimiter(self.clock, enforced=rules.rate_limits, rates=rules.rates)
        )
        self.calls = Calls(self.exchange, self.sessions, self.clock, self.network, self.limiter)
        self.books: BookFaults = at.books if at else BookFaults()
        self.feed: FeedFaults = at.feed if at else FeedFaults()
        books, market = FakeBooks(self.calls, self.books), FakeMarketData(self.calls)
        self.feeds: list[FakeOrderFeed] = at.feeds if at else []
        chosen = choice or AccountChoice(AccountKind.PRO, rules=JAINAM.accounts)
        self._spec = next(login for login in self.exchange.config.logins if login.kind is chosen.kind)
        self._account = chosen.client_id or self._spec.clients[0]
        self.login = FakeBrokerLogin(self.calls, self._spec, chosen)
        self.order_gateway = FakeOrderGateway(self.calls)
        self.linked_orders = FakeLinkedOrders(self.calls)
        self.margins = FakeMargins(self.calls)
        self.position_gateway = FakePositionGateway(self.calls)
        self.order_book = self.position_book = self.account = books
        self.instrument_source = self.market_data = market
        self.open_interests = self.price_history = market

    def be_away(self, seconds: float, *, after: float = 0.0, silent: bool = False) -> None:
        """Refuse connections for so many seconds, from ``after`` seconds on; ``silent`` accepts and never answers."""
        begins = self.clock.monotonic() + after
        self.network.outages.append(Outage(begins, begins + seconds, silent))

    def open_order_feed(self, sessions: SessionSource) -> FakeOrderFeed:
        """Make an order feed of the account; it connects with the session that all processes share."""
        feed = FakeOrderFeed(
            self.exchange, self.clock, self._account, self._spec.user_id, self.books, self.feed, sessions
        )
        self.feeds.append(feed)
        return feed
