"""A random exchange against the account state: whenever the state calls a position exact, the exchange agrees.

Orders of ours and of another login, fills at once or later, replies that are lost, books that lag and lose rows, events
that are lost, come twice or out of order, and connections that break, in any order. The product makes no call here
(books are read past its throttle), so that there is no rate chart to assert; `test_rate_chart` does.
"""

import os
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from itertools import count
from typing import Final, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from jainam_prop.adapters.simulator.exchange.orders import Intake, SimOrder, Terms
from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.xts.profiles.jainam import PRO_CLIENT_MARK
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.orders.journal import Intent, IntentState
from jainam_prop.domain.orders.order import PriceType, Product, Side, Validity
from jainam_prop.domain.positions.net_position import Exact
from jainam_prop.domain.positions.position import OrderFeedEvent, PositionKey
from tests.application.trading import CONTAINERS, Trader
from tests.domain.samples import SBIN, a_request
from tests.fakes.broker.portfolio import trade

_Row = TypeVar("_Row")

SOAK: Final = bool(os.environ.get("JAINAM_SOAK"))  # noqa: TID251 (a switch of the tests)
OTHER: Final = "OTHER01"
PRODUCTS: Final = (Product.MIS, Product.NRML, Product.CNC)
ZERO: Final = Decimal(0)
FAR: Final = 3.0
"""Per cent from the market at which orders rest."""

units = st.integers(-9, 9).filter(bool)
products = st.sampled_from(PRODUCTS)


