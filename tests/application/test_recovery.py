"""Looking up what an earlier process left open: once, beside the caller, and without ever failing it."""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TypeVar

import pytest
from returns.result import Success

from jainam_prop.application.books.books import Books
from jainam_prop.application.ports.journal import JournalUnreadableError
from jainam_prop.application.recovery import Recovery
from jainam_prop.application.timing import Timing
from jainam_prop.domain.orders.journal import Intent, IntentState, JournalEntry
from jainam_prop.domain.orders.order import Order, OrderState
from jainam_prop.domain.sessions.session import Account, AccountKind, Session
from tests.domain.samples import a_request, an_order
from tests.fakes.account_states import a_journal, some_states
from tests.fakes.books import FakeBooks
from tests.fakes.clock import A_MORNING, FakeClock
from tests.fakes.order_journal import InMemoryJournal
from tests.fakes.throttle import OpenThrottle

_Outcome = TypeVar("_Outcome")

SESSION = Session(
    "INVEST01",
    Account(AccountKind.INVESTOR),
    "token",
    None,
    expires_at=A_MORNING + timedelta(hours=20),
)
MARK = "jp0mmk4mv1loxyydezg1"


class LaterTasks:
    """Keeps what is to be done on the side until a test lets it happen."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], object]] = []

    def run(self, tasks: Sequence[Callable[[], _Outcome]]) -> list[_Outcome]:
        return [task() for task in tasks]

    def start(self, task: Callable[[], object]) -> None:
        self.waiting.append(task)

    def catch_up(self) -> int:
        """Do it all, and return how much there was."""
        tasks, self.waiting = self.waiting, []
        for task in tasks:
            task()
        return len(tasks)


class UnreadableJournal(InMemoryJournal):
    def open_entries(self) -> tuple[JournalEntry, ...]:
        message = "the disk is gone"
        raise JournalUnreadableError(message)


class Office:
    def __init__(self, journal: InMemoryJournal | None = None) -> None:
        self.clock, self.book, self.tasks = FakeClock(), FakeBooks(), LaterTasks()
        self.journal = journal or InMemoryJournal(self.clock)
        books = Books(self.book, self.book, some_states(self.clock), OpenThrottle(), self.clock)
        self.recovery = Recovery(a_journal(self.clock, self.journal), books, self.tasks, self.clock, Timing())

    def leave_open(self) -> None:
        """Let a process have died with an order on its way, ten seconds ago."""
        made_at = self.clock.now()
        self.clock.advance(10)
        begun = self.journal.begin((Intent.of(a_request(identifier=MARK), made_at),))
        assert begun == Success(None)

    def state(self) -> IntentState:
        return self.journal.recent()[0].state


def test_what_is_found_in_the_book_is_resolved_and_nobody_looks_again() -> None:
    office = Office()
    office.leave_open()
    office.book.order_rows = (an_order(identifier=MARK, state=OrderState.FILLED),)
    office.recovery.start(SESSION)
    before = office.state()
    done = office.tasks.catch_up()
    office.clock.advance(3600)
    office.recovery.start(SESSION)

    assert (before, done, office.state()) == (IntentState.INTENDED, 1, IntentState.RESOLVED)
    assert (office.tasks.waiting, office.book.reads) == ([], 1)


def test_with_nothing_left_open_nothing_is_looked_up() -> None:
    office = Office()
    office.recovery.start(SESSION)
    office.leave_open()
    office.clock.advance(3600)
    office.recovery.start(SESSION)

    assert (office.tasks.waiting, office.book.reads) == ([], 0)


def test_many_calls_start_one_look() -> None:
    office = Office()
    office.leave_open()
    for _ in range(5):
        office.recovery.start(SESSION)

    assert len(office.tasks.waiting) == 1


@pytest.mark.parametrize("rows", [None, ()], ids=["unreadable", "not-shown-yet"])
def test_what_may_still_show_is_looked_up_again_after_a_while(rows: tuple[Order, ...] | None) -> None:
    office = Office()
    office.leave_open()
    office.book.order_rows = rows
    office.recovery.start(SESSION)
    office.tasks.catch_up()
    office.recovery.start(SESSION)
    at_once = len(office.tasks.waiting)
    office.clock.advance(30)
    office.book.order_rows = (an_order(identifier=MARK),)
    office.recovery.start(SESSION)
    office.tasks.catch_up()

    assert (at_once, office.state()) == (0, IntentState.RESOLVED)


def test_what_never_shows_is_listed_as_unknown_and_then_left_alone() -> None:
    office = Office()
    office.leave_open()
    office.clock.advance(300)
    office.recovery.start(SESSION)
    office.tasks.catch_up()
    office.clock.advance(300)
    office.recovery.start(SESSION)

    assert (office.state(), office.tasks.waiting) == (IntentState.UNKNOWN, [])


def test_a_journal_that_cannot_be_read_fails_nobody(caplog: pytest.LogCaptureFixture) -> None:
    office = Office(UnreadableJournal())
    with caplog.at_level(logging.ERROR):
        office.recovery.start(SESSION)

    assert (office.tasks.waiting, "the disk is gone" in caplog.text) == ([], True)
