"""Interactive endpoints for cover and bracket orders: an entry with orders that start once it has filled."""

from dataclasses import dataclass
from decimal import Decimal

from jainam_prop.adapters.simulator.clients import account_of
from jainam_prop.adapters.simulator.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.http_messages import Reply, success
from jainam_prop.adapters.simulator.order_fields import (
    SENT,
    read_identifier,
    read_key,
    read_linked_terms,
    read_side,
    sent,
)
from jainam_prop.adapters.simulator.records import Intake, SimOrder, Terms
from jainam_prop.adapters.simulator.refusal import order_not_found
from jainam_prop.adapters.simulator.routing import Call, Route, Routes
from jainam_prop.adapters.simulator.validation import FieldReader
from jainam_prop.domain.order import PriceType


@dataclass(frozen=True, slots=True)
class LinkedApi:
    """``/orders/cover`` and ``/orders/bracket``."""

    exchange: SimulatedExchange

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
        stop = entry.terms._replace(price_type=PriceType.SL_M, price=Decimal(0))
        entry = entry._replace(terms=entry.terms._replace(trigger=Decimal(0)))
        first, exit_order = self.exchange.desk.place_linked(entry, [_against(entry, stop)])
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
        stop = self._owned(account, _id(call, "appOrderID"))
        terms = stop.terms._replace(price_type=PriceType.MARKET, trigger=Decimal(0))
        self.exchange.desk.modify(account, stop.order_id, terms)
        return success("s-orders-0001", SENT, {"AppOrderID": stop.order_id, "ClientID": account})

    def place_bracket(self, call: Call) -> Reply:
        """Take an entry with a target and a stop, given as distances from its price."""
        reader = FieldReader(call.fields)
        distance = reader.price("squarOff" if "squarOff" in call.fields else "squareOff")
        loss = reader.price("stopLossPrice")
        entry = self._entry(call, reader, "BO")
        sign, price = entry.side.sign, entry.terms.price
        target = entry.terms._replace(price_type=PriceType.LIMIT, price=price + sign * distance)
        stop = entry.terms._replace(price_type=PriceType.SL_M, price=Decimal(0), trigger=price - sign * loss)
        legs = [_against(entry, target), _against(entry, stop)]
        return sent(self.exchange.desk.place_linked(entry, legs)[0], "s-bracketorders-0002")

    def modify_bracket(self, call: Call) -> Reply:
        """Change quantity and price of an entry that has not filled."""
        reader = FieldReader(call.fields)
        quantity, price = reader.whole("orderQuantity", least=1), reader.price("limitPrice")
        reader.check()
        account = account_of(call.login, call.fields, "order")
        entry = self._owned(account, _id(call, "appOrderID"))
        terms = entry.terms._replace(quantity=quantity, price=price)
        return sent(self.exchange.desk.modify(account, entry.order_id, terms), "s-bracketorders-0002")

    def cancel_bracket(self, call: Call) -> Reply:
        """Cancel whatever of a bracket still works."""
        account = account_of(call.login, call.fields, "order")
        entry = self._owned(account, _id(call, "boEntryOrderId"))
        for order in (entry, *self.exchange.desk.followers(entry.order_id)):
            if order.state.is_working:
                self.exchange.desk.cancel(account, order.order_id)
        return success("s-bracketorder-0014", SENT, {"AppOrderID": entry.order_id, "ClientID": account})

    def _entry(self, call: Call, reader: FieldReader, product: str) -> Intake:
        key, side = read_key(reader), read_side(reader)
        terms, identifier = read_linked_terms(reader, product), read_identifier(reader)
        reader.check()
        account = account_of(call.login, call.fields, "order")
        listing = self.exchange.desk.listing(key)
        return Intake(call.login.user_id, account, listing, side, terms, identifier, "", product)

    def _owned(self, account: str, order_id: int) -> SimOrder:
        for order in self.exchange.all_orders():
            if order.order_id == order_id and order.intake.account == account:
                return order
        raise order_not_found()


def _against(entry: Intake, terms: Terms) -> Intake:
    return entry._replace(side=entry.side.opposite, terms=terms)


def _id(call: Call, name: str) -> int:
    reader = FieldReader(call.fields)
    number = reader.whole(name, least=1)
    reader.check()
    return number
