"""Interactive endpoints that place, modify and cancel orders, linked ones included."""

from dataclasses import dataclass

from jainam_prop.adapters.simulator.api.fields import (
    SENT,
    FieldReader,
    read_identifier,
    read_key,
    read_linked_terms,
    read_side,
    read_terms,
    sent,
)
from jainam_prop.adapters.simulator.exchange.composite_orders import LinkedOrders
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.orders import Intake
from jainam_prop.adapters.simulator.http.dispatcher import Call, Route, Routes
from jainam_prop.adapters.simulator.http.messages import Reply, success
from jainam_prop.adapters.simulator.http.sessions import account_of
from jainam_prop.adapters.simulator.vocabulary import EXCHANGES
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
        listing = self.exchange.order_entry.listing(key)
        intake = Intake(call.login.user_id, account, listing, side, terms, identifier, source)
        return sent(self.exchange.order_entry.place(intake))

    def modify(self, call: Call) -> Reply:
        """Take new terms for a working order; the quantity is the new total."""
        reader = FieldReader(call.fields)
        order_id = reader.whole("appOrderID", least=1)
        terms = read_terms(reader, modified=True)
        reader.check()
        account = account_of(call.login, call.fields, "order")
        return sent(self.exchange.order_entry.modify(account, order_id, terms))

    def cancel(self, call: Call) -> Reply:
        """Take a cancellation."""
        reader = FieldReader(call.fields, "query")
        order_id = reader.whole("appOrderID", least=1)
        reader.check()
        account = account_of(call.login, call.fields, "order")
        order = self.exchange.order_entry.cancel(account, order_id)
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
                self.exchange.order_entry.cancel(account, order.order_id)
        return success("s-cancelall-0001", "Cancel All Order Request Send Successfully", "")


@dataclass(frozen=True, slots=True)
class LinkedApi:
    """``/orders/cover`` and ``/orders/bracket``."""

    exchange: SimulatedExchange

    @property
    def _linked(self) -> LinkedOrders:
        return LinkedOrders(self.exchange)

    def routes(self) -> Routes:
        """Return the endpoints by method and path."""
        return {
            ("POST", "/orders/cover"): Route("cover_place", "orders", self.place_cover),
            ("PUT", "/orders/cover"): Route("cover_exit", "orders", self.exit_cover),
            ("POST", "/orders/bracket"): Route("bracket_place", "orders", self.place_bracket),
            ("PUT", "/orders/bracket"): Route("bracket_modify", "orders", self.modify_bracket),
            ("DELETE", "/orders/bracket"): Route("bracket_cancel", "orders", self.cancel_bracket),
        }

    def place_cover(self, call: Call) -> Reply:
        """Take an entry with a stop that protects it."""
        reader = FieldReader(call.fields)
        entry = self._entry(call, reader, "CO")
        first, exit_order = self._linked.place_cover(entry)
        result = {
            "EntryAppOrderID": first.order_id,
            "ExitAppOrderID": exit_order.order_id,
            "OrderUniqueIdentifier": entry.identifier,
            "ClientID": entry.account,
        }
        return success("s-orders-0001", SENT, result)

    def exit_cover(self, call: Call) -> Reply:
        """Turn the protecting stop of a cover order into a market order."""
        account = account_of(call.login, call.fields, "order")
        stop = self._linked.exit_cover(account, _order_id(call, "appOrderID"))
        return success("s-orders-0001", SENT, {"AppOrderID": stop.order_id, "ClientID": account})

    def place_bracket(self, call: Call) -> Reply:
        """Take an entry with a target and a stop, given as distances from its price."""
        reader = FieldReader(call.fields)
        distance = reader.price("squarOff" if "squarOff" in call.fields else "squareOff")
        loss = reader.price("stopLossPrice")
        entry = self._entry(call, reader, "BO")
        return sent(self._linked.place_bracket(entry, distance, loss), "s-bracketorders-0002")

    def modify_bracket(self, call: Call) -> Reply:
        """Change quantity and price of an entry that has not filled."""
        reader = FieldReader(call.fields)
        quantity, price = reader.whole("orderQuantity", least=1), reader.price("limitPrice")
        loss = reader.price("stopLossPrice")
        reader.check()
        account = account_of(call.login, call.fields, "order")
        entry = self._linked.modify_bracket(account, _order_id(call, "appOrderID"), quantity, price, loss)
        return sent(entry, "s-bracketorders-0002")

    def cancel_bracket(self, call: Call) -> Reply:
        """Cancel whatever of a bracket still works."""
        account = account_of(call.login, call.fields, "order")
        entry = self._linked.cancel_bracket(account, _order_id(call, "boEntryOrderId"))
        return success("s-bracketorder-0014", SENT, {"AppOrderID": entry.order_id, "ClientID": account})

    def _entry(self, call: Call, reader: FieldReader, product: str) -> Intake:
        key, side = read_key(reader), read_side(reader)
        terms, identifier = read_linked_terms(reader, product), read_identifier(reader)
        source = reader.text("apiOrderSource")
        reader.check()
        account = account_of(call.login, call.fields, "order")
        listing = self.exchange.order_entry.listing(key)
        return Intake(call.login.user_id, account, listing, side, terms, identifier, source, product)


def _order_id(call: Call, name: str) -> int:
    reader = FieldReader(call.fields)
    number = reader.whole(name, least=1)
    reader.check()
    return number
