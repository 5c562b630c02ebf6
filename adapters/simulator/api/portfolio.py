"""Interactive endpoints for positions and holdings."""

from dataclasses import dataclass

from jainam_prop.adapters.simulator.api.books import EmptyAnswer
from jainam_prop.adapters.simulator.api.order_fields import read_key
from jainam_prop.adapters.simulator.api.validation import FieldReader
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.ledger import Slot
from jainam_prop.adapters.simulator.exchange.position_desk import PositionDesk
from jainam_prop.adapters.simulator.rows.holdings import holdings
from jainam_prop.adapters.simulator.rows.rows import RowWriter
from jainam_prop.adapters.simulator.rows.vocabulary import PRODUCTS
from jainam_prop.adapters.simulator.server.clients import WithoutClient, account_of, dealer_account_of
from jainam_prop.adapters.simulator.server.http_messages import Reply, success
from jainam_prop.adapters.simulator.server.routing import Call, Route, Routes


@dataclass(frozen=True, slots=True)
class PortfolioApi:
    """``/portfolio/…``."""

    exchange: SimulatedExchange
    writer: RowWriter
    empty: EmptyAnswer

    @property
    def _desk(self) -> PositionDesk:
        return PositionDesk(self.exchange)

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
        self._desk.convert(Slot(account, old, key), new, units)
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
        units = value if in_units else self._desk.share(slot, value)
        cancels = str(call.fields.get("cancelOrders", "")).lower() == "true"
        self._desk.square_off(call.login.user_id, slot, units, cancels=cancels)
        return success("s-portfolio-0001", "Request sent", {})

    def square_off_all(self, call: Call) -> Reply:
        """Close every position with market orders."""
        account = account_of(call.login, call.fields, "portfolio")
        self._desk.square_off_all(call.login.user_id, account)
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