class AccountModel(RuleBasedStateMachine):
    """One account at an exchange, and what a process believes of it."""

    @initialize(
        carried=st.integers(-20, 20),
        hides=st.booleans(),
        position_lag=st.sampled_from([0.0, 1.0, 4.0, 8.0, 20.0, 60.0, 600.0]),
        order_lag=st.sampled_from([0.0, 0.0, 1.0, 5.0]),
        looks=st.booleans(),
    )
    def begin(self, carried: int, position_lag: float, order_lag: float, *, hides: bool, looks: bool) -> None:
        process = Trader()
        self.clock, self.broker, self.exchange = process.clock, process.market.broker, process.exchange
        self.exchange.set_funds(PRO_CLIENT_MARK, Decimal(10**12))
        self.listing = self.exchange.find(Exchange.NSE, "SBIN-EQ")
        if carried:
            self.exchange.carry_in(self.slot(Product.NRML), carried, Decimal(800))
        self.broker.books.position_lag, self.broker.books.order_lag = position_lag, order_lag
        self.broker.books.hides_other_logins = hides
        self.session, self.sessions = process.session, process.app.sessions
        self.journal = process.market.journal
        self.account = process.container.trading.states().of(self.session)
        self.numbers = count(1)
        self.foreign: dict[Product, list[tuple[float, int]]] = {product: [] for product in PRODUCTS}
        self.looked_at = float("-inf")
        self.has_lost = False
        if looks:
            self.look()

    # What happens at the exchange

    @rule(product=products, size=units, reply=st.booleans())
    def trade_at_market(self, product: Product, size: int, *, reply: bool) -> None:
        self.send(product, size, PriceType.MARKET, ZERO, reply=reply)

    @rule(product=products, size=units)
    def rest(self, product: Product, size: int) -> None:
        percent = Decimal(1) - Decimal(FAR if size > 0 else -FAR) / 100
        price = (self.exchange.market(SBIN.key).last_price * percent / SBIN.tick_size).to_integral_value()
        self.send(product, size, PriceType.LIMIT, price * SBIN.tick_size, reply=True)

    @rule(up=st.booleans())
    def move(self, *, up: bool) -> None:
        price = Decimal("803.50") if up else Decimal("756.70")
        self.exchange.move(SBIN.key, price)
        self.exchange.move(SBIN.key, Decimal("780.10"))

    @rule()
    def cancel(self) -> None:
        for order in self.exchange.working_orders()[:1]:
            self.exchange.order_entry.cancel(PRO_CLIENT_MARK, order.order_id)

    @rule(product=products, size=units)
    def another_login_trades(self, product: Product, size: int) -> None:
        trade(self.exchange, PRO_CLIENT_MARK, self.listing, product, size, OTHER)
        self.foreign[product].append((self.clock.monotonic(), size))

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.0, 3.0, 10.0, 30.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.clock.advance(seconds)

    # What the process hears of it

    @rule()
    def look(self) -> None:
        """Read both books as a decision does: positions first."""
        positions = self.broker.position_book.positions(self.session, 5.0).unwrap()
        self.account.see_positions(positions, self.clock.monotonic())
        self.has_lost = self.has_lost and self.broker.books.positions is not None
        self.look_at_orders()

    @rule()
    def look_at_orders(self) -> None:
        began = self.clock.monotonic()
        self.account.see_orders(self.broker.order_book.orders(self.session, 5.0).unwrap(), began)
        self.looked_at = self.clock.monotonic()

    @rule(twice=st.booleans())
    def lose_or_double_rows(self, *, twice: bool) -> None:
        """Look once at books of which each row is lost, or comes twice; not lost again before a true look.

        A row that two looks in a row have never shown counts as absent.
        """
        if self.has_lost and not twice:
            return
        self.has_lost, books = not twice, self.broker.books
        books.orders = books.positions = _twice if twice else _nothing
        self.look()
        books.orders = books.positions = None
        self.looked_at = float("-inf")

    @rule(jitter=st.sampled_from([0.0, 2.0]), lost=st.sampled_from([0.0, 0.5]), twice=st.sampled_from([0.0, 0.5]))
    def connect(self, jitter: float, lost: float, twice: float) -> None:
        if self.broker.feeds:
            return
        faults = self.broker.feed
        faults.jitter, faults.lost, faults.twice = jitter, lost, twice
        feed = self.broker.open_order_feed(self.sessions)
        connected = partial(self.account.feed_connected, lambda: feed.health().is_connected)
        feed.start(self.hear, lambda _session: connected())
        self.clock.advance(0.1)

    @rule()
    def disconnect(self) -> None:
        for feed in self.broker.feeds:
            feed.drop(5.0)

    def hear(self, event: OrderFeedEvent) -> None:
        self.account.hear(event)

    # What must be true

    @invariant()
    def exact_positions_are_true(self) -> None:
        if not hasattr(self, "looked_at") or self.looked_at < self.clock.monotonic():
            return
        for product in PRODUCTS:
            key = PositionKey(SBIN.key, product)
            view = self.account.view(key, self.journal.entries_for(key, self.clock.now().replace(hour=0)))
            if isinstance(view.net, Exact):
                pending = [order.units for order in view.working] + [order.units for order in view.unresolved]
                least = view.net.net + sum(each for each in pending if each < 0)
                most = view.net.net + sum(each for each in pending if each > 0)
                own = self.exchange.net(PRO_CLIENT_MARK, SBIN.key, product) - sum(
                    size for _, size in self.foreign[product]
                )
                known = {own + total for total in self.foreign_totals(product)}
                assert any(least <= each <= most for each in known), (product, view.net, view.working, own, known)

    def foreign_totals(self, product: Product) -> set[int]:
        """Return what another login's trades may come to as far as the process can know.

        What is older than the order book's lag is known, or nothing of it where the book hides it; of the rest any part
        may have been heard, because events get lost and overtake each other.
        """
        books, now = self.broker.books, self.clock.monotonic()
        since = float("-inf") if books.hides_other_logins else now - books.order_lag - 0.1
        totals = {sum(size for at, size in self.foreign[product] if at < since)}
        for at, size in self.foreign[product]:
            if at >= since:
                totals |= {total + size for total in totals}
        return totals

    def teardown(self) -> None:
        CONTAINERS.give_back()

    def slot(self, product: Product) -> Slot:
        return Slot(PRO_CLIENT_MARK, product.value, SBIN.key)

    def send(self, product: Product, size: int, kind: PriceType, price: Decimal, *, reply: bool) -> None:
        """Send an order as the application does: journalled before, its outcome noted after."""
        identifier = f"jp{next(self.numbers)}"
        side = Side.BUY if size > 0 else Side.SELL
        request = a_request(
            SBIN, side=side, product=product, price_type=kind, quantity=abs(size), price=price, identifier=identifier
        )
        self.journal.begin((Intent.of(request, self.clock.now()),))
        self.clock.advance(0.01)
        terms = Terms(product.value, kind, abs(size), price, ZERO, 0, Validity.DAY)
        login = self.session.user_id
        order = self.exchange.order_entry.place(Intake(login, PRO_CLIENT_MARK, self.listing, side, terms, identifier))
        self.clock.advance(0.01)
        self.settle(order, identifier, reply=reply)

    def settle(self, order: SimOrder, identifier: str, *, reply: bool) -> None:
        if not reply:
            self.journal.note(identifier, IntentState.UNKNOWN)
            return
        self.journal.note(identifier, IntentState.ACCEPTED, str(order.order_id))
        self.account.take_in([entry for entry in self.journal.recent(10_000) if entry.intent.identifier == identifier])


def _twice(rows: Sequence[_Row]) -> Sequence[_Row]:
    return [*rows, *rows]


def _nothing(rows: Sequence[_Row]) -> Sequence[_Row]:
    return rows[:0]


TestAccountModel = AccountModel.TestCase
TestAccountModel.settings = settings(
    max_examples=24_000 if SOAK else 240,  # of 43 steps on average, which makes a million, or ten thousand
    stateful_step_count=50,
    derandomize=not SOAK,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
