"""What every order journal does."""

import threading
from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Final

import pytest
from returns.result import Failure, Success

from jainam_prop.application.ports.journal import OrderJournal
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.errors import Blocked
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.journal import Intent, IntentState, JournalEntry, JournalEvent
from jainam_prop.domain.positions.position import PositionKey
from tests.fakes.clock import A_MORNING, FakeClock

FIRST: Final = Intent(
    identifier="jp0mmk4mv1loxyydezg1",
    exchange="NFO",
    token=35001,
    symbol="NIFTY27AUG26FUT",
    side="SELL",
    product="NRML",
    price_type="SL",
    quantity=150,
    price=Decimal("24999.95"),
    trigger_price=Decimal("25000.00"),
    made_at=A_MORNING + timedelta(microseconds=123_457),
)
SECOND: Final = replace(
    FIRST, identifier="jp0mmk4mv1loxyydezg2", product="MIS", made_at=A_MORNING + timedelta(seconds=1)
)
THIRD: Final = replace(
    FIRST, identifier="jp0mmk4mv1loxyydezg3", exchange="BFO", made_at=A_MORNING + timedelta(seconds=2)
)
LATER: Final = A_MORNING + timedelta(seconds=90)
USED: Final = Failure(Blocked("the order journal cannot be written: an identifier was used before"))


def as_begun(intent: Intent) -> JournalEntry:
    return JournalEntry(intent, IntentState.INTENDED, "", "", intent.made_at)


