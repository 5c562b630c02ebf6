"""Interactive endpoints for orders, trades, positions and holdings."""

from dataclasses import dataclass

from jainam_prop.adapters.simulator.api.fields import FieldReader, read_key
from jainam_prop.adapters.simulator.config import EmptyBooks
from jainam_prop.adapters.simulator.exchange.composite_orders import PositionCommands
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.faults.fault import FaultKind
from jainam_prop.adapters.simulator.http.dispatcher import Call, Route, Routes
from jainam_prop.adapters.simulator.http.messages import Reply, success
from jainam_prop.adapters.simulator.http.sessions import WithoutClient, account_of, dealer_account_of
from jainam_prop.adapters.simulator.refusals import no_rows
from jainam_prop.adapters.simulator.rows.account import holdings
from jainam_prop.adapters.simulator.rows.books import RowWriter
from jainam_prop.adapters.simulator.vocabulary import PRODUCTS


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


@dataclass(frozen=True, slots=True)
class PortfolioApi:
    """``/portfolio/…``."""

    exchange: SimulatedExchange
    writer: RowWriter
    empty: EmptyAnswer

    @property
    def _commands(self) -> PositionCommands:
        return PositionCommands(self.exchange)

    def routes(self) -> Routes:
        """Return the endpoints by method and path."""
        return {
            ("GET", "/portfolio/positions"): Route("positions", "portfolio", self.positions),
            ("GET", "/portfolio/dealerpositions"): Route("dealer_positions", "portfolio", self.dealer_positions),
            ("PUT", "/portfolio/positions/convert"): Route("convert", "portfolio", self.convert),
            ("PUT", "/portfolio/squareoff"): Route("squareoff", "portfolio", self.square_off),
            ("PUT", "/portfolio/squareoffall"): Route("squareoff_all", "portfolio", self.square_off_all),
            ("GET", "/portfolio/holdings"): Route("holdings", "portfolio", self.holdings),
        }

    def positions(self, call: Call) -> Reply:
        """Show an account's positions; without clientID a dealer is told that there are none."""
        account = account_of(call.login, call.fields, "portfolio", WithoutClient.LOOKS_EMPTY)
        return self._positions(call, account, "positions")

    def dealer_positions(self, call: Call) -> Reply:
        """Show the positions of one of a dealer's clients."""
        return self._positions(call, dealer_account_of(call.login, call.fields, "portfolio"), "dealer_positions")

    def holdings(self, call: Call) -> Reply:
        """Show what lies in the depository; a dealer who names no client trips the server up."""
        account = account_of(call.login, call.fields, "portfolio", WithoutClient.CRASHES)
        shares = self.exchange.books.shares(account)
        return success("s-portfolio-0001", "Success holding", holdings(self.writer.client(account), shares))

    def convert(self, call: Call) -> Reply:
        """Carry a position under another product."""
        reader = FieldReader(call.fields)
        key, units = read_key(reader), reader.whole("targetQty", least=1)
        old, new = reader.choice("oldProductType", PRODUCTS), reader.choice("newProductType", PRODUCTS)
        reader.check()
        account = account_of(call.login, call.fields, "portfolio")
        self._commands.convert(Slot(account, old, key), new, units)
        result = {
            "UserID": call.login.user_id,
            "ClientID": account,
            "OldProductType": old,
            "NewProductType": new,
            "ExchangeSegment": str(call.fields["exchangeSegment"]),
            "ExchangeInstrumentId": key.token,
            "CovertedQty": units,
        }
        return success("s-portfolio-0005", "success position convert", result)

    def square_off(self, call: Call) -> Reply:
        """Close one position, or so many units or per cent of it, with a market order."""
        reader = FieldReader(call.fields)
        key, product = read_key(reader), reader.choice("productType", PRODUCTS)
        in_units = reader.choice("positionSquareOffQuantityType", ("ExactQty", "Percentage")) == "ExactQty"
        value = reader.whole("squareOffQtyValue", least=1)
        reader.check()
        account = account_of(call.login, call.fields, "portfolio")
        slot = Slot(account, product, key)
        units = value if in_units else self._commands.share(slot, value)
        cancels = str(call.fields.get("cancelOrders", "")).lower() == "true"
        self._commands.square_off(call.login.user_id, slot, units, cancels=cancels)
        return success("s-portfolio-0001", "Request sent", {})

    def square_off_all(self, call: Call) -> Reply:
        """Close every position with market orders."""
        account = account_of(call.login, call.fields, "portfolio")
        self._commands.square_off_all(call.login.user_id, account)
        return success("s-portfolio-0001", "Request sent", {})

    def _positions(self, call: Call, account: str, endpoint: str) -> Reply:
        reader = FieldReader(call.fields, "query")
        day = reader.choice("dayOrNet", ("DayWise", "NetWise")) == "DayWise"
        reader.check()
        books = self.exchange.books
        lines = books.positions(account, day=day)
        rows = [self.writer.position(line, books.last_price(line.listing)) for line in lines]
        self.empty.check(call, (endpoint, "portfolio", "portfolio"), is_empty=not rows)
        code, text = (
            ("s-portfolio-0001", "Success position") if day else ("s-portfolio-0005", "Get Net Position successfully!")
        )
        return success(code, text, {"positionList": rows})
