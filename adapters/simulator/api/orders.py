"""Interactive endpoints that place, modify and cancel orders, cover and bracket orders included.

"Request sent" confirms that an order was accepted, and nothing about its later states.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from jainam_prop.adapters.simulator.api.fields import FieldReader, read_key, read_terms
from jainam_prop.adapters.simulator.exchange.composite_orders import LinkedOrders
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.orders import Intake, SimOrder
from jainam_prop.adapters.simulator.http.dispatcher import Call, Route, Routes
from jainam_prop.adapters.simulator.http.messages import Reply, success
from jainam_prop.adapters.simulator.http.sessions import account_of
from jainam_prop.domain.orders.order import Side

_LONGEST_IDENTIFIER: Final = 20
_SENT: Final = "Request sent"
_SENT_CODE: Final = "s-orders-0001"
_BRACKET_CODE: Final = "s-bracketorders-0002"


@dataclass(frozen=True, slots=True)
class OrdersApi:
    """``/orders`` to write, ``/orders/cover`` and ``/orders/bracket``."""

    exchange: SimulatedExchange

    def routes(self) -> Routes:
        """Return the endpoints by method and path."""
        return {
            ("POST", "/orders"): Route("place", "orders", self.place),
            ("PUT", "/orders"): Route("modify", "orders", self.modify),
            ("DELETE", "/orders"): Route("cancel", "orders", self.cancel),
            ("POST", "/orders/cover"): Route("cover_place", "orders", self.place_cover),
            ("PUT", "/orders/cover"): Route("cover_exit", "orders", self.exit_cover),
            ("POST", "/orders/bracket"): Route("bracket_place", "orders", self.place_bracket),
            ("PUT", "/orders/bracket"): Route("bracket_modify", "orders", self.modify_bracket),
            ("DELETE", "/orders/bracket"): Route("bracket_cancel", "orders", self.cancel_bracket),
        }

    def place(self, call: Call) -> Reply:
        """Accept an order."""
        return _sent(self.exchange.order_entry.place(self._intake(call, FieldReader(call.fields))))

    def modify(self, call: Call) -> Reply:
        """Accept new terms for a working order; the quantity is the new total."""
        reader = FieldReader(call.fields)
        order_id = reader.whole("appOrderID", least=1)
        terms = read_terms(reader, modified=True)
        reader.check()
        account = account_of(call.login, call.fields, "order")
        return _sent(self.exchange.order_entry.modify(account, order_id, terms))

    def cancel(self, call: Call) -> Reply:
        """Accept a cancellation."""
        order_id = _order_id(call.fields, "appOrderID", "query")
        account = account_of(call.login, call.fields, "order")
        order = self.exchange.order_entry.cancel(account, order_id)
        return success(_SENT_CODE, _SENT, {"AppOrderID": order.order_id, "ClientID": account})

    def place_cover(self, call: Call) -> Reply:
        """Accept an entry with a protective stop."""
        entry = self._intake(call, FieldReader(call.fields), "CO")
        first, exit_order = LinkedOrders(self.exchange).place_cover(entry)
        result = {
            "EntryAppOrderID": first.order_id,
            "ExitAppOrderID": exit_order.order_id,
            "OrderUniqueIdentifier": entry.identifier,
            "ClientID": entry.account,
        }
        return success(_SENT_CODE, _SENT, result)

    def exit_cover(self, call: Call) -> Reply:
        """Turn the protective stop of a cover order into a market order."""
        account = account_of(call.login, call.fields, "order")
        stop = LinkedOrders(self.exchange).exit_cover(account, _order_id(call.fields, "appOrderID"))
        return success(_SENT_CODE, _SENT, {"AppOrderID": stop.order_id, "ClientID": account})

    def place_bracket(self, call: Call) -> Reply:
        """Accept an entry with a target and a stop at distances in rupees from its price."""
        reader = FieldReader(call.fields)
        target = reader.price("squarOff" if "squarOff" in call.fields else "squareOff")
        loss = reader.price("stopLossPrice")
        entry = self._intake(call, reader, "BO")
        return _sent(LinkedOrders(self.exchange).place_bracket(entry, target, loss), _BRACKET_CODE)

    def modify_bracket(self, call: Call) -> Reply:
        """Accept quantity and price of an entry that has not filled."""
        reader = FieldReader(call.fields)
        quantity, price = reader.whole("orderQuantity", least=1), reader.price("limitPrice")
        loss, entry_id = reader.price("stopLossPrice"), reader.whole("appOrderID", least=1)
        reader.check()
        account = account_of(call.login, call.fields, "order")
        entry = LinkedOrders(self.exchange).modify_bracket(account, entry_id, quantity, price, loss)
        return _sent(entry, _BRACKET_CODE)

    def cancel_bracket(self, call: Call) -> Reply:
        """Cancel every working order of a bracket."""
        account = account_of(call.login, call.fields, "order")
        entry = LinkedOrders(self.exchange).cancel_bracket(account, _order_id(call.fields, "boEntryOrderId"))
        return success("s-bracketorder-0014", _SENT, {"AppOrderID": entry.order_id, "ClientID": account})

    def _intake(self, call: Call, reader: FieldReader, linked: str = "") -> Intake:
        key, side = read_key(reader), Side(reader.choice("orderSide", ("BUY", "SELL")))
        terms, source = read_terms(reader, linked=linked), reader.text("apiOrderSource")
        identifier = reader.text("orderUniqueIdentifier", longest=_LONGEST_IDENTIFIER)
        reader.check()
        account = account_of(call.login, call.fields, "order")
        listing = self.exchange.listing(key)
        return Intake(call.login.user_id, account, listing, side, terms, identifier, source, linked or "NORMAL")


def _order_id(fields: Mapping[str, object], name: str, location: str = "body") -> int:
    reader = FieldReader(fields, location)
    number = reader.whole(name, least=1)
    reader.check()
    return number


def _sent(order: SimOrder, code: str = _SENT_CODE) -> Reply:
    """Confirm an accepted order; the identifier is left out if the request had none."""
    result: dict[str, object] = {"AppOrderID": order.order_id, "ClientID": order.intake.account}
    if order.intake.identifier:
        result["OrderUniqueIdentifier"] = order.intake.identifier
    return success(code, _SENT, result)
