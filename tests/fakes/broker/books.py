"""The `OrderBook`, `PositionBook` and `Account` ports on the exchange in memory."""

from collections.abc import Callable
from typing import TypeVar, final

from returns.result import Failure, Result

from jainam_prop.adapters.simulator.faults.fault import FaultKind
from jainam_prop.adapters.simulator.http.sessions import account_of
from jainam_prop.adapters.simulator.refusals import Refusal
from jainam_prop.domain.errors import BrokerError, Invalid
from jainam_prop.domain.orders.order import Order, Trade
from jainam_prop.domain.positions.account_books import Funds, Holding
from jainam_prop.domain.positions.position import Position
from jainam_prop.domain.sessions.session import Session
from tests.fakes.broker.calls import Call, Calls, client_of
from tests.fakes.broker.rows import funds_row, holding_row, order_row, position_row, trade_row

_T = TypeVar("_T")


@final
class FakeBooks:
    """Reads the exchange in memory; nothing is retried inside."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._books = calls.exchange.books

    def orders(self, session: Session, timeout_seconds: float) -> Result[tuple[Order, ...], BrokerError]:
        return self._rows(
            _call("order_book", session, timeout_seconds),
            lambda account: [order_row(order, state) for order, state in self._books.orders(account)],
        )

    def trades(self, session: Session, timeout_seconds: float) -> Result[tuple[Trade, ...], BrokerError]:
        return self._rows(
            _call("trade_book", session, timeout_seconds),
            lambda account: [trade_row(done) for done in self._books.executions(account)],
        )

    def positions(self, session: Session, timeout_seconds: float) -> Result[tuple[Position, ...], BrokerError]:
        market = self._calls.exchange.market
        return self._rows(
            _call("positions", session, timeout_seconds, family="portfolio"),
            lambda account: [
                position_row(line, market(line.slot.key)) for line in self._books.positions(account, day=False)
            ],
        )

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

    def _rows(self, call: Call, rows: Callable[[str], list[_T]]) -> Result[tuple[_T, ...], BrokerError]:
        faults, places = self._calls.exchange.faults, (call.endpoint, call.family)

        def seen(account: str) -> tuple[_T, ...]:
            found = rows(account)
            hidden = found and faults.take({FaultKind.FALSE_EMPTY}, places, call.fields)
            return () if hidden else tuple(found)

        return self._answer(call, seen)

    def _answer(self, call: Call, answer: Callable[[str], _T]) -> Result[_T, BrokerError]:
        return self._calls.question(call, lambda live: answer(account_of(live.login, call.fields, "portfolio")))


def _call(book: str, session: Session, timeout_seconds: float, family: str = "books") -> Call:
    """Return the call for a book; a dealer reads a dealer's book."""
    name = f"dealer_{book}" if session.account.kind.is_dealer else book
    return Call(name, family, session, timeout_seconds, client_of(session))
