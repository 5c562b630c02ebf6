"""Reconciling positions: which books a decision reads, and what account and day a carried position belongs to."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import pytest
from returns.pipeline import is_successful

from jainam_prop.application.books.books import Books
from jainam_prop.application.books.reconcile import PositionReconciler
from jainam_prop.application.ports.runtime import Unmetered
from jainam_prop.domain.deadlines import Deadline, Timing
from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.orders.order import Order, OrderState, Side
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import Account, AccountKind, Session
from tests.domain.samples import NIFTY_MIS, NIFTY_NRML, a_position, an_order
from tests.fakes.account_states import a_journal, some_states
from tests.fakes.books import FakeBooks
from tests.fakes.clock import A_MORNING, FakeClock
from tests.fakes.tasks import NoTasks
from tests.fakes.throttle import OpenThrottle

FILLED: Final = {"state": OrderState.FILLED, "quantity": 75, "filled": 75, "pending": 0}


def a_session(client: str = "CLIENT01") -> Session:
    account = Account(AccountKind.NORMAL, client)
    return Session("DEALER01", account, "token", None, expires_at=A_MORNING + timedelta(hours=200))


@dataclass
class Process:
    """One process that asks for positions of books that a test sets."""

    clock: FakeClock = field(default_factory=FakeClock)
    rows: FakeBooks = field(default_factory=FakeBooks)

    def __post_init__(self) -> None:
        self.journal = a_journal(self.clock)
        self.states = some_states(self.clock, self.journal)
        books = Books(self.rows, self.rows, self.states, OpenThrottle(), self.clock)
        self.reconciler = PositionReconciler(books, self.states, self.journal, NoTasks(), self.clock, Timing())

    def fill(self, key: PositionKey = NIFTY_NRML, side: Side = Side.BUY, order_id: str = "1") -> Order:
        """Return an order of another terminal for 75 units that is filled five seconds from now."""
        self.clock.advance(5)
        now = self.clock.now().astimezone(IST).replace(tzinfo=None)
        return an_order(key, side=side, order_id=order_id, updated_at=now, **FILLED)

    def asks(self, key: PositionKey = NIFTY_NRML, client: str = "CLIENT01") -> int | str:
        """Return a net position from one look, or why it is not certain."""
        self.clock.advance(1)
        now = self.clock.monotonic()
        reading = self.reconciler.look(a_session(client), (key,), Deadline(now + 10), now)[key]
        if not is_successful(reading):
            return reading.failure().message
        return reading.unwrap().doubt or reading.unwrap().net


@pytest.fixture
def process() -> Process:
    """A process that has seen 75 units carried into the day."""
    process = Process()
    process.rows.position_rows = (a_position(NIFTY_NRML, 75),)
    assert process.asks() == 75
    return process


@pytest.mark.parametrize(
    "shown",
    [
        pytest.param(150, id="the-position-book-shows-the-fill"),
        pytest.param(75, id="the-position-book-is-behind"),
        pytest.param(None, id="the-position-book-cannot-be-read"),
    ],
)
def test_what_was_carried_and_filled_is_the_position(process: Process, shown: int | None) -> None:
    process.rows.order_rows = (process.fill(),)
    process.rows.position_rows = None if shown is None else (a_position(NIFTY_NRML, shown),)

    assert process.asks() == 150


def test_a_settled_position_is_decided_by_the_order_book_alone(process: Process) -> None:
    process.rows.position_reads = 0

    assert (process.asks(), process.rows.position_reads, process.rows.reads) == (75, 0, 2)


def test_an_intraday_position_needs_no_position_book() -> None:
    process = Process()
    process.rows.order_rows = (process.fill(NIFTY_MIS),)

    assert (process.asks(NIFTY_MIS), process.rows.position_reads) == (75, 0)


def test_with_a_current_order_feed_a_settled_position_is_decided_without_a_read(process: Process) -> None:
    account = process.states.of(a_session())
    account.feed_connected()
    assert process.asks() == 75  # the order book of the gap
    process.rows.reads = process.rows.position_reads = 0
    account.hear(process.fill(side=Side.SELL))

    assert (process.asks(), process.rows.reads, process.rows.position_reads) == (0, 0, 0)


@pytest.mark.parametrize("lost", ["never connected", "lost", "reconnected"])
def test_without_a_current_feed_the_order_book_is_read(process: Process, lost: str) -> None:
    account, connections = process.states.of(a_session()), [True]
    if lost != "never connected":
        account.feed_connected(lambda: connections[-1])
        assert process.asks() == 75
        connections.append(False)
    if lost == "reconnected":
        account.feed_connected()
    process.rows.reads = 0

    assert (process.asks(), process.rows.reads) == (75, 1)


def test_a_contradiction_is_named_with_both_figures(process: Process) -> None:
    process.rows.order_rows = (process.fill(),)
    process.rows.position_rows = (a_position(NIFTY_NRML, 40),)
    now = process.clock.monotonic()
    process.reconciler.settle(a_session(), Deadline(now))

    assert process.asks() == (
        "position unknown: the position book contains trades that the order book does not show "
        "(by fills +150, by the position book +40)"
    )


def test_a_read_that_the_time_ends_does_not_hide_why_a_position_is_not_certain(process: Process) -> None:
    process.rows.order_rows = (process.fill(),)
    process.rows.position_rows = (a_position(NIFTY_NRML, 40),)
    now = process.clock.monotonic()
    process.reconciler.settle(a_session(), Deadline(now))

    def ends_late(left: float) -> bool:
        process.clock.advance(left if left < 1 else 0.0)
        return left < 1

    process.rows.ends_late = ends_late
    reading = process.reconciler.one(a_session(), NIFTY_NRML, Deadline(now + 10), now)

    assert process.clock.monotonic() == now + 10
    assert reading.failure().message.endswith(
        "the position book contains trades that the order book does not show (by fills +150, by the position book +40)"
    )


def test_a_contradiction_is_counted_for_operators(process: Process) -> None:
    counts: list[str] = []
    meter = Unmetered()
    meter.doubted = lambda: counts.append("doubt")  # type: ignore[method-assign]
    process.reconciler.meter = meter
    process.rows.order_rows = (process.fill(),)
    process.rows.position_rows = (a_position(NIFTY_NRML, 40),)
    process.reconciler.settle(a_session(), Deadline(process.clock.monotonic()))
    process.asks()

    assert counts == ["doubt"]


def test_another_client_starts_without_what_was_carried(process: Process) -> None:
    process.rows.order_rows = (process.fill(),)
    process.rows.position_rows = (a_position(NIFTY_NRML, 150),)

    assert process.states.of(a_session("CLIENT02")).positions() == {}
    assert process.asks() == 150


def test_another_process_of_the_store_takes_over_what_was_settled(process: Process) -> None:
    other = Process(process.clock)
    other.states = process.states.__class__(other.journal, process.states.carried_units, process.clock)
    books = Books(other.rows, other.rows, other.states, OpenThrottle(), other.clock)
    other.reconciler = PositionReconciler(books, other.states, other.journal, NoTasks(), other.clock, Timing())
    other.rows.order_rows = (process.fill(),)
    other.rows.position_rows = (a_position(NIFTY_NRML, 75),)

    assert other.asks() == 150


@pytest.mark.parametrize(
    ("hours", "certain"),
    [
        pytest.param(15.0, True, id="after-midnight-the-books-may-still-be-those-of-yesterday"),
        pytest.param(23.0, False, id="half-past-eight"),
    ],
)
def test_another_day_starts_from_nothing_once_the_books_have_turned(
    process: Process, hours: float, *, certain: bool
) -> None:
    process.clock.advance(hours * 3600)
    process.rows.order_rows = (process.fill(),)
    process.rows.position_rows = (a_position(NIFTY_NRML, 150),)

    assert (process.asks() == 150) is certain