class OrderJournalContract(ABC):
    @abstractmethod
    def journal(self, clock: Clock) -> OrderJournal:
        """Return an empty journal."""

    def begun(self, *intents: Intent) -> tuple[OrderJournal, FakeClock]:
        clock = FakeClock()
        journal = self.journal(clock)
        for intent in intents:
            assert journal.begin((intent,)) == Success(None)
        return journal, clock

    def test_a_new_one_is_empty(self) -> None:
        journal, _ = self.begun()

        assert (journal.recent(), journal.open_entries(), journal.history("jp1")) == ((), (), ())

    def test_an_intent_comes_back_as_it_was_and_open(self) -> None:
        journal, _ = self.begun(FIRST)

        assert (journal.open_entries(), journal.recent()) == ((as_begun(FIRST),), (as_begun(FIRST),))

    def test_slices_are_begun_together(self) -> None:
        journal, _ = self.begun()

        assert journal.begin((FIRST, SECOND)) == Success(None)
        assert journal.open_entries() == (as_begun(FIRST), as_begun(SECOND))

    def test_an_identifier_serves_once_and_then_nothing_is_begun(self) -> None:
        journal, _ = self.begun(FIRST)

        assert journal.begin((SECOND, replace(THIRD, identifier=FIRST.identifier))) == USED
        assert journal.begin((THIRD, THIRD)) == USED
        assert journal.recent() == (as_begun(FIRST),)

    @pytest.mark.parametrize("state", list(IntentState))
    def test_what_became_of_it_is_noted(self, state: IntentState) -> None:
        journal, clock = self.begun(FIRST)
        clock.advance(90)
        journal.note(FIRST.identifier, state, "1100021380", "told by the book")

        entry = JournalEntry(FIRST, state, "1100021380", "told by the book", LATER)
        assert journal.recent() == (entry,)
        assert journal.open_entries() == ((entry,) if state.is_open else ())

    def test_an_order_id_stays_until_another_is_noted_and_a_note_does_not(self) -> None:
        journal, _ = self.begun(FIRST)
        journal.note(FIRST.identifier, IntentState.UNKNOWN, "1100021380", "timeout")
        journal.note(FIRST.identifier, IntentState.RESOLVED)

        assert journal.recent() == (JournalEntry(FIRST, IntentState.RESOLVED, "1100021380", "", A_MORNING),)

    def test_every_turn_is_kept(self) -> None:
        journal, clock = self.begun(FIRST, SECOND)
        journal.note(FIRST.identifier, IntentState.UNKNOWN, note="timeout")
        clock.advance(90)
        journal.note(FIRST.identifier, IntentState.ACCEPTED, "1100021380", "found in the book")
        journal.note(FIRST.identifier, IntentState.RESOLVED)

        assert journal.history(FIRST.identifier) == (
            JournalEvent(IntentState.INTENDED, "", "", FIRST.made_at),
            JournalEvent(IntentState.UNKNOWN, "", "timeout", A_MORNING),
            JournalEvent(IntentState.ACCEPTED, "1100021380", "found in the book", LATER),
            JournalEvent(IntentState.RESOLVED, "", "", LATER),
        )

    def test_a_note_on_an_intent_never_begun_is_not_kept(self) -> None:
        journal, _ = self.begun()
        journal.note("jp1", IntentState.ACCEPTED, "1100021380")

        assert (journal.recent(), journal.history("jp1")) == ((), ())

    @pytest.mark.parametrize("state", [state for state in IntentState if state.is_open])
    def test_what_is_settled_is_never_open_again(self, state: IntentState) -> None:
        journal, _ = self.begun(FIRST)
        journal.note(FIRST.identifier, IntentState.NEVER_ARRIVED)
        journal.note(FIRST.identifier, state, "1100021380", "a sender that was slow")
        kept = len(journal.history(FIRST.identifier))
        journal.note(FIRST.identifier, IntentState.RESOLVED, "1100021380")

        resolved = JournalEntry(FIRST, IntentState.RESOLVED, "1100021380", "", A_MORNING)
        assert (kept, journal.recent(), journal.open_entries()) == (2, (resolved,), ())

    def test_open_ones_come_oldest_first_and_recent_ones_newest_first(self) -> None:
        journal, _ = self.begun(SECOND, THIRD, FIRST)

        assert journal.open_entries() == (as_begun(FIRST), as_begun(SECOND), as_begun(THIRD))
        assert journal.recent(2) == (as_begun(THIRD), as_begun(SECOND))

    def test_a_position_has_its_own_intents_since_a_moment_whatever_became_of_them(self) -> None:
        later = replace(FIRST, identifier="jp0mmk4mv1loxyydezg4", made_at=LATER)
        journal, _ = self.begun(FIRST, SECOND, THIRD, later)
        before = journal.entries_for(PositionKey(InstrumentKey(Exchange.NFO, 35001), "NRML"), LATER)
        journal.note(FIRST.identifier, IntentState.ACCEPTED, "1100021380")
        key = PositionKey(InstrumentKey(Exchange.NFO, 35001), "NRML")

        accepted = JournalEntry(FIRST, IntentState.ACCEPTED, "1100021380", "", A_MORNING)
        assert before == (as_begun(FIRST), as_begun(later))  # open ones whatever their age
        assert journal.entries_for(key, FIRST.made_at) == (accepted, as_begun(later))
        assert journal.entries_for(key, FIRST.made_at + timedelta(microseconds=1)) == (as_begun(later),)

    def test_all_intents_since_a_moment_come_oldest_first(self) -> None:
        journal, _ = self.begun(THIRD, FIRST, SECOND)
        before = journal.entries_since(SECOND.made_at)
        journal.note(FIRST.identifier, IntentState.NOT_SENT)

        assert before == (as_begun(FIRST), as_begun(SECOND), as_begun(THIRD))  # open ones whatever their age
        assert journal.entries_since(SECOND.made_at) == (as_begun(SECOND), as_begun(THIRD))

    def test_old_closed_intents_are_forgotten_and_open_ones_are_not(self) -> None:
        journal, _ = self.begun(FIRST, SECOND, THIRD)
        journal.note(FIRST.identifier, IntentState.ACCEPTED, "1100021380")
        journal.note(THIRD.identifier, IntentState.REJECTED)

        assert journal.prune(THIRD.made_at) == 1
        assert [entry.intent for entry in journal.recent()] == [THIRD, SECOND]
        assert journal.history(FIRST.identifier) == ()

    def test_nothing_is_lost_when_ten_threads_write_at_once(self) -> None:
        journal, _ = self.begun()

        def work(number: int) -> None:
            for count in range(20):
                identifier = f"jp{number:02}x{count:02}"
                assert journal.begin((replace(FIRST, identifier=identifier),)) == Success(None)
                journal.note(identifier, IntentState.ACCEPTED, identifier[2:])

        threads = [threading.Thread(target=work, args=(number,)) for number in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        noted = {(entry.intent.identifier, entry.order_id, entry.state) for entry in journal.recent(1000)}
        names = [f"{number:02}x{count:02}" for number in range(10) for count in range(20)]
        assert noted == {(f"jp{name}", name, IntentState.ACCEPTED) for name in names}
