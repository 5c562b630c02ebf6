"""The `OrderBook`, `PositionBook` and `Account` ports straight on the simulated exchange."""

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
from tests.fakes.broker.access import DirectDoor, Errand, client_of
from tests.fakes.broker.rows import funds_row, holding_row, order_row, position_row, trade_row

_T = TypeVar("_T")


@final
class DirectBooks:
    """Reads the exchange in memory; nothing is retried inside."""

    def __init__(self, door: DirectDoor) -> None:
        self._door = door
        self._books = door.exchange.books

    def orders(self, session: Session, timeout_seconds: float) -> Result[tuple[Order, ...], BrokerError]:
        """Return every order of the day in its latest state; see the port."""
        return self._rows(
            _errand("order_book", session, timeout_seconds),
            lambda account: [order_row(order, state) for order, state in self._books.orders(account)],
        )

    def trades(self, session: Session, timeout_seconds: float) -> Result[tuple[Trade, ...], BrokerError]:
        """Return every execution of the day; see the port."""
        return self._rows(
            _errand("trade_book", session, timeout_seconds),
            lambda account: [trade_row(done) for done in self._books.executions(account)],
        )

    def positions(self, session: Session, timeout_seconds: float) -> Result[tuple[Position, ...], BrokerError]:
        """Return one row per contract and product; see the port."""
        market = self._door.exchange.market
        return self._rows(
            _errand("positions", session, timeout_seconds, family="portfolio"),
            lambda account: [
                position_row(line, market(line.slot.key)) for line in self._books.positions(account, day=False)
            ],
        )

    def holdings(self, session: Session, timeout_seconds: float) -> Result[tuple[Holding, ...], BrokerError]:
        """Return the shares in the depository; see the port."""
        errand = Errand("holdings", "portfolio", session.interactive_token, timeout_seconds, client_of(session))
        return self._rows(errand, lambda account: [holding_row(share) for share in self._books.shares(account)])

    def funds(self, session: Session, timeout_seconds: float) -> Result[Funds, BrokerError]:
        """Return the account's limits; see the port."""
        errand = Errand("balance", "user", session.interactive_token, timeout_seconds, client_of(session))
        return self._answer(errand, lambda account: funds_row(self._books.limits(account)))

    def history(
        self, session: Session, order_id: str, timeout_seconds: float
    ) -> Result[tuple[Order, ...], BrokerError]:
        """Return the states of one order, none while the broker does not show it; see the port."""
        if not order_id.isdigit():
            return Failure(Invalid((f"orderid {order_id!r} is not a number",)))

        def states(account: str) -> tuple[Order, ...]:
            try:
                order, snapshots = self._books.history(account, int(order_id))
            except Refusal:
                return ()
            return tuple(order_row(order, snapshot) for snapshot in snapshots)

        fields = {"appOrderID": order_id} | client_of(session)
        errand = Errand("order_history", "books", session.interactive_token, timeout_seconds, fields)
        return self._answer(errand, states)

    def _rows(self, errand: Errand, rows: Callable[[str], list[_T]]) -> Result[tuple[_T, ...], BrokerError]:
        faults, places = self._door.exchange.faults, (errand.endpoint, errand.family)

        def seen(account: str) -> tuple[_T, ...]:
            found = rows(account)
            hidden = found and faults.take({FaultKind.FALSE_EMPTY}, places, errand.fields)
            return () if hidden else tuple(found)

        return self._answer(errand, seen)

    def _answer(self, errand: Errand, answer: Callable[[str], _T]) -> Result[_T, BrokerError]:
        return self._door.question(errand, lambda live: answer(account_of(live.login, errand.fields, "portfolio")))


def _errand(book: str, session: Session, timeout_seconds: float, family: str = "books") -> Errand:
    """Return the errand to a book, by the name of the dealer's book where a dealer asks."""
    name = f"dealer_{book}" if session.account.kind.is_dealer else book
    return Errand(name, family, session.interactive_token, timeout_seconds, client_of(session))
