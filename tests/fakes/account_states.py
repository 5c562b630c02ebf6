"""Account states on stores in memory."""

from jainam_prop.application.books.account import AccountStates
from jainam_prop.application.journal import ProcessJournal
from jainam_prop.application.ports.runtime import Clock
from tests.fakes.carried_units import InMemoryCarriedUnits
from tests.fakes.order_journal import InMemoryJournal
from tests.fakes.tasks import NoTasks


def some_states(clock: Clock, journal: ProcessJournal | None = None) -> AccountStates:
    """Return account states that know nothing yet."""
    return AccountStates(journal or a_journal(clock), InMemoryCarriedUnits(), clock)


def a_journal(clock: Clock, shared: InMemoryJournal | None = None) -> ProcessJournal:
    """Return the journal of a process, by default with a shared one of its own."""
    return ProcessJournal(shared or InMemoryJournal(clock), NoTasks(), clock)
