"""Interactive endpoints for cover and bracket orders."""

from dataclasses import dataclass

from jainam_prop.adapters.simulator.api.order_fields import (
    SENT,
    read_identifier,
    read_key,
    read_linked_terms,
    read_side,
    sent,
)
from jainam_prop.adapters.simulator.api.validation import FieldReader
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.linked_desk import LinkedDesk
from jainam_prop.adapters.simulator.exchange.records import Intake
from jainam_prop.adapters.simulator.server.clients import account_of
from jainam_prop.adapters.simulator.server.http_messages import Reply, success
from jainam_prop.adapters.simulator.server.routing import Call, Route, Routes


@dataclass(frozen=True, slots=True)
class LinkedApi:
    """``/orders/cover`` and ``/orders/bracket``."""

    exchange: SimulatedExchange

    @property
    def _desk(self) -> LinkedDesk:
        return LinkedDesk(self.exchange)

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
        first, exit_order = self._desk.place_cover(entry)
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
        stop = self._desk.exit_cover(account, _id(call, "appOrderID"))
        return success("s-orders-0001", SENT, {"AppOrderID": stop.order_id, "ClientID": account})

    def place_bracket(self, call: Call) -> Reply:
        """Take an entry with a target and a stop, given as distances from its price."""
        reader = FieldReader(call.fields)
        distance = reader.price("squarOff" if "squarOff" in call.fields else "squareOff")
        loss = reader.price("stopLossPrice")
        entry = self._entry(call, reader, "BO")
        return sent(self._desk.place_bracket(entry, distance, loss), "s-bracketorders-0002")

    def modify_bracket(self, call: Call) -> Reply:
        """Change quantity and price of an entry that has not filled."""
        reader = FieldReader(call.fields)
        quantity, price = reader.whole("orderQuantity", least=1), reader.price("limitPrice")
        loss = reader.price("stopLossPrice")
        reader.check()
        account = account_of(call.login, call.fields, "order")
        entry = self._desk.modify_bracket(account, _id(call, "appOrderID"), quantity, price, loss)
        return sent(entry, "s-bracketorders-0002")

    def cancel_bracket(self, call: Call) -> Reply:
        """Cancel whatever of a bracket still works."""
        account = account_of(call.login, call.fields, "order")
        entry = self._desk.cancel_bracket(account, _id(call, "boEntryOrderId"))
        return success("s-bracketorder-0014", SENT, {"AppOrderID": entry.order_id, "ClientID": account})

    def _entry(self, call: Call, reader: FieldReader, product: str) -> Intake:
        key, side = read_key(reader), read_side(reader)
        terms, identifier = read_linked_terms(reader, product), read_identifier(reader)
        source = reader.text("apiOrderSource")
        reader.check()
        account = account_of(call.login, call.fields, "order")
        listing = self.exchange.desk.listing(key)
        return Intake(call.login.user_id, account, listing, side, terms, identifier, source, product)


def _id(call: Call, name: str) -> int:
    reader = FieldReader(call.fields)
    number = reader.whole(name, least=1)
    reader.check()
    return number
