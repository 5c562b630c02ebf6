"""Books that lag, with the feed and without, and other logins that trade the same contract.

Apart from what another login did, the exchange never holds anything but the target or what was there before, and every
word is true. All lags are seconds of a clock that the test moves.
"""

import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import pytest
from returns.pipeline import is_successful

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.positions.position import Position
from jainam_prop.domain.positions.smart_order import NoTrade
from tests.application.trading import PACED_BROKER, SBIN, Market, Trader, at_once
from tests.fakes.broker.portfolio import reversed_positions, trade

POSITION_LAGS: Final = (1, 4, 8, 20, 60, 600)
ORDER_LAGS: Final = (0, 1, 5)
PRODUCTS: Final = ("MIS", "NRML", "CNC")
OTHER: Final = "OTHER01"


@dataclass
class Truth:
    """What the exchange holds of one position, with our own trades told from those of another login."""

    trader: Trader
    product: str
    key: InstrumentKey = SBIN
    began_with: int = 0
    seen: list[int] = field(default_factory=list)

    @property
    def net(self) -> int:
        return self.trader.net(self.key, self.product)

    @property
    def own(self) -> int:
        """What was there at first, and what our login traded."""
        done = self.trader.exchange.executions()
        return self.began_with + sum(one.signed for one in done if one.order.intake.login != OTHER)

    def foreign(self, seconds: float) -> set[int]:
        """What the other login's trades added up to at any moment of the last seconds."""
        since = self.trader.clock.now().timestamp() - seconds if seconds < float("inf") else 0.0
        total, totals = 0, {0}
        for one in self.trader.exchange.executions():
            if one.order.intake.login == OTHER:
                before, total = total, total + one.signed
                totals = totals | {total} if one.at.timestamp() >= since else {total}
                totals |= {before} if one.at.timestamp() >= since else set()
        return totals


def market(lag: float, order_lag: float, *, seed: int = 0) -> Market:
    made = Market(seed=seed, config=PACED_BROKER)
    made.broker.books.position_lag, made.broker.books.order_lag = float(lag), float(order_lag)
    return made


def follow(trader: Trader) -> None:
    """Start the order feed of a process."""
    trader.app.follow_orders()(lambda _event: None)
    trader.clock.advance(1.0)


def pauses(lag: float) -> list[float]:
    """Pauses between signals over the length of a lag: a second, or longer where that would be too many signals."""
    count = min(int(lag) + 2, 12)
    return [max(1.0, lag / count)] * count


def signal(trader: Trader, truth: Truth, target: int, lag: float) -> None:
    """Send one smart order and compare what is said and done with the truth."""
    before = truth.own
    outcome = trader.smart(target, product=truth.product)
    trader.clock.advance(0.2)
    allowed = {target - foreign for foreign in truth.foreign(lag + 30.0)}
    assert truth.own == before or truth.own in allowed, (before, target, truth.own, outcome)
    if is_successful(outcome):
        word = outcome.unwrap()
        assert truth.own in allowed, (isinstance(word, NoTrade), word)


def combinations() -> list[object]:
    """All lags, products and ways to hear."""
    return [
        pytest.param(
            lag,
            order_lag,
            product,
            with_feed,
            id=f"{lag}s-{order_lag}s-{product}-{'feed' if with_feed else 'books'}",
        )
        for lag, order_lag, product, with_feed in itertools.product(POSITION_LAGS, ORDER_LAGS, PRODUCTS, (True, False))
    ]


@pytest.mark.parametrize(("lag", "order_lag", "product", "with_feed"), combinations())
def test_smart_orders_that_repeat_while_books_lag_reach_their_targets_and_nothing_else(
    lag: float, order_lag: float, product: str, *, with_feed: bool
) -> None:
    trader = Trader(market=market(lag, order_lag))
    truth = Truth(trader, product)
    if with_feed:
        follow(trader)

    for target in (10, 4, 0):
        for pause in pauses(lag)[:5]:
            signal(trader, truth, target, 0)
            trader.clock.advance(pause)

    trader.clock.advance(lag + order_lag + 30.0)
    signal(trader, truth, 0, 0)
    assert truth.net == 0


@pytest.mark.parametrize(("lag", "order_lag", "product", "with_feed"), combinations())
def test_a_close_before_during_and_after_a_lag_reverses_nothing_and_says_flat_only_when_it_is(
    lag: float, order_lag: float, product: str, *, with_feed: bool
) -> None:
    trader = Trader(market=market(lag, order_lag))
    if with_feed:
        follow(trader)
    for moment in (0.0, lag / 2, lag + order_lag + 10.0):
        trader.place(quantity=10, product=product)
        trader.place(quantity=10, product=product, action="SELL")
        trader.clock.advance(moment)

        first = trader.close_all()

        assert trader.net(product=product) == 0, first
        trader.place(quantity=10, product=product)
        trader.clock.advance(moment)
        for report in (trader.close_all(), trader.close_all()):
            assert trader.net(product=product) in {0, 10}, report
            assert not report.is_flat or trader.net(product=product) == 0, report
        trader.clock.advance(lag + order_lag + 30.0)
        assert trader.close_all().is_flat
        assert trader.net(product=product) == 0
    assert reversed_positions(trader.exchange, {}) == []


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("lag", "order_lag"), [(4, 1), (8, 0), (20, 1), (60, 5)])
@pytest.mark.parametrize("product", PRODUCTS)
def test_four_processes_with_one_target_send_one_order(lag: float, order_lag: float, product: str, seed: int) -> None:
    trader = Trader(market=market(lag, order_lag, seed=seed))
    processes = [trader, *(trader.beside() for _ in range(3))]

    # The depository holds ten shares: a sale of them is a delivery, which no target of zero buys back.
    for target in (10, 20, 0) if product == "CNC" else (10, -10, 0):
        before = trader.net(product=product)
        for _ in range(3):
            at_once(processes, lambda one, target=target: one.smart(target, product=product))  # type: ignore[misc]
            assert trader.net(product=product) in {before, target}
            trader.clock.advance(1.0)
        trader.clock.advance(lag + order_lag + 30.0)
        at_once(processes, lambda one, target=target: one.smart(target, product=product))  # type: ignore[misc]
        assert trader.net(product=product) == target


