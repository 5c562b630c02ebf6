"""Order, trade and position books whose rows a test sets."""

from collections.abc import Callable

from returns.result import Failure, Result, Success

from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.orders.order import Order, Trade
from jainam_prop.domain.positions.position import Position
from jainam_prop.domain.sessions.session import Session


class FakeBooks:
    """Returns its rows, and counts the reads of each book; rows that are None cannot be read.

    Attributes:
        ends_late: whether a read with so many seconds gets no answer in them; asked of reads of the order book.
    """

    def __init__(self) -> None:
        self.order_rows: tuple[Order, ...] | None = ()
        self.position_rows: tuple[Position, ...] | None = ()
        self.reads = 0
        self.position_reads = 0
        self.ends_late: Callable[[float], bool] = lambda _seconds: False

    def orders(self, session: Session, timeout_seconds: float) -> Result[tuple[Order, ...], BrokerError]:
        del session
        self.reads += 1
        if self.ends_late(timeout_seconds):
            return Failure(Unreadable("no answer in time"))
        return Failure(Unreadable("no answer")) if self.order_rows is None else Success(self.order_rows)

    def trades(self, session: Session, timeout_seconds: float) -> Result[tuple[Trade, ...], BrokerError]:
        del session, timeout_seconds
        return Success(())

    def history(
        self, session: Session, order_id: str, timeout_seconds: float
    ) -> Result[tuple[Order, ...], BrokerError]:
        return self.orders(session, timeout_seconds).map(
            lambda rows: tuple(order for order in rows if order.order_id == order_id)
        )

    def positions(
        self, session: Session, timeout_seconds: float, *, of_today: bool = False
    ) -> Result[tuple[Position, ...], BrokerError]:
        del session, timeout_seconds
        if of_today:
            return Failure(Unreadable("no view of the day"))
        self.position_reads += 1
        return Failure(Unreadable("no answer")) if self.position_rows is None else Success(self.position_rows)
