"""Settling what is of unknown outcome: in the background, by reads that could show it, without failing a caller."""

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
from returns.result import Success

from jainam_prop.application.books.books import Books
from jainam_prop.application.ports.journal import JournalUnreadableError
from jainam_prop.application.recovery import Recovery, Resolution
from jainam_prop.domain.deadlines import Timing
from jainam_prop.domain.orders.journal import REQUEST_ENDED, Intent, IntentState, JournalEntry
from jainam_prop.domain.orders.order import Order, OrderState
from jainam_prop.domain.sessions.session import Account, AccountKind, Session
from tests.domain.samples import a_request, an_order
from tests.fakes.account_states import a_journal, some_states
from tests.fakes.books import FakeBooks
from tests.fakes.clock import A_MORNING
from tests.fakes.order_journal import InMemoryJournal
from tests.fakes.tasks import TurnTasks
from tests.fakes.throttle import OpenThrottle
from tests.fakes.turns import TurnClock

SESSION = Session(
    "INVEST01",
    Account(AccountKind.INVESTOR),
    "token",
    None,
    expires_at=A_MORNING + timedelta(hours=20),
)
MARK = "jp0mmk4mv1loxyydezg1"


class UnreadableJournal(InMemoryJournal):
    def open_entries(self) -> tuple[JournalEntry, ...]:
        message = "the disk is gone"
        raise JournalUnreadableError(message)


class BusyJournal(InMemoryJournal):
    """Calls something, once, between finding nothing open for the second time and saying so."""

    then: Callable[[], object] = staticmethod(lambda: None)
    found_nothing = 0

    def open_entries(self) -> tuple[JournalEntry, ...]:
        entries = super().open_entries()
        self.found_nothing += not entries
        if self.found_nothing == 2 and not entries:
            self.then()
        return entries


class Office:
    def __init__(self, journal: InMemoryJournal | None = None) -> None:
        self.clock, self.book = TurnClock(), FakeBooks()
        self.journal = journal or InMemoryJournal(self.clock)
        shared = a_journal(self.clock, self.journal)
        states = some_states(self.clock, shared)
        books = Books(self.book, self.book, states, OpenThrottle(), self.clock)
        self.tasks = TurnTasks(self.clock)
        self.recovery = Recovery(shared, books, states, self.tasks, self.clock, Timing())

    def leave_open(self) -> None:
        """Let a process have died with an order on its way, ten seconds ago."""
        made_at = self.clock.now()
        self.clock.advance(10)
        begun = self.journal.begin((Intent.of(a_request(identifier=MARK), made_at),))
        assert begun == Success(None)

    def lose(self, note: str = "") -> None:
        """Let this process have lost the reply of an order just now."""
        self.journal.begin((Intent.of(a_request(identifier=MARK), self.clock.now()),))
        self.journal.note(MARK, IntentState.UNKNOWN, note=note)

    def state(self) -> IntentState:
        return self.journal.recent()[0].state


def test_what_a_book_shows_is_settled_in_the_background_and_nobody_looks_again() -> None:
    office = Office()
    office.lose()
    office.book.order_rows = (an_order(identifier=MARK, state=OrderState.FILLED),)
    office.recovery.start(SESSION)
    before = office.state()
    office.clock.advance(3600)

    assert (before, office.state(), office.book.reads) == (IntentState.UNKNOWN, IntentState.RESOLVED, 1)


def test_with_nothing_left_open_nothing_is_looked_up() -> None:
    office = Office()
    office.recovery.start(SESSION)
    office.leave_open()
    office.recovery.start(SESSION)
    office.clock.advance(3600)

    assert office.book.reads == 0


def test_many_calls_start_one_look() -> None:
    office = Office()
    office.lose()
    for _ in range(5):
        office.recovery.start(SESSION)
        office.recovery.follow(SESSION)
    office.clock.advance(1.0)

    assert office.book.reads == 1


@pytest.mark.parametrize("rows", [None, ()], ids=["unreadable", "not-shown-yet"])
def test_what_may_still_show_is_looked_up_again_after_a_while(rows: tuple[Order, ...] | None) -> None:
    office = Office()
    office.leave_open()
    office.book.order_rows = rows
    office.recovery.start(SESSION)
    office.clock.advance(30)
    before = office.state()
    office.book.order_rows = (an_order(identifier=MARK),)
    office.clock.advance(40)

    assert (before, office.state()) == (IntentState.INTENDED, IntentState.RESOLVED)


def test_what_reads_that_could_have_shown_it_did_not_show_is_settled_without_a_call() -> None:
    office = Office()
    office.lose()
    office.recovery.follow(SESSION)
    office.clock.advance(14.0)
    before = office.state()
    office.clock.advance(10.0)
    entry = office.journal.recent()[0]

    assert (before, entry.state) == (IntentState.UNKNOWN, IntentState.NEVER_ARRIVED)
    assert entry.note == "3 reads of the order book, from 09:30:15 to 09:30:21 IST, do not show it"


def test_what_becomes_unknown_while_the_last_look_ends_is_followed_too() -> None:
    journal = BusyJournal(TurnClock())
    office = Office(journal)
    office.lose()
    office.book.order_rows = (an_order(identifier=MARK),)

    def lose_another() -> None:
        journal.begin((Intent.of(a_request(identifier="jp2"), office.clock.now()),))
        journal.note("jp2", IntentState.UNKNOWN)
        office.recovery.follow(SESSION)

    journal.then = lose_another
    office.recovery.follow(SESSION)
    office.clock.advance(60.0)

    assert [entry.state for entry in journal.recent()] == [IntentState.NEVER_ARRIVED, IntentState.RESOLVED]


def test_no_time_settles_what_no_book_could_show() -> None:
    office = Office()
    office.lose()
    office.book.order_rows = None
    office.recovery.follow(SESSION)
    office.clock.advance(600.0)

    assert office.state() is IntentState.UNKNOWN


def test_after_a_close_nothing_is_looked_up_any_more() -> None:
    office = Office()
    office.lose()
    office.book.order_rows = None
    office.recovery.follow(SESSION)
    office.clock.advance(10.0)
    before = office.book.reads
    office.tasks.is_open = False
    office.clock.advance(600.0)

    assert (before > 0, office.book.reads) == (True, before)


def test_a_broker_that_is_away_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    office = Office()
    office.lose()
    office.book.order_rows = None
    with caplog.at_level(logging.WARNING):
        office.recovery.follow(SESSION)
        office.clock.advance(600.0)

    assert len([line for line in caplog.messages if "could not be looked up" in line]) == 1


def test_what_is_settled_never_becomes_unknown_again() -> None:
    office = Office()
    office.lose(REQUEST_ENDED)
    office.clock.advance(20.0)
    resolution = office.recovery.resolve(SESSION).unwrap()
    office.journal.note(MARK, IntentState.UNKNOWN, note="a sender that was slow")

    assert (resolution, office.state()) == (Resolution(1, ()), IntentState.NEVER_ARRIVED)


def test_a_journal_that_cannot_be_read_fails_nobody(caplog: pytest.LogCaptureFixture) -> None:
    office = Office(UnreadableJournal())
    with caplog.at_level(logging.ERROR):
        office.recovery.start(SESSION)

    assert "the disk is gone" in caplog.text
