"""The `OrderBook`, `PositionBook` and `Account` ports on the exchange in memory."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar, final

from returns.result import Failure, Result

from jainam_prop.adapters.simulator.exchange.orders import Execution, OrderUpdate, SimOrder
from jainam_prop.adapters.simulator.exchange.positions import PositionLine, Slot
from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.adapters.simulator.http.sessions import account_of
from jainam_prop.adapters.simulator.refusals import Refusal
from jainam_prop.domain.errors import BrokerError, Invalid
from jainam_prop.domain.orders.order import Order, Trade
from jainam_prop.domain.positions.position import Funds, Holding, Position
from jainam_prop.domain.sessions.session import Session
from tests.fakes.broker.calls import Call, Calls, client_of
from tests.fakes.broker.rows import funds_row, holding_row, order_row, position_row, trade_row

_T = TypeVar("_T")


@dataclass(slots=True)
class BookFaults:
    """How the books differ from the exchange; shared by all processes, and may be changed at any time.

    Attributes:
        order_lag: the order and trade book are so many seconds old.
        position_lag: the position book is so many seconds old; conversions and what was carried in show at once.
        hides_other_logins: orders and trades of other logins of the account are left out.
        orders: edits the rows of the order book.
        positions: edits the rows of the position book.
    """

    order_lag: float = 0.0
    position_lag: float = 0.0
    hides_other_logins: bool = False
    orders: Callable[[Sequence[Order]], Sequence[Order]] | None = None
    positions: Callable[[Sequence[Position]], Sequence[Position]] | None = None


@final
class FakeBooks:
    """Reads the exchange in memory; nothing is retried inside."""

    def __init__(self, calls: Calls, faults: BookFaults) -> None:
        self._calls = calls
        self._books = calls.exchange.books
        self._faults = faults

    def orders(self, session: Session, timeout_seconds: float) -> Result[tuple[Order, ...], BrokerError]:
        def rows(account: str) -> list[Order]:
            seen_at = self._seen_at(self._faults.order_lag)
            found = (order for order, _ in self._books.orders(account) if self._shows(order, session))
            shown = [order_row(order, state) for order in found if (state := _state_at(order, seen_at)) is not None]
            return shown if self._faults.orders is None else list(self._faults.orders(shown))

        return self._rows(_call("order_book", session, timeout_seconds), rows)

    def trades(self, session: Session, timeout_seconds: float) -> Result[tuple[Trade, ...], BrokerError]:
        def rows(account: str) -> list[Trade]:
            seen_at = self._seen_at(self._faults.order_lag)
            found = self._books.executions(account)
            return [trade_row(done) for done in found if done.at <= seen_at and self._shows(done.order, session)]

        return self._rows(_call("trade_book", session, timeout_seconds), rows)

    def positions(
        self, session: Session, timeout_seconds: float, *, of_today: bool = False
    ) -> Result[tuple[Position, ...], BrokerError]:
        def rows(account: str) -> list[Position]:
            lines = self._lines_at(account, self._seen_at(self._faults.position_lag), of_today=of_today)
            shown = [position_row(line, self._books.last_price(line.listing)) for line in lines]
            return shown if self._faults.positions is None else list(self._faults.positions(shown))

        return self._rows(_call("positions", session, timeout_seconds, family="portfolio"), rows)

    def holdings(self, session: Session, timeout_seconds: float) -> Result[tuple[Holding, ...], BrokerError]:
        call = Call("holdings", "portfolio", session, timeout_seconds, client_of(session))
        return self._rows(call, lambda account: [holding_row(share) for share in self._books.shares(account)])

    def funds(self, session: Session, timeout_seconds: float) -> Result[Funds, BrokerError]:
        call = Call("balance", "user", session, timeout_seconds, client_of(session))
        return self._answer(call, lambda account: funds_row(self._books.limits(account)))

    def history(
        self, session: Session, order_id: str, timeout_seconds: float
    ) -> Result[tuple[Order, ...], BrokerError]:
        if not order_id.isdigit():
            return Failure(Invalid((f"orderid {order_id!r} is not a number",)))

        def states(account: str) -> tuple[Order, ...]:
            try:
                order, snapshots = self._books.history(account, int(order_id))
            except Refusal:
                return ()
            return tuple(order_row(order, snapshot) for snapshot in snapshots)

        fields = {"appOrderID": order_id} | client_of(session)
        call = Call("order_history", "books", session, timeout_seconds, fields)
        return self._answer(call, states)

    def _seen_at(self, lag: float) -> datetime:
        return self._calls.clock.now() - timedelta(seconds=lag)

    def _shows(self, order: SimOrder, session: Session) -> bool:
        return not self._faults.hides_other_logins or order.intake.login == session.user_id

    def _lines_at(self, account: str, seen_at: datetime, *, of_today: bool) -> list[PositionLine]:
        """Return positions without the fills after a moment."""
        lines = {line.slot: line for line in self._books.positions(account, day=of_today)}
        late = (
            [done for done in self._books.executions(account) if done.at > seen_at] if self._faults.position_lag else []
        )
        for done in late:
            line = lines.get(Slot(account, done.product, done.order.key))
            if line is not None:
                _undo(line, done)
        return [line for line in lines.values() if line.bought or line.sold]

    def _rows(self, call: Call, rows: Callable[[str], list[_T]]) -> Result[tuple[_T, ...], BrokerError]:
        faults, places = self._calls.exchange.faults, (call.endpoint, call.family)

        def seen(account: str) -> tuple[_T, ...]:
            found = rows(account)
            hidden = found and faults.take({FaultKind.FALSE_EMPTY}, places, call.fields)
            return () if hidden else tuple(found)

        return self._answer(call, seen)

    def _answer(self, call: Call, answer: Callable[[str], _T]) -> Result[_T, BrokerError]:
        return self._calls.question(call, lambda live: answer(account_of(live.login, call.fields, "portfolio")))


def _state_at(order: SimOrder, moment: datetime) -> OrderUpdate | None:
    """Return the state that an order had at a moment, None before there was any."""
    return next((state for state in reversed(order.history) if state.at <= moment), None)


def _undo(line: PositionLine, done: Execution) -> None:
    if done.signed > 0:
        line.bought -= done.quantity
        line.bought_value -= done.quantity * done.price
    else:
        line.sold -= done.quantity
        line.sold_value -= done.quantity * done.price


def _call(book: str, session: Session, timeout_seconds: float, family: str = "books") -> Call:
    """Return the call for a book; a dealer reads a dealer's book."""
    name = f"dealer_{book}" if session.account.kind.is_dealer else book
    return Call(name, family, session, timeout_seconds, client_of(session))
