"""Interactive endpoints for positions and holdings."""

from dataclasses import dataclass
from decimal import Decimal

from jainam_prop.adapters.simulator.books_api import EmptyAnswer
from jainam_prop.adapters.simulator.clients import WithoutClient, account_of, dealer_account_of
from jainam_prop.adapters.simulator.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.http_messages import Reply, success
from jainam_prop.adapters.simulator.ledger import PositionLine, Slot
from jainam_prop.adapters.simulator.order_fields import read_key
from jainam_prop.adapters.simulator.records import Intake, Terms
from jainam_prop.adapters.simulator.routing import Call, Route, Routes
from jainam_prop.adapters.simulator.validation import FieldReader
from jainam_prop.adapters.simulator.vocabulary import PRODUCTS
from jainam_prop.adapters.simulator.wire_holdings import holdings
from jainam_prop.adapters.simulator.wire_rows import RowWriter
from jainam_prop.domain.order import PriceType, Side, Validity

_ALL = 100


@dataclass(frozen=True, slots=True)
class PortfolioApi:
    """``/portfolio/…``."""

    exchange: SimulatedExchange
    writer: RowWriter
    empty: EmptyAnswer

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
        slot = Slot(account, old, key)
        line = self.exchange.positions(account).get(slot)
        self.exchange.desk.convert(slot, new, units if line is None or line.net > 0 else -units)
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
        if str(call.fields.get("cancelOrders", "")).lower() == "true":
            self._cancel(slot)
        line = self.exchange.positions(account).get(slot)
        if line is not None and line.net:
            most = abs(line.net)
            self._close(call, line, min(most, value if in_units else most * value // _ALL))
        return success("s-portfolio-0001", "Request sent", {})

    def square_off_all(self, call: Call) -> Reply:
        """Close every position with market orders."""
        account = account_of(call.login, call.fields, "portfolio")
        for line in self.exchange.positions(account).values():
            if line.net:
                self._close(call, line, abs(line.net))
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

    def _cancel(self, slot: Slot) -> None:
        for order in self.exchange.working_orders(slot.account):
            if (order.key, order.terms.product) == (slot.key, slot.product):
                self.exchange.desk.cancel(slot.account, order.order_id)

    def _close(self, call: Call, line: PositionLine, units: int) -> None:
        side = Side.SELL if line.net > 0 else Side.BUY
        zero = Decimal(0)
        terms = Terms(line.slot.product, PriceType.MARKET, units, zero, zero, 0, Validity.DAY)
        self.exchange.desk.place(Intake(call.login.user_id, line.slot.account, line.listing, side, terms))
