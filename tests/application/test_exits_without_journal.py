"""Exits, cancels and closes go on without the order journal; entries do not, and what was done is written later."""

from collections.abc import Callable
from typing import Final

import pytest
from returns.pipeline import is_successful
from returns.result import Failure

from jainam_prop.domain.errors import Blocked, Unreadable
from jainam_prop.domain.orders.journal import IntentState
from tests.application.trading import SBIN, Trader, error_of

FULL: Final = "database or disk is full"


def full(trader: Trader) -> None:
    trader.market.journal.broken = FULL


def unreadable(trader: Trader) -> None:
    trader.market.journal.unreadable = "file is not a database"


def gone(trader: Trader) -> None:
    full(trader)
    unreadable(trader)


def locked(trader: Trader) -> None:
    trader.market.journal.lock(600.0)


def mend(trader: Trader) -> None:
    trader.market.journal.broken = trader.market.journal.unreadable = None
    trader.market.journal.locks.clear()


DAMAGES: Final = [full, unreadable, gone, locked]


@pytest.fixture
def trader() -> Trader:
    trader = Trader()
    trader.place(quantity=75)
    trader.protect(75)
    trader.rest(symbol="TCS", price="2900")
    return trader


@pytest.mark.parametrize("damage", DAMAGES)
def test_close_all_ends_flat_and_says_what_is_not_recorded(trader: Trader, damage: Callable[[Trader], None]) -> None:
    damage(trader)
    began = trader.clock.monotonic()

    report = trader.close_all()

    assert (report.is_flat, trader.net(), trader.exchange.working_orders()) == (True, 0, [])
    assert ("kept in memory" in report.message) == (damage is not unreadable)
    assert ("cannot be read" in report.message) == (damage is unreadable)
    assert trader.clock.monotonic() - began < 40.0


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_smart_order_to_zero_ends_flat(trader: Trader, damage: Callable[[Trader], None]) -> None:
    damage(trader)

    done = trader.smart(0)

    assert is_successful(done), done
    assert trader.net() == 0
    assert [order for order in trader.exchange.working_orders() if order.key == SBIN] == []


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_plain_order_that_only_reduces_is_sent(trader: Trader, damage: Callable[[Trader], None]) -> None:
    trader.cancel_all()
    damage(trader)

    placed = trader.place(action="SELL", quantity=75)

    assert is_successful(placed), placed
    assert trader.net() == 0


@pytest.mark.parametrize("damage", [full, gone, locked])
def test_an_entry_is_refused(trader: Trader, damage: Callable[[Trader], None]) -> None:
    damage(trader)
    before = trader.sent()

    assert [error_of(trader.place()), error_of(trader.place(action="SELL", quantity=76))] == [Blocked, Blocked]
    assert error_of(trader.smart(150)) in {Blocked, Unreadable}
    assert (trader.sent(), trader.net()) == (before, 75)


@pytest.mark.parametrize("damage", DAMAGES)
def test_cancels_go_on(trader: Trader, damage: Callable[[Trader], None]) -> None:
    damage(trader)
    stop, entry = (str(order.order_id) for order in trader.exchange.working_orders())

    assert is_successful(trader.cancel(stop))
    assert trader.cancel_all().unwrap().cancelled == (entry,)
    assert trader.exchange.working_orders() == []


def test_what_was_kept_in_memory_is_written_as_soon_as_it_can_be(trader: Trader) -> None:
    gone(trader)
    trader.smart(0)
    before = len(trader.market.journal.events)
    mend(trader)
    trader.clock.advance(2.0)

    newest = trader.market.journal.recent(1)[0]
    told = [event.state for of, event in trader.market.journal.events[before:] if of == newest.intent.identifier]
    assert (newest.intent.side, newest.intent.quantity, newest.state) == ("SELL", 75, IntentState.ACCEPTED)
    assert told == [IntentState.INTENDED, IntentState.ACCEPTED]
    assert len(trader.exchange.orders_by_identifier(newest.intent.identifier)) == 1
    assert is_successful(trader.smart(75))
    assert trader.app.journal.problem == ""


def test_an_exit_sent_without_a_journal_is_not_sent_twice_by_its_process(trader: Trader) -> None:
    gone(trader)
    trader.smart(0)

    trader.smart(0)
    trader.close_all()

    sold = [order for order in trader.orders() if order.intake.side == "SELL" and order.filled]
    assert (trader.net(), len(sold)) == (0, 1)


def test_without_instruments_a_close_goes_by_the_numbers_of_the_books(trader: Trader) -> None:
    trader.market.instruments.unreadable = "the database does not answer"

    report = trader.close_all()

    assert (report.is_flat, trader.net(), trader.exchange.working_orders()) == (True, 0, [])
    assert [leg.symbol for leg in report.legs] == ["SBIN"]


def test_without_instruments_an_order_is_refused_and_a_book_shows_the_broker_s_names(trader: Trader) -> None:
    trader.market.instruments.unreadable = "the database does not answer"

    assert trader.place() == Failure(Unreadable("the instruments: the database does not answer"))
    rows = trader.app.rows.positions(trader.app.read_books.positions(trader.session).unwrap())
    assert [row["symbol"] for row in rows] == ["SBIN"]
