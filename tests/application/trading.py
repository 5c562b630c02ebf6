"""The whole application on a fake broker: what a trader does, and what the exchange then holds."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache, partial
from typing import Final, TypeVar

from dependency_injector import providers
from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.adapters.simulator.catalogue.universe import SPREAD
from jainam_prop.adapters.simulator.config import LoginSpec, SimulatorConfig
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.http.dispatcher import RateLimiter
from jainam_prop.adapters.system.throttle import PacedThrottle
from jainam_prop.adapters.xts.profiles.jainam import JAINAM, PRO_CLIENT_MARK
from jainam_prop.application.close_all.report import CloseReport, LegState
from jainam_prop.application.orders.cancel import Cancellations
from jainam_prop.application.orders.place import Placement
from jainam_prop.application.ports.runtime import Throttle
from jainam_prop.domain.deadlines import Timing
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey
from jainam_prop.domain.orders.order import PriceType
from jainam_prop.domain.orders.ticket import read_change, read_smart_ticket, read_ticket
from jainam_prop.domain.positions.smart_order import NoTrade
from jainam_prop.domain.rate_limit import rates_for
from jainam_prop.domain.sessions.session import AccountChoice, AccountKind, Session
from jainam_prop.entrypoints.container import Container, open_container
from jainam_prop.entrypoints.settings import settings_from
from tests.fakes.broker.fake_broker import FakeBroker
from tests.fakes.carried_units import InMemoryCarriedUnits
from tests.fakes.clock import FakeClock
from tests.fakes.instrument_store import InMemoryInstrumentStore
from tests.fakes.login_lock import InMemoryLoginLock
from tests.fakes.order_journal import InMemoryJournal
from tests.fakes.symbol_guard import InMemoryGuard
from tests.fakes.tasks import TurnTasks
from tests.fakes.throttle import OpenThrottle
from tests.fakes.token_store import InMemoryTokenStore
from tests.fakes.trading_state import InMemoryTradingState
from tests.fakes.turns import TurnClock

_Outcome = TypeVar("_Outcome")

SBIN: Final = InstrumentKey(Exchange.NSE, 3045)
RELIANCE: Final = InstrumentKey(Exchange.NSE, 2885)
TCS: Final = InstrumentKey(Exchange.NSE, 11536)
QUICK_BROKER: Final = SimulatorConfig(instruments=300, rate_limits=False)
PACED_BROKER: Final = SimulatorConfig(instruments=300)
"""It enforces its rate chart, by which calls are paced; after every test it must not have refused any."""
BOOKED_TO: Final = {
    AccountKind.INVESTOR: "INVEST01",
    AccountKind.NORMAL: "CLIENT01",
    AccountKind.PRO: PRO_CLIENT_MARK,
}

_LATENCY: Final = 0.02


class _Used:
    """A container and its singletons, which take long to find."""

    def __init__(self, container: Container) -> None:
        self.container = container
        self.singletons = [*container.traverse(types=[providers.BaseSingleton])]


class ContainerPool:
    """Containers that earlier tests have used: to build one takes longer than most tests.

    Attributes:
        limiters: of the brokers of the running test.
    """

    def __init__(self) -> None:
        self.limiters: list[RateLimiter] = []
        self._free: defaultdict[frozenset[tuple[str, str]], list[_Used]] = defaultdict(list)
        self._taken: list[tuple[frozenset[tuple[str, str]], _Used]] = []

    def take(self, texts: dict[str, str]) -> Container:
        """Return a container for these settings in which nothing is built yet."""
        key = frozenset(texts.items())
        used = self._free[key].pop() if self._free[key] else _Used(open_container(settings_from(texts)))
        self._taken.append((key, used))
        return used.container

    def give_back(self) -> int:
        """Let later tests use all that were taken; return how many calls were above the rate chart of their brokers."""
        above = sum(limiter.refusals for limiter in self.limiters)
        self.limiters.clear()
        for key, used in self._taken:
            for single in used.singletons:
                single.reset()
            used.container.infra.timing.reset_override()
            self._free[key].append(used)
        self._taken.clear()
        return above


CONTAINERS: Final = ContainerPool()


class Market:
    """A broker with what all processes of one account share: journal, locks, sessions, pace and instruments."""

    def __init__(
        self,
        account: AccountKind = AccountKind.PRO,
        *,
        seed: int | None = None,
        config: SimulatorConfig = QUICK_BROKER,
        client: str | None = None,
    ) -> None:
        """Open a broker for an account.

        Args:
            account: the kind of account.
            seed: draws whose turn it is among callers that could go on; left out, the first one.
            config: how the broker behaves; calls are paced by the rate chart only where the broker enforces it.
            client: the client that a dealer names; left out, the first one of a NORMAL dealer.
        """
        self.account = account
        self.clock = TurnClock(seed)
        self.client = "CLIENT01" if client is None and account is AccountKind.NORMAL else client
        self._choice = AccountChoice(account, self.client or None, rules=JAINAM.accounts)
        self.broker = FakeBroker(self._choice, config=config, clock=self.clock)
        self.broker.network.latency = _LATENCY
        CONTAINERS.limiters.append(self.broker.limiter)
        self.journal = InMemoryJournal(self.clock)
        self.carried = InMemoryCarriedUnits()
        self.tokens = InMemoryTokenStore()
        self.trading_state = InMemoryTradingState()
        self.login_lock = InMemoryLoginLock(self.clock)
        self.guard = InMemoryGuard(self.clock)
        self.throttle: Throttle = (
            PacedThrottle(rates_for(JAINAM.rates), self.clock) if config.rate_limits else OpenThrottle()
        )
        self.instruments = _listed(self.broker).copied(self.clock)

    def container(self, timing: Timing | None, settings: dict[str, str]) -> Container:
        """Wire the application of one process on this broker."""
        container = CONTAINERS.take(_settings(self._login, self.account, self.client) | settings)
        infra, ports = container.infra, container.broker
        broker = FakeBroker(self._choice, at=self.broker)
        parts: dict[providers.Provider[object], object] = {
            infra.clock: self.clock,
            infra.tasks: TurnTasks(self.clock),
            infra.tokens: self.tokens,
            infra.locks: self.login_lock,
            infra.instruments: self.instruments,
            infra.shared_journal: self.journal,
            infra.carried: self.carried,
            infra.throttle: self.throttle,
            infra.shared_state: self.trading_state,
            infra.guard: self.guard,
            ports.login: broker.login,
            ports.gateway: broker.order_gateway,
            ports.linked_orders: broker.linked_orders,
            ports.position_gateway: broker.position_gateway,
            ports.order_book: broker.order_book,
            ports.position_book: broker.position_book,
            ports.account: broker.account,
            ports.market: broker.market_data,
            ports.open_interests: broker.open_interests,
            ports.margins: broker.margins,
            ports.price_history: broker.price_history,
            ports.instrument_source: broker.instrument_source,
        } | ({infra.timing: timing} if timing else {})
        for provider, part in parts.items():
            provider.reset_override()
            provider.override(providers.Object(part))
        container.streaming.order_feed.reset_override()
        container.streaming.order_feed.override(providers.Callable(broker.open_order_feed, container.broker.sessions))
        broker.calls.source, broker.calls.throttle = ports.sessions(), self.throttle
        return container

    @property
    def _login(self) -> LoginSpec:
        logins = self.broker.exchange.config.logins
        return next(login for login in logins if login.kind is self.account)


class Trader:
    """One process that trades: the application, logged in, with today's instruments.

    Attributes:
        market: the broker, and what this process shares with others (`beside`).
        app: the use cases.
        clock: the time of everything.
    """

    def __init__(
        self,
        account: AccountKind = AccountKind.PRO,
        *,
        market: Market | None = None,
        config: SimulatorConfig = QUICK_BROKER,
        timing: Timing | None = None,
        **settings: str,
    ) -> None:
        """Log in at a broker; settings go by their names (``JAINAM_TRADING_STATE="REDUCE"``)."""
        self.market = market or Market(account, config=config)
        self.clock = self.market.clock
        self.container = self.market.container(timing, settings)
        self.app = self.container.app()
        self.session: Session = self.app.sessions.log_in().unwrap()

    # What a trader does

    def place(self, **fields: object) -> Result[Placement, BrokerError]:
        """Place an order; left out, for ten SBIN at market."""
        return self.app.place_order(self.session, read_ticket(order(**fields)))

    def rest(self, factor: str = "0.98", **fields: object) -> str:
        """Place a LIMIT order some way from the market, by default a bid two per cent below, and return its id."""
        terms = {"pricetype": "LIMIT", "price": self.price(factor)}
        return self.place(**terms | fields).unwrap().order_id

    def protect(self, quantity: int = 75, factor: str = "0.98", **fields: object) -> str:
        """Place a stop that sells at market two per cent below, and return its id."""
        stop = {"action": "SELL", "pricetype": "SL-M", "trigger_price": self.price(factor)}
        return self.place(quantity=quantity, **stop | fields).unwrap().order_id

    def smart(self, target: object, **fields: object) -> Result[Placement | NoTrade, BrokerError]:
        """Take a position to a target in signed units; left out, of SBIN MIS."""
        ticket, size = read_smart_ticket(order(quantity=0, position_size=target) | fields)
        return self.app.smart_order(self.session, ticket, size)

    def modify(self, order_id: str, **fields: object) -> Result[str, BrokerError]:
        """Give an order these terms, the others as in `order`."""
        return self.app.modify_order(self.session, order_id, read_change(order(**fields)))

    def cancel(self, order_id: str) -> Result[str, BrokerError]:
        """Cancel an order."""
        return self.app.cancel_orders.one(self.session, order_id)

    def cancel_all(self) -> Result[Cancellations, BrokerError]:
        """Cancel everything that works."""
        return self.app.cancel_orders.all(self.session)

    def close_all(self) -> CloseReport:
        """Square off everything."""
        return self.app.close_all_positions(self.session).unwrap()

    # What the exchange holds

    @property
    def exchange(self) -> SimulatedExchange:
        """The exchange itself."""
        return self.market.broker.exchange

    def net(self, key: InstrumentKey = SBIN, product: str = "MIS") -> int:
        """Return the signed units that the exchange holds for the account."""
        return self.exchange.net(self.booked_to, key, product)

    def sent(self, endpoint: str = "place") -> int:
        """Return how many requests of a kind reached the broker."""
        return self.exchange.requests[endpoint]

    def orders(self) -> list[SimOrder]:
        """Return every order that the exchange holds, oldest first."""
        return self.exchange.all_orders()

    def left(self) -> dict[Slot, int]:
        """Return the positions that are not flat."""
        return {slot: line.net for slot, line in self.exchange.positions().items() if line.net}

    def per_identifier(self) -> dict[str, list[SimOrder]]:
        """Return what the exchange holds for each intent of the journal."""
        intents = (entry.intent for entry in self.market.journal.recent(100_000))
        return {intent.identifier: self.exchange.orders_by_identifier(intent.identifier) for intent in intents}

    @property
    def booked_to(self) -> str:
        """The account at the exchange."""
        return BOOKED_TO[self.market.account]

    # The market and what goes wrong

    def price(self, factor: str, key: InstrumentKey = SBIN) -> Decimal:
        """Return a valid price some way from the last one (``"0.99"`` is one per cent below)."""
        tick = Decimal("0.05")
        return (self.exchange.market(key).last_price * Decimal(factor) / tick).to_integral_value() * tick

    def move(self, factor: str, key: InstrumentKey = SBIN) -> None:
        """Let the market trade some way from the last price."""
        self.exchange.move(key, self.price(factor, key))

    def quote_thinly(self, units: int, key: InstrumentKey = SBIN) -> None:
        """Let so many units be bought and sold at the last price, and no more."""
        level = [(self.price("1", key), units)] if units else []
        self.exchange.set_levels(key, bids=level, asks=level)

    def end_market_orders(self, every: float, units: int = 0) -> None:
        """Let the exchange end MARKET orders that still work, again and again, and then quote so many units."""
        with self.exchange.settled():
            for order in self.exchange.working_orders():
                if order.terms.price_type is PriceType.MARKET:
                    self.exchange.engine.withdraw(order)
        if units:
            self.quote_thinly(units)
        self.clock.call_later(every, partial(self.end_market_orders, every, units))

    def carry(self, units: int, key: InstrumentKey = RELIANCE, product: str = "NRML", price: int = 1300) -> Slot:
        """Start the day with a position, and return where the exchange books it."""
        slot = Slot(self.booked_to, product, key)
        self.exchange.carry_in(slot, units, Decimal(price))
        return slot

    def strike(self, kind: FaultKind, on: str = "place", **details: object) -> None:
        """Let something go wrong; see `Fault`."""
        self.exchange.faults.add(Fault(kind, on=on, **details))  # type: ignore[arg-type]

    def beside(self, **settings: str) -> "Trader":
        """Start another process of the same account."""
        return Trader(market=self.market, **settings)  # type: ignore[arg-type]

    # Instruments

    def nifty_future(self) -> Instrument:
        """Return the nearest NIFTY future."""
        found = self.market.instruments.find_key(self.exchange.universe.nearest_future("NIFTY").key)
        assert found is not None
        return found

    def unlisted(self) -> InstrumentKey:
        """Return a contract that the broker knows and our master leaves out: a spread."""
        return next(row.key for row in self.exchange.universe.listings("NSEFO") if row.kind == SPREAD)


def order(**fields: object) -> dict[str, object]:
    """Return a market order for ten SBIN, with changes."""
    return {
        "symbol": "SBIN",
        "exchange": "NSE",
        "action": "BUY",
        "quantity": 10,
        "pricetype": "MARKET",
        "product": "MIS",
    } | fields


def at_once(traders: Sequence[Trader], do: Callable[[Trader], _Outcome]) -> list[_Outcome]:
    """Let several processes do something at once; one that is named again does it from another thread."""
    return traders[0].clock.together([partial(do, trader) for trader in traders])


def error_of(outcome: Result[object, BrokerError]) -> type[BrokerError] | None:
    """Return the kind of error that an outcome is, None for a success."""
    return None if is_successful(outcome) else type(outcome.failure())


def states(report: CloseReport) -> dict[str, LegState]:
    """Return what became of each leg of a close, by symbol."""
    return {leg.symbol: leg.state for leg in report.legs}


def _settings(login: LoginSpec, account: AccountKind, client: str | None) -> dict[str, str]:
    texts = {
        "JAINAM_BASE_URL": "http://127.0.0.1:1",
        "JAINAM_DATABASE_URL": "sqlite://",
        "JAINAM_ACTIVE_ACCOUNT_TYPE": str(account),
        "JAINAM_INTERACTIVE_API_KEY": login.interactive.key,
        "JAINAM_INTERACTIVE_API_SECRET": login.interactive.secret,
        "JAINAM_MARKET_API_KEY": login.market.key,
        "JAINAM_MARKET_API_SECRET": login.market.secret,
    }
    return texts | ({"JAINAM_CLIENT_ID": client} if client else {})


def _listed(broker: FakeBroker) -> InMemoryInstrumentStore:
    config = broker.exchange.config
    return _parsed(config.instruments, config.seed, broker.exchange.day.isoformat())


@cache
def _parsed(instruments: int, seed: int, day: str) -> InMemoryInstrumentStore:
    """Return a store of what a broker lists, parsed once for all tests, which use copies of it."""
    broker = FakeBroker(config=SimulatorConfig(instruments=instruments, seed=seed), clock=FakeClock())
    assert broker.exchange.day.isoformat() == day
    source = broker.instrument_source
    return InMemoryInstrumentStore(
        *(each for exchange in source.exchanges() for each in source.download(exchange).unwrap().instruments)
    )
