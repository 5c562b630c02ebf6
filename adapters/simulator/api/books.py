"""Interactive endpoints for orders, trades, positions and holdings.

A dealer's call without clientID to one of the normal endpoints gets "Data Not Available", rows or not.
"""

from dataclasses import dataclass

from jainam_prop.adapters.simulator.api.fields import FieldReader, read_key
from jainam_prop.adapters.simulator.config import EmptyBooks
from jainam_prop.adapters.simulator.exchange.composite_orders import PositionCommands
from jainam_prop.adapters.simulator.exchange.exchange import Share, SimulatedExchange
from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.adapters.simulator.http.dispatcher import Call, Route, Routes
from jainam_prop.adapters.simulator.http.messages import Reply, success
from jainam_prop.adapters.simulator.http.sessions import account_of, dealer_account_of
from jainam_prop.adapters.simulator.refusals import Crash, no_rows
from jainam_prop.adapters.simulator.rows import RowWriter
from jainam_prop.adapters.simulator.vocabulary import PRODUCTS


@dataclass(frozen=True, slots=True)
class BooksApi:
    """``/orders`` to read, ``/orders/trades``, ``/portfolio/…``, and the dealer books."""

    exchange: SimulatedExchange
    writer: RowWriter

    def routes(self) -> Routes:
        """Return the endpoints by method and path."""
        return {
            ("GET", "/orders"): Route("order_book", "books", self.orders),
            ("GET", "/orders?appOrderID"): Route("order_history", "books", self.history),
            ("GET", "/orders/dealerorderbook"): Route("dealer_order_book", "books", self.orders),
            ("GET", "/orders/trades"): Route("trade_book", "books", self.trades),
            ("GET", "/orders/dealertradebook"): Route("dealer_trade_book", "books", self.trades),
            ("GET", "/portfolio/positions"): Route("positions", "portfolio", self.positions),
            ("GET", "/portfolio/dealerpositions"): Route("dealer_positions", "portfolio", self.positions),
            ("GET", "/portfolio/holdings"): Route("holdings", "portfolio", self.holdings),
            ("PUT", "/portfolio/positions/convert"): Route("convert", "portfolio", self.convert),
            ("PUT", "/portfolio/squareoff"): Route("squareoff", "portfolio", self.square_off),
            ("PUT", "/portfolio/squareoffall"): Route("squareoff_all", "portfolio", self.square_off_all),
        }

    def orders(self, call: Call) -> Reply:
        """Return the orders of an account."""
        account = _book_account(call, "order")
        rows = [self.writer.order(order, update) for order, update in self.exchange.books.orders(account)]
        self._check_empty(call, "order", is_empty=not rows)
        code = "s-orders-0001" if rows or call.route.name == "order_book" else "s-dealerorder-0001"
        return success(code, "Success order book", rows)

    def history(self, call: Call) -> Reply:
        """Return every state of one order, oldest first."""
        reader = FieldReader(call.fields, "query")
        order_id = reader.whole("appOrderID", least=1)
        reader.check()
        account = account_of(call.login, call.fields, "order")
        order, updates = self.exchange.books.history(account, order_id)
        rows = [self.writer.order(order, update) for update in updates]
        return success("s-orders-0001", "Success order history", rows)

    def trades(self, call: Call) -> Reply:
        """Return the executions of an account."""
        account = _book_account(call, "trade")
        rows = [self.writer.trade(done) for done in self.exchange.books.executions(account)]
        self._check_empty(call, "trade", is_empty=not rows)
        code = "s-orders-0001" if call.route.name == "trade_book" else "s-dealertrade-0001"
        return success(code, "Success trade book", rows)

    def positions(self, call: Call) -> Reply:
        """Return the positions of an account."""
        account = _book_account(call, "portfolio")
        reader = FieldReader(call.fields, "query")
        day = reader.choice("dayOrNet", ("DayWise", "NetWise")) == "DayWise"
        reader.check()
        books = self.exchange.books
        lines = books.positions(account, day=day)
        rows = [self.writer.position(line, books.last_price(line.listing)) for line in lines]
        self._check_empty(call, "portfolio", is_empty=not rows)
        code, text = (
            ("s-portfolio-0001", "Success position") if day else ("s-portfolio-0005", "Get Net Position successfully!")
        )
        return success(code, text, {"positionList": rows})

    def holdings(self, call: Call) -> Reply:
        """Return shares in the depository; the server crashes on a dealer's call without clientID."""
        account = account_of(call.login, call.fields, "portfolio", Crash())
        shares = self.exchange.books.shares(account)
        return success("s-portfolio-0001", "Success holding", _holdings(self.writer.client(account), shares))

    def convert(self, call: Call) -> Reply:
        """Convert a position to another product."""
        reader = FieldReader(call.fields)
        key, units = read_key(reader), reader.whole("targetQty", least=1)
        old, new = reader.choice("oldProductType", PRODUCTS), reader.choice("newProductType", PRODUCTS)
        reader.check()
        account = account_of(call.login, call.fields, "portfolio")
        PositionCommands(self.exchange).convert(Slot(account, old, key), new, units)
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
        """Close one position with a market order, whole or by units or per cent."""
        reader = FieldReader(call.fields)
        key, product = read_key(reader), reader.choice("productType", PRODUCTS)
        in_units = reader.choice("positionSquareOffQuantityType", ("ExactQty", "Percentage")) == "ExactQty"
        value = reader.whole("squareOffQtyValue", least=1)
        reader.check()
        commands = PositionCommands(self.exchange)
        slot = Slot(account_of(call.login, call.fields, "portfolio"), product, key)
        units = value if in_units else commands.share(slot, value)
        cancels = str(call.fields.get("cancelOrders", "")).lower() == "true"
        commands.square_off(call.login.user_id, slot, units, cancels=cancels)
        return success("s-portfolio-0001", "Request sent", {})

    def square_off_all(self, call: Call) -> Reply:
        """Close every position with market orders."""
        account = account_of(call.login, call.fields, "portfolio")
        PositionCommands(self.exchange).square_off_all(call.login.user_id, account)
        return success("s-portfolio-0001", "Request sent", {})

    def _check_empty(self, call: Call, group: str, *, is_empty: bool) -> None:
        """Refuse an empty book where this server refuses it, and a full one under `FaultKind.FALSE_EMPTY`."""
        if is_empty:
            configured = self.exchange.config.empty_books
            is_refused = configured is EmptyBooks.ERROR or (
                configured is EmptyBooks.JAINAM and not call.route.name.startswith("dealer_")
            )
        else:
            faults, places = self.exchange.faults, (call.route.name, call.route.family)
            is_refused = faults.take({FaultKind.FALSE_EMPTY}, places, call.fields) is not None
        if is_refused:
            raise no_rows(group)


