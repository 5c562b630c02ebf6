"""The order journal in a dictionary."""

from returns.result import Failure

from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.errors import Blocked
from tests.contracts.order_journal import FIRST, OrderJournalContract
from tests.fakes.order_journal import InMemoryJournal


class TestInMemoryJournal(OrderJournalContract):
    def journal(self, clock: Clock) -> InMemoryJournal:
        return InMemoryJournal(clock)


def test_a_broken_one_lets_nothing_begin() -> None:
    journal = InMemoryJournal()
    journal.broken = "database or disk is full"

    assert journal.begin((FIRST,)) == Failure(Blocked("the order journal cannot be written: database or disk is full"))
    assert journal.recent() == ()
