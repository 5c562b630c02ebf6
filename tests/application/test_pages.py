"""Pages that are opened again within a second: no read where nothing has changed, and the same rows as the books'."""

import random
from collections.abc import Callable

import pytest
from returns.result import Success

from jainam_prop.domain.exchange import Exchange
from tests.application.trading import SBIN, Trader
from tests.fakes.broker.portfolio import trade


def pages(trader: Trader) -> tuple[object, object]:
    """Return the rows of both pages."""
    books = trader.app.read_books
    return books.orders(trader.session), books.positions(trader.session)


def books(trader: Trader) -> tuple[object, object]:
    """Return what the broker shows at this moment."""
    broker = trader.market.broker
    return broker.order_book.orders(trader.session, 5.0), broker.position_book.positions(trader.session, 5.0)


def reads(trader: Trader) -> tuple[int, int]:
    return trader.sent("dealer_order_book"), trader.sent("dealer_positions")


def trade_elsewhere(trader: Trader) -> None:
    listing = trader.exchange.find(Exchange.NSE, "SBIN-EQ")
    trade(trader.exchange, trader.booked_to, listing, "MIS", 10, "OTHER01")


@pytest.fixture
def settled(trader: Trader) -> Trader:
    """A trader with a feed, a position, and pages that were opened."""
    trader.app.follow_orders().start(trader.session)
    trader.clock.advance(3.0)
    trader.place()
    trader.clock.advance(2.0)
    pages(trader)
    return trader


@pytest.mark.parametrize(
    ("happens", "again"),
    [
        pytest.param(lambda _trader: None, (0, 0), id="nothing"),
        pytest.param(lambda trader: trader.clock.advance(1.1), (1, 1), id="a-second-passes"),
        pytest.param(lambda trader: trader.rest(), (1, 1), id="an-order-rests"),
        pytest.param(lambda trader: trader.place(), (1, 1), id="an-order-fills"),
        pytest.param(trade_elsewhere, (1, 1), id="another-terminal-trades"),
        pytest.param(lambda trader: trader.market.broker.feeds[0].drop(5.0), (1, 0), id="the-feed-is-lost"),
    ],
)
def test_a_page_is_read_again_only_after_something_happened(
    settled: Trader, happens: Callable[[Trader], object], again: tuple[int, int]
) -> None:
    happens(settled)
    settled.clock.advance(0.05)
    before = reads(settled)

    pages(settled)

    after = reads(settled)
    assert (after[0] - before[0], after[1] - before[1]) == again


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("with_feed", [True, False])
def test_the_rows_of_pages_are_those_of_the_books(trader: Trader, seed: int, *, with_feed: bool) -> None:
    chance = random.Random(seed)  # noqa: S311 (reproducible on purpose)
    trader.carry(30, SBIN, "NRML")
    if with_feed:
        trader.app.follow_orders().start(trader.session)
        trader.clock.advance(3.0)
    served = 0
    for _ in range(60):
        chance.choice((trader.place, trader.rest, trader.cancel_all, lambda: trade_elsewhere(trader), bool))()
        trader.smart(chance.choice((20, -20)))
        trader.clock.advance(chance.choice((0.05, 0.3, 1.1)) if with_feed else 1.1)
        for _ in range(2):
            before = reads(trader)
            assert pages(trader) == books(trader)
            served += reads(trader)[1] == before[1] + 1  # the one of `books`

    assert served >= 50


def test_an_order_of_another_process_of_the_store_makes_the_page_be_read_again(settled: Trader) -> None:
    other = settled.beside()
    assert isinstance(other.place(quantity=5), Success)

    assert pages(settled) == books(settled)


def test_without_a_feed_a_page_is_shown_again_once_the_order_book_was_read_beside_it(trader: Trader) -> None:
    trader.place()
    trader.clock.advance(2.0)
    for _ in range(2):
        trader.app.read_books.positions(trader.session)
        trader.clock.advance(0.3)
    before = reads(trader)

    trader.app.read_books.positions(trader.session)

    assert reads(trader) == before
