"""Interactive endpoints that show orders and trades, the dealer books included."""

from dataclasses import dataclass

from jainam_prop.adapters.simulator.api.refusal import no_rows
from jainam_prop.adapters.simulator.api.validation import FieldReader
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.faults.fault import FaultKind
from jainam_prop.adapters.simulator.rows.rows import RowWriter
from jainam_prop.adapters.simulator.server.clients import WithoutClient, account_of, dealer_account_of
from jainam_prop.adapters.simulator.server.config import EmptyBooks
from jainam_prop.adapters.simulator.server.http_messages import Reply, success
from jainam_prop.adapters.simulator.server.routing import Call, Route, Routes


@dataclass(frozen=True, slots=True)
class EmptyAnswer:
    """Decides how a book without rows is answered, and when one with rows pretends to have none."""

    exchange: SimulatedExchange

    def check(self, call: Call, place: tuple[str, str, str], *, is_empty: bool) -> None:
        """Refuse with "Data Not Available" where this server would.

        Args:
            call: what was asked.
            place: endpoint, family, and the group whose code refuses.
            is_empty: whether there are no rows.

        Raises:
            Refusal: it would.
        """
        endpoint, family, group = place
        faults, places = self.exchange.faults, (endpoint, family)
        if is_empty:
            refuses = self._refuses_empty(call, places)
        else:
            refuses = not faults.is_quiet and faults.take({FaultKind.FALSE_EMPTY}, places, call.fields) is not None
        if refuses:
            raise no_rows(group)

    def _refuses_empty(self, call: Call, places: tuple[str, str]) -> bool:
        kinds = {FaultKind.EMPTY_AS_ERROR, FaultKind.EMPTY_AS_LIST}
        fault = self.exchange.faults.take(kinds, places, call.fields)
        if fault is not None:
            return fault.kind is FaultKind.EMPTY_AS_ERROR
        if self.exchange.config.empty_books is EmptyBooks.JAINAM:
            return not places[0].startswith("dealer_")
        return self.exchange.config.empty_books is EmptyBooks.ERROR


@dataclass(frozen=True, slots=True)
class BooksApi:
    """``/orders`` to read, ``/orders/trades``, ``/orders/dealerorderbook`` and ``/orders/dealertradebook``."""

    exchange: SimulatedExchange
    writer: RowWriter
    empty: EmptyAnswer

    def routes(self) -> Routes:
        """Return the endpoints by method and path."""
        return {
            ("GET", "/orders"): Route("order_book", "books", self.order_book),
            ("GET", "/orders?appOrderID"): Route("order_history", "books", self.history),
            ("GET", "/orders/dealerorderbook"): Route("dealer_order_book", "books", self.dealer_order_book),
            ("GET", "/orders/trades"): Route("trade_book", "books", self.trade_book),
            ("GET", "/orders/dealertradebook"): Route("dealer_trade_book", "books", self.dealer_trade_book),
        }

    def order_book(self, call: Call) -> Reply:
        """Show an account's orders; without clientID a dealer is told that there are none."""
        account = account_of(call.login, call.fields, "order", WithoutClient.LOOKS_EMPTY)
        return self._orders(call, account, ("order_book", "books", "order"))

    def dealer_order_book(self, call: Call) -> Reply:
        """Show the orders of one of a dealer's clients."""
        account = dealer_account_of(call.login, call.fields, "order")
        return self._orders(call, account, ("dealer_order_book", "books", "order"))

    def history(self, call: Call) -> Reply:
        """Show every state of one order, oldest first."""
        reader = FieldReader(call.fields, "query")
        order_id = reader.whole("appOrderID", least=1)
        reader.check()
        account = account_of(call.login, call.fields, "order")
        order, states = self.exchange.books.history(account, order_id)
        rows = [self.writer.order(order, state) for state in states]
        return success("s-orders-0001", "Success order history", rows)

    def trade_book(self, call: Call) -> Reply:
        """Show an account's executions; without clientID a dealer is told that there are none."""
        account = account_of(call.login, call.fields, "trade", WithoutClient.LOOKS_EMPTY)
        return self._trades(call, account, ("trade_book", "books", "trade"))

    def dealer_trade_book(self, call: Call) -> Reply:
        """Show the executions of one of a dealer's clients."""
        account = dealer_account_of(call.login, call.fields, "trade")
        return self._trades(call, account, ("dealer_trade_book", "books", "trade"))

    def _orders(self, call: Call, account: str, place: tuple[str, str, str]) -> Reply:
        rows = [self.writer.order(order, state) for order, state in self.exchange.books.orders(account)]
        self.empty.check(call, place, is_empty=not rows)
        code = "s-orders-0001" if rows or place[0] == "order_book" else "s-dealerorder-0001"
        return success(code, "Success order book", rows)

    def _trades(self, call: Call, account: str, place: tuple[str, str, str]) -> Reply:
        rows = [self.writer.trade(done) for done in self.exchange.books.executions(account)]
        self.empty.check(call, place, is_empty=not rows)
        code = "s-orders-0001" if place[0] == "trade_book" else "s-dealertrade-0001"
        return success(code, "Success trade book", rows)
