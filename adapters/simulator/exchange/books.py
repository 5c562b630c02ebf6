"""The broker's books: orders, executions, positions, funds and holdings as an account sees them, with delays."""

from decimal import Decimal
from typing import NamedTuple

from jainam_prop.adapters.simulator.catalogue.listing import Listing
from jainam_prop.adapters.simulator.exchange.orders import Execution, OrderUpdate, SimOrder
from jainam_prop.adapters.simulator.exchange.positions import PositionLine
from jainam_prop.adapters.simulator.exchange.state import ExchangeState
from jainam_prop.adapters.simulator.refusals import no_history


class Limits(NamedTuple):
    """An account's funds in rupees."""

    cash: Decimal
    utilised: Decimal
    realised: Decimal
    unrealised: Decimal


class Share(NamedTuple):
    """Shares in the depository: units, average in rupees, and the numbers at both exchanges, 0 where not listed."""

    isin: str
    quantity: int
    average: Decimal
    nse: int
    bse: int


_SHARES = (
    Share("INE062A01020", 10, Decimal("612.35"), 3045, 500112),
    Share("INE000000Q11", 25, Decimal("48.90"), 0, 510001),
)


class Books:
    """Reads the books of an account; every answer is a copy."""

    def __init__(self, state: ExchangeState) -> None:
        self._state = state

    def orders(self, account: str) -> list[tuple[SimOrder, OrderUpdate]]:
        """Return the visible orders of an account, each with its latest state."""
        with self._state.lock:
            now = self._state.advance()
            return [
                (order, order.history[-1])
                for order in self._state.orders.values()
                if order.intake.account == account and order.visible_at <= now
            ]

    def history(self, account: str, order_id: int) -> tuple[SimOrder, list[OrderUpdate]]:
        """Return an order with all its states, oldest first.

        Raises:
            Refusal: the account has no such order, or its history is delayed.
        """
        with self._state.lock:
            now = self._state.advance()
            order = self._state.orders.get(order_id)
            if order is None or order.intake.account != account or max(order.history_at, order.visible_at) > now:
                raise no_history(order_id)
            return order, list(order.history)

    def executions(self, account: str) -> list[Execution]:
        """Return the executions of an account's visible orders, oldest first."""
        with self._state.lock:
            now = self._state.advance()
            return [
                done
                for done in self._state.engine.executions
                if done.order.intake.account == account and done.order.visible_at <= now
            ]

    def positions(self, account: str, *, day: bool) -> list[PositionLine]:
        """Return an account's positions without the fills that are late."""
        with self._state.lock:
            now = self._state.advance()
            engine = self._state.engine
            engine.late = [done for done in engine.late if done.visible_at > now]
            return engine.ledger.positions(account, day=day, unseen=engine.late)

    def limits(self, account: str) -> Limits:
        """Return an account's funds."""
        with self._state.lock:
            self._state.advance()
            engine = self._state.engine
            lines = engine.ledger.positions(account)
            realised = sum((line.realised for line in lines), Decimal(0))
            unrealised = sum((line.unrealised(self.last_price(line.listing)) for line in lines), Decimal(0))
            return Limits(engine.risk.funds(account), engine.risk.utilised(account), realised, unrealised)

    def last_price(self, listing: Listing) -> Decimal:
        """Return the last traded price of an instrument in rupees."""
        with self._state.lock:
            return self._state.engine.market(listing).last_price

    def shares(self, account: str) -> tuple[Share, ...]:
        """Return an account's shares in the depository, the same for every account of a login."""
        is_known = any(account in login.clients for login in self._state.config.logins)
        return _SHARES if is_known else ()