@pytest.mark.parametrize("hides", [True, False], ids=["hidden", "shown"])
@pytest.mark.parametrize("with_feed", [True, False], ids=["feed", "books"])
@pytest.mark.parametrize(("lag", "order_lag"), [(1, 0), (8, 1), (20, 5)])
@pytest.mark.parametrize("seed", range(3))
def test_another_login_that_trades_the_same_contract_is_neither_missed_nor_undone(
    lag: float, order_lag: float, seed: int, *, hides: bool, with_feed: bool
) -> None:
    chance = random.Random(seed)  # noqa: S311
    trader = Trader(market=market(lag, order_lag, seed=seed))
    truth = Truth(trader, "NRML")
    trader.market.broker.books.hides_other_logins = hides
    if with_feed:
        follow(trader)
    listing = trader.exchange.find(Exchange.NSE, "SBIN-EQ")

    for _ in range(6):
        if chance.random() < 0.5:
            units = chance.choice([-5, -2, 3, 7])
            trader.clock.call_later(
                chance.random() * 3.0,
                lambda units=units: trade(trader.exchange, trader.booked_to, listing, "NRML", units, OTHER),  # type: ignore[misc]
            )
        # Hidden trades are only in the position book, which no decision reads while the orders explain everything.
        signal(trader, truth, chance.choice([0, 10, -10]), float("inf") if hides else lag + order_lag)
        trader.clock.advance(chance.random() * 2 * lag)

    trader.clock.advance(lag + order_lag + 30.0)
    foreign = sum(one.signed for one in trader.exchange.executions() if one.order.intake.login == OTHER)
    assert truth.net == truth.own + foreign


class TestRows:
    """Rows that vanish, come twice or have the wrong sign, in either book."""

    @pytest.mark.parametrize("product", PRODUCTS)
    @pytest.mark.parametrize("start", [10, 0])
    def test_a_position_row_with_the_wrong_sign_is_not_traded_upon(self, product: str, start: int) -> None:
        trader = Trader(config=PACED_BROKER)
        trader.close_all()  # the first look, before any fill
        if start:
            trader.place(quantity=start, product=product)
        trader.market.broker.books.positions = negated

        for target in (4, 4, 0):
            before = trader.net(product=product)
            trader.smart(target, product=product)
            assert trader.net(product=product) in {before, target}
            trader.clock.advance(30.0)

    @pytest.mark.parametrize("product", PRODUCTS)
    @pytest.mark.parametrize(
        "book",
        ["orders", "positions"],
    )
    def test_rows_that_come_twice_count_once(self, product: str, book: str) -> None:
        trader = Trader(config=PACED_BROKER)
        trader.place(quantity=10, product=product)
        setattr(trader.market.broker.books, book, lambda rows: [*rows, *rows])

        for target in (4, 4):
            before = trader.net(product=product)
            trader.smart(target, product=product)
            assert trader.net(product=product) in {before, target}
            trader.clock.advance(10.0)

    @pytest.mark.parametrize("book", ["orders", "positions"])
    @pytest.mark.parametrize("product", PRODUCTS)
    def test_a_row_that_vanishes_does_not_keep_its_position_unknown_for_the_day(self, product: str, book: str) -> None:
        trader = Trader(config=PACED_BROKER)
        trader.place(quantity=10, product=product)
        trader.smart(10, product=product)
        setattr(trader.market.broker.books, book, lambda _rows: [])
        trader.smart(4, product=product)
        assert trader.net(product=product) in {10, 4}
        setattr(trader.market.broker.books, book, None)
        trader.clock.advance(600.0)

        assert trader.close_all().is_flat
        assert trader.net(product=product) == 0

    def test_an_order_that_vanishes_from_its_book_for_good_keeps_no_position_from_being_closed(self) -> None:
        trader = Trader(config=PACED_BROKER)
        trader.place(quantity=10)
        order_id = trader.rest(quantity=10)
        trader.smart(10)
        trader.cancel(order_id)
        trader.market.broker.books.orders = lambda rows: [row for row in rows if row.order_id != order_id]
        trader.clock.advance(600.0)

        report = trader.close_all()

        assert (report.is_flat, trader.net()) == (True, 0)


def negated(rows: Sequence[Position]) -> Sequence[Position]:
    return [row._replace(net=-row.net) for row in rows]
