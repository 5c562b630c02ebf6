"""A book that had rows and then says that there are none is not believed."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, TypeAlias, TypeVar

import pytest
from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books.books import Books
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.orders.order import Order, Trade
from jainam_prop.domain.positions.position import Position
from jainam_prop.domain.sessions.session import Account, AccountKind, Session
from tests.domain.samples import a_position, an_order
from tests.fakes.account_states import some_states
from tests.fakes.clock import A_MORNING, FakeClock
from tests.fakes.throttle import OpenThrottle

_Row = TypeVar("_Row")
Read: TypeAlias = Callable[[Books, Session, Deadline], Result[tuple[object, ...], BrokerError]]

SESSION: Final = Session(
    "DEALER01", Account(AccountKind.PRO), "a token", None, expires_at=A_MORNING + timedelta(hours=20)
)
READS: Final[list[tuple[str, Read]]] = [
    ("order book", lambda books, session, deadline: books.orders(session, deadline)),
    ("trade book", lambda books, session, deadline: books.trades(session, deadline)),
    ("position book", lambda books, session, deadline: books.positions(session, deadline)),
]


@dataclass
class Broker:
    """All three books: they have a row, or say that there is none, or cannot be read."""

    says: str = "rows"

    def orders(self, session: Session, timeout_seconds: float) -> Result[tuple[Order, ...], BrokerError]:
        del session, timeout_seconds
        return self._answer(an_order())

    def history(
        self, session: Session, order_id: str, timeout_seconds: float
    ) -> Result[tuple[Order, ...], BrokerError]:
        del order_id
        return self.orders(session, timeout_seconds)

    def trades(self, session: Session, timeout_seconds: float) -> Result[tuple[Trade, ...], BrokerError]:
        order = an_order()
        del session, timeout_seconds
        trade = Trade("1", order.order_id, "", order.instrument, "", order.side, order.product, 75, order.price, None)
        return self._answer(trade)

    def positions(
        self, session: Session, timeout_seconds: float, *, of_today: bool = False
    ) -> Result[tuple[Position, ...], BrokerError]:
        del session, timeout_seconds
        del of_today
        return self._answer(a_position())

    def _answer(self, row: _Row) -> Result[tuple[_Row, ...], BrokerError]:
        if self.says == "nothing intelligible":
            return Failure(Unreadable("html"))
        return Success((row,) if self.says == "rows" else ())


@dataclass
class Desk:
    """Books whose answers are counted in rows."""

    broker: Broker
    clock: FakeClock
    books: Books
    read: Read
    session: Session = SESSION

    def rows(self) -> int | str:
        found = self.read(self.books, self.session, Deadline(self.clock.monotonic() + 10))
        self.clock.advance(1)
        return len(found.unwrap()) if is_successful(found) else found.failure().message


@pytest.fixture(params=READS, ids=lambda pair: pair[0])
def desk(request: pytest.FixtureRequest) -> Desk:
    broker, clock = Broker(), FakeClock()
    return Desk(
        broker,
        clock,
        Books(broker, broker, some_states(clock), OpenThrottle(), clock),
        request.param[1],
    )


def test_an_empty_book_is_empty_while_it_never_had_a_row(desk: Desk) -> None:
    desk.broker.says = "none"

    assert (desk.rows(), desk.rows()) == (0, 0)


def test_a_book_that_had_rows_is_not_empty_all_of_a_sudden(desk: Desk) -> None:
    assert desk.rows() == 1
    desk.broker.says = "none"

    told = [desk.rows(), desk.rows()]

    assert told == [told[0]] * 2
    assert "is empty, although it had rows today" in str(told[0])
    desk.broker.says = "rows"
    assert desk.rows() == 1


def test_what_could_not_be_read_in_between_changes_nothing(desk: Desk) -> None:
    assert desk.rows() == 1
    desk.broker.says = "nothing intelligible"
    assert desk.rows() == "Could not be read: html"
    desk.broker.says = "none"

    assert "had rows today" in str(desk.rows())


def test_on_another_day_the_books_are_empty_again(desk: Desk) -> None:
    assert desk.rows() == 1
    desk.broker.says = "none"
    desk.clock.advance(timedelta(hours=22).total_seconds())  # 07:30 of the next morning
    assert "had rows today" in str(desk.rows())
    desk.clock.advance(timedelta(hours=1).total_seconds())

    assert desk.rows() == 0


def test_a_new_login_begins_anew(desk: Desk) -> None:
    assert desk.rows() == 1
    desk.broker.says = "none"
    desk.session = replace(SESSION, interactive_token="another token")

    assert desk.rows() == 0


def test_the_rows_of_another_client_prove_nothing(desk: Desk) -> None:
    assert desk.rows() == 1
    desk.broker.says = "none"
    desk.session = replace(SESSION, account=Account(AccountKind.NORMAL, "CLIENT02"))

    assert desk.rows() == 0