def _book_account(call: Call, group: str) -> str:
    """Return the account whose book is asked for, at a normal endpoint or at a dealer's."""
    if call.route.name.startswith("dealer_"):
        return dealer_account_of(call.login, call.fields, group)
    return account_of(call.login, call.fields, group, no_rows(group))


def _holdings(account: str, shares: tuple[Share, ...]) -> dict[str, object]:
    """Write holdings keyed by ISIN, as current servers do."""
    return {
        "ClientId": account,
        "RMSHoldings": {"Holdings": {share.isin: _holding(account, share) for share in shares}},
        "CollateralHoldings": {"Holdings": {}},
    }


def _holding(account: str, share: Share) -> dict[str, object]:
    return {
        "ISIN": share.isin,
        "HoldingType": 2,
        "HoldingQuantity": share.quantity,
        "CollateralValuationType": 1,
        "Haircut": 15,
        "CollateralQuantity": 0,
        "CreatedBy": "ADMIN",
        "LastUpdatedBy": "ADMIN",
        "CreatedOn": "2026-03-10T07:06:36",
        "LastUpdatedOn": "2026-03-10T07:06:36",
        "UsedQuantity": 0,
        "IsCollateralHolding": False,
        "BuyAvgPrice": float(share.average),
        "IsBuyAvgPriceProvided": True,
        "AuthorizeQuantity": 0,
        "IsNeedToDelete": False,
        "RMSHoldingId": 1001,
        "ClientId": account,
        "ExchangeNSEInstrumentId": share.nse,
        "ExchangeBSEInstrumentId": share.bse,
        "ExchangeMSEIInstrumentId": 0,
    }
