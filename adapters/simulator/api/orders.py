"""Interactive endpoints that send, change and cancel orders."""

from dataclasses import dataclass

from jainam_prop.adapters.simulator.api.order_fields import (
    SENT,
    read_identifier,
    read_key,
    read_side,
    read_terms,
    sent,
)
from jainam_prop.adapters.simulator.api.validation import FieldReader
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.records import Intake
from jainam_prop.adapters.simulator.rows.vocabulary import EXCHANGES
from jainam_prop.adapters.simulator.server.clients import account_of
from jainam_prop.adapters.simulator.server.http_messages import Reply, success
from jainam_prop.adapters.simulator.server.routing import Call, Route, Routes
from jainam_prop.domain.orders.order import OrderState


@dataclass(frozen=True, slots=True)
class OrdersApi:
    """``/orders`` and ``/orders/cancelall``."""

    exchange: SimulatedExchange
    cancel_as_array: bool

    def routes(self) -> Routes:
        """Return the endpoints by method and path."""
        return {
            ("POST", "/orders"): Route("place", "orders", self.place),
            ("PUT", "/orders"): Route("modify", "orders", self.modify),
            ("DELETE", "/orders"): Route("cancel", "orders", self.cancel),
            ("POST", "/orders/cancelall"): Route("cancel_all", "orders", self.cancel_all),
        }

    def place(self, call: Call) -> Reply:
        """Take an order; "Request sent" says no more than that."""
        reader = FieldReader(call.fields)
        key = read_key(reader)
        side, terms, identifier = read_side(reader), read_terms(reader), read_identifier(reader)
        source = reader.text("apiOrderSource")
        reader.check()
        account = account_of(call.login, call.fields, "order")
        listing = self.exchange.desk.listing(key)
        intake = Intake(call.login.user_id, account, listing, side, terms, identifier, source)
        return sent(self.exchange.desk.place(intake))

    def modify(self, call: Call) -> Reply:
        """Take new terms for a working order; the quantity is the new total."""
        reader = FieldReader(call.fields)
        order_id = reader.whole("appOrderID", least=1)
        terms = read_terms(reader, modified=True)
        reader.check()
        account = account_of(call.login, call.fields, "order")
        return sent(self.exchange.desk.modify(account, order_id, terms))

    def cancel(self, call: Call) -> Reply:
        """Take a cancellation."""
        reader = FieldReader(call.fields, "query")
        order_id = reader.whole("appOrderID", least=1)
        reader.check()
        account = account_of(call.login, call.fields, "order")
        order = self.exchange.desk.cancel(account, order_id)
        result = {"AppOrderID": order.order_id, "ClientID": account}
        return success("s-orders-0001", SENT, [result] if self.cancel_as_array else result)

    def cancel_all(self, call: Call) -> Reply:
        """Cancel the working orders of an instrument, or of a whole segment for number 0."""
        reader = FieldReader(call.fields)
        exchange = EXCHANGES[reader.choice("exchangeSegment", tuple(EXCHANGES))]
        token = reader.whole("exchangeInstrumentID", default=0)
        reader.check()
        account = account_of(call.login, call.fields, "order")
        for order in self.exchange.working_orders(account):
            is_meant = order.key.exchange is exchange and token in {0, order.key.token}
            if is_meant and order.state is not OrderState.PENDING_CANCEL:
                self.exchange.desk.cancel(account, order.order_id)
        return success("s-cancelall-0001", "Cancel All Order Request Send Successfully", "")
