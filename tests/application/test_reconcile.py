"""Reconciling position book, order book and journal: what was carried into the day, by account and day."""

from datetime import timedelta

import pytest
from returns.pipeline import is_successful

from jainam_prop.application.books.books import Books
from jainam_prop.application.books.reconcile import PositionReconciler
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.domain.sessions.session import Account, AccountKind, Session
from tests.domain.samples import NIFTY_NRML, a_position, an_order
from tests.fakes.books import FakeBooks
from tests.fakes.clock import A_MORNING, FakeClock
from tests.fakes.order_journal import InMemoryJournal
from tests.fakes.throttle import OpenThrottle


def a_session(client: str = "CLIENT01") -> Session:
    account = Account(AccountKind.NORMAL, client)
    return Session("DEALER01", account, "token", None, expires_at=A_MORNING + timedelta(hours=200))


class Account75:
    """An account that carried 75 into the day, which a first read has shown, and buys 75 more."""

    def __init__(self) -> None:
        self.clock, self.rows = FakeClock(), FakeBooks()
        books = Books(self.rows, self.rows, OpenThrottle(), self.clock)
        self._reconciler = PositionReconciler(books, InMemoryJournal(self.clock), self.clock, Timing())
        self.rows.position_rows = (a_position(NIFTY_NRML, 75),)
        assert self.is_certain()

    def buy(self, shown: int) -> None:
        """Fill a purchase of this moment, while the position book shows a net of ``shown``."""
        product = NIFTY_NRML.product
        self.rows.order_rows = (an_order(product=product, state=OrderState.FILLED, quantity=75, filled=75, pending=0),)
        self.rows.position_rows = (a_position(NIFTY_NRML, shown),)

    def is_certain(self, client: str = "CLIENT01") -> bool:
        now = self.clock.monotonic()
        reading = self._reconciler.look(a_session(client), (NIFTY_NRML,), Deadline(now + 10), now)[NIFTY_NRML]
        self.clock.advance(0.5)
        return is_successful(reading)


@pytest.mark.parametrize(("shown", "certain"), [(150, True), (75, False)])
def test_what_was_carried_and_filled_proves_a_position_at_once(shown: int, *, certain: bool) -> None:
    account = Account75()
    account.buy(shown)

    assert account.is_certain() is certain


def test_another_client_starts_without_what_was_carried() -> None:
    account = Account75()
    account.buy(150)

    assert (account.is_certain("CLIENT02"), account.is_certain("CLIENT01")) == (False, True)


@pytest.mark.parametrize(
    ("hours", "certain"),
    [
        pytest.param(15.0, True, id="after-midnight-the-books-may-still-be-yesterday-s"),
        pytest.param(23.0, False, id="half-past-eight"),
    ],
)
def test_another_day_starts_from_nothing_once_the_books_have_turned(hours: float, *, certain: bool) -> None:
    account = Account75()
    account.clock.advance(hours * 3600)
    account.buy(150)

    assert account.is_certain() is certain
