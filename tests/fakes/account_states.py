"""Account states on stores in memory."""

from jainam_prop.application.books.account import AccountStates
from jainam_prop.application.ports.runtime import Clock
from tests.fakes.carried_units import InMemoryCarriedUnits
from tests.fakes.order_journal import InMemoryJournal


def some_states(clock: Clock, journal: InMemoryJournal | None = None) -> AccountStates:
    """Return account states that know nothing yet."""
    return AccountStates(journal or InMemoryJournal(clock), InMemoryCarriedUnits(), clock)
