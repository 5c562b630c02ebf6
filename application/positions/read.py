"""Reading the books of the day and the account, as a trader asks for them; an error is never an empty book."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, final

from returns.pipeline import is_successful
from returns.result import Failure, Result

from jainam_prop.application.books.books import Books
from jainam_prop.application.books.holdings import Holdings
from jainam_prop.application.books.reconcile import PositionReconciler
from jainam_prop.application.orders.pre_trade import PreTradeChecks
from jainam_prop.application.ports.books import Account, Margins
from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.application.ports.market_data import MarketData
from jainam_prop.application.ports.runtime import Clock, Throttle
from jainam_prop.domain.deadlines import Deadline, Timing
from jainam_prop.domain.errors import BrokerError, Invalid, Unreadable
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.orders.order import Order, OrderRequest, Product, Trade
from jainam_prop.domain.orders.ticket import Ticket
from jainam_prop.domain.positions.position import Funds, Holding, Position, PositionKey
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.domain.sessions.session import Session

_REPEATS: Final = 3
"""Retries of an empty order history: the broker shows a new order's only after a second or so."""


@final
@dataclass(frozen=True, slots=True)
class ReadBooks:
    """Reads orders, trades and positions within the time of one call.

    Orders and positions that were read within the last second are shown again while nothing has changed since.
    """

    books: Books
    reconciler: PositionReconciler
    instruments: InstrumentStore
    clock: Clock
    timing: Timing

    def orders(self, session: Session) -> Result[tuple[Order, ...], BrokerError]:
        """Return every order of the day in its latest state."""
        unchanged_since = self.reconciler.unchanged_since(session)
        return self.books.orders(session, self._deadline(), unchanged_since, urgent=False)

    def trades(self, session: Session) -> Result[tuple[Trade, ...], BrokerError]:
        """Return every execution of the day."""
        return self.books.trades(session, self._deadline(), urgent=False)

    def positions(self, session: Session) -> Result[tuple[Position, ...], BrokerError]:
        """Return the net positions, those closed today included."""
        unchanged_since = self.reconciler.unchanged_since(session, positions=True)
        return self.books.positions(session, self._deadline(), unchanged_since, urgent=False)

    def net_position(
        self, session: Session, symbol: str, exchange: Exchange, product: Product
    ) -> Result[int, BrokerError]:
        """Return the signed net units of a contract and product.

        Zero only when the book was read and does not hold the contract, which is looked up by its token.
        """
        instrument = self.instruments.find(symbol, exchange)
        if instrument is None:
            return Failure(Invalid((f"symbol {symbol!r} is not listed on {exchange}",)))
        key = PositionKey(instrument.key, product)
        return self.positions(session).map(lambda rows: sum(position.net for position in rows if position.key == key))

    def order_history(self, session: Session, order_id: str) -> Result[tuple[Order, ...], BrokerError]:
        """Return the states of an order, oldest first and never empty; one that is not shown is Unreadable."""
        order_id = order_id.strip()
        if not order_id:
            return Failure(Invalid(("orderid is missing",)))
        deadline = self._deadline()
        for wait in (0.0, *self.timing.looks[:_REPEATS]):
            if not deadline.allows(self.clock.monotonic(), wait):
                break
            self.clock.sleep(wait)
            found = self.books.history(session, order_id, deadline)
            if not is_successful(found) or found.unwrap():
                return found
        return Failure(Unreadable(f"the broker does not show the history of order {order_id}, or not yet"))

    def _deadline(self) -> Deadline:
        return Deadline(self.clock.monotonic() + self.timing.call)


@dataclass(frozen=True, slots=True)
class ValuedHolding:
    """A holding with its last price in rupees, None when no exchange that lists it quoted one."""

    holding: Holding
    last_price: Decimal | None


@final
@dataclass(frozen=True, slots=True)
class ReadAccount:
    """Reads funds, holdings and margins of an account."""

    account: Account
    holdings_of: Holdings
    margins: Margins
    market: MarketData
    checks: PreTradeChecks
    throttle: Throttle
    clock: Clock
    timing: Timing

    def funds(self, session: Session) -> Result[Funds, BrokerError]:
        """Return the limits of the account in rupees."""
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        if not self.throttle.wait(CallFamily.BALANCE, self.timing.call):
            return Failure(Unreadable("the rate limit left no turn in time"))
        return self.account.funds(session, deadline.remaining(self.clock.monotonic()))

    def holdings(self, session: Session) -> Result[tuple[ValuedHolding, ...], BrokerError]:
        """Return the holdings, quoted in one request, NSE before BSE; without quotes prices are None, never zero."""
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        held = self.holdings_of.read(session, deadline, urgent=False)
        return held.map(lambda holdings: self._valued(session, holdings, deadline))

    def margin(self, session: Session, tickets: Sequence[Ticket]) -> Result[Decimal | None, BrokerError]:
        """Return the rupees that a basket of orders would block; None when the server has no such call.

        Errors: Invalid names every problem of every leg, by the number of the leg.
        """
        prepared = [self.checks.order(ticket) for ticket in tickets]
        problems = [
            f"position {number}: {leg.failure().message}"
            for number, leg in enumerate(prepared, 1)
            if not is_successful(leg)
        ]
        if problems or not prepared:
            return Failure(Invalid(tuple(problems) or ("there are no positions",)))
        orders: list[OrderRequest] = [leg.unwrap() for leg in prepared]
        return self.margins.required(session, orders, self.timing.call)

    def _valued(self, session: Session, holdings: tuple[Holding, ...], deadline: Deadline) -> tuple[ValuedHolding, ...]:
        keys = [key for holding in holdings for key in holding.instruments]
        left = deadline.remaining(self.clock.monotonic())
        quotes = self.market.quotes(session, keys, left).value_or({}) if keys and session.market_token else {}
        return tuple(
            ValuedHolding(holding, next((quotes[key].last_price for key in holding.instruments if key in quotes), None))
            for holding in holdings
        )
