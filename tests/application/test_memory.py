"""Memory of a process that follows orders from day to day: that of one day, however many there were.

``JAINAM_SOAK=1`` takes a month of 100,000 orders.
"""

import gc
import os
import sys
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import FrameType
from typing import Final

from jainam_prop.application.books.account import LiveAccount
from jainam_prop.application.journal import ProcessJournal
from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.orders.journal import Intent, IntentState
from jainam_prop.domain.orders.order import Order, OrderState, PriceType, Trade
from jainam_prop.entrypoints.openalgo.order_updates import OrderNews
from tests.application.test_reconcile import a_session
from tests.domain.samples import NIFTY_FUTURE, NIFTY_MIS, a_request, an_order
from tests.fakes.account_states import a_journal, some_states
from tests.fakes.clock import FakeClock
from tests.fakes.order_journal import InMemoryJournal

SOAK: Final = bool(os.environ.get("JAINAM_SOAK"))  # noqa: TID251 (a switch of the tests)
DAYS, ORDERS = (20, 5_000) if SOAK else (4, 300)


class Day:
    """One process, which places orders and hears of them."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.shared = InMemoryJournal(self.clock)
        self.journal: ProcessJournal = a_journal(self.clock, self.shared)
        self.account: LiveAccount = some_states(self.clock, self.journal).of(a_session())
        self.account.feed_connected()
        self.news = OrderNews()

    def stamp(self) -> datetime:
        return self.clock.now().astimezone(IST).replace(tzinfo=None)

    def order(self, number: int) -> int:
        """Place an order with an id that every day uses again, hear its life, and return how much of it was news."""
        identifier, made_at = f"jp{self.clock.now():%y%m%d}{number}", self.clock.now()
        request = a_request(NIFTY_FUTURE, price_type=PriceType.MARKET, identifier=identifier)
        self.journal.begin((Intent.of(request, made_at),))
        self.journal.note(identifier, IntentState.ACCEPTED, str(number))
        self.account.take_in(self.journal.entries_for(NIFTY_MIS, made_at))
        self.clock.advance(0.1)
        named = {"order_id": str(number), "identifier": identifier, "updated_at": self.stamp()}
        row, filled = an_order(**named), an_order(**named, state=OrderState.FILLED, filled=75, pending=0)
        states = [row, filled]
        for state in states:
            self.account.hear(state)
        self.account.hear(self.trade(row))
        return sum(self.news.admits(state) for state in states)

    def trade(self, row: Order) -> Trade:
        return Trade(
            f"T{row.order_id}",
            row.order_id,
            row.identifier,
            row.instrument,
            row.broker_symbol,
            row.side,
            row.product,
            row.quantity,
            Decimal(100),
            row.updated_at,
        )

    def pass_the_night(self) -> None:
        """Wait for the next day, whose first hour prunes the journal."""
        self.clock.advance(timedelta(days=1).total_seconds() - 0.1 * ORDERS)
        self.journal.prune(datetime(3000, 1, 1, tzinfo=UTC))
        self.clock.slept.clear()


def test_a_process_holds_one_day_and_no_order_of_a_day_silences_another() -> None:
    day, held, news = Day(), list[int](), list[int]()
    gc.collect()  # empties Python's lists of free objects: what is taken from them is not counted, until it is replaced
    tracemalloc.start()
    try:
        for _ in range(DAYS):
            news.append(sum(day.order(number) for number in range(ORDERS)))
            gc.collect()
            held.append(tracemalloc.get_traced_memory()[0])
            day.pass_the_night()
    finally:
        tracemalloc.stop()

    assert news == [2 * ORDERS] * DAYS
    assert max(held) < 1.05 * held[0], held


def calls_of(run: Callable[[], object]) -> int:
    """Return how many Python functions a call takes, itself included; it does not depend on the machine."""
    calls = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        run()
    finally:
        sys.setprofile(None)
    return calls


def test_no_order_pays_for_those_of_the_last_two_minutes() -> None:
    journal, clock = a_journal(FakeClock()), FakeClock()
    request = a_request(NIFTY_FUTURE, price_type=PriceType.MARKET)

    def begin(numbers: range) -> None:
        for number in numbers:
            journal.begin((Intent.of(replace(request, identifier=f"jp{number:018}"), clock.now()),))

    first, last = calls_of(lambda: begin(range(200))), calls_of(lambda: begin(range(200, 1_200)))
    assert last < 5 * 2 * first


def test_what_every_book_shows_by_now_is_forgotten() -> None:
    clock = FakeClock()
    shared = InMemoryJournal(clock)
    journal = a_journal(clock, shared)
    request = a_request(NIFTY_FUTURE, price_type=PriceType.MARKET)
    for number in range(700):
        identifier = f"jp{number:018}"
        journal.begin((Intent.of(replace(request, identifier=identifier), clock.now()),))
        journal.note(identifier, IntentState.ACCEPTED, str(number))
        clock.advance(0.3)
    shared.unreadable = "gone"
    kept = journal.entries_since(clock.now() - timedelta(days=1), exits=True)
    assert [entry.order_id for entry in kept] == [str(number) for number in range(700 - len(kept), 700)]
    assert 400 <= len(kept) <= 400 + 10 / 0.3 + 1
