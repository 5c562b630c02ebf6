"""The margin calculator, where the server has one."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from jainam_prop.adapters.simulator.api.validation import FieldReader, unknown
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.rms import margin_rate
from jainam_prop.adapters.simulator.rows.vocabulary import EXCHANGES, segment_name
from jainam_prop.adapters.simulator.server.clients import WithoutClient, account_of
from jainam_prop.adapters.simulator.server.http_messages import Reply, success
from jainam_prop.adapters.simulator.server.routing import Call, Route, Routes
from jainam_prop.domain.instruments.instrument import InstrumentKey


class Leg(NamedTuple):
    """One order of a basket; a price of zero stands for the market's."""

    key: InstrumentKey
    is_long: bool
    product: str
    units: int
    price: Decimal


def basket_margin(exchange: SimulatedExchange, legs: Iterable[Leg]) -> Decimal:
    """Add up what each leg would block by itself; unlike a broker's, this desk grants nothing for a hedge.

    Raises:
        Refusal: a contract is not listed.
    """
    return sum((_leg_margin(exchange, leg) for leg in legs), Decimal(0))


@dataclass(frozen=True, slots=True)
class MarginApi:
    """``/orders/margindetails``, which is there only if the simulator was told so."""

    exchange: SimulatedExchange

    def routes(self) -> Routes:
        """Return the endpoint, if there is one."""
        if not self.exchange.config.margin_calculator:
            return {}
        return {("POST", "/orders/margindetails"): Route("margin", "orders", self.margin)}

    def margin(self, call: Call) -> Reply:
        """Say what a basket would block."""
        account = account_of(call.login, call.fields, "portfolio", WithoutClient.LOOKS_EMPTY)
        legs = call.fields.get("portfolio")
        if not isinstance(legs, list) or not legs:
            raise unknown(name="portfolio", location="body")
        required = basket_margin(self.exchange, map(_leg, legs))
        limits = self.exchange.books.limits(account)
        available = limits.cash - limits.utilised
        details = {
            "IsValid": True,
            "MarginRequired": float(required),
            "MarginAvailable": float(available),
            "MarginShortfall": float(max(Decimal(0), required - available)),
            "ErrorMessage": "",
        }
        return success("s-calculatemargin-0001", "Request sent", {"brokerageDeatils": details})


def _leg(fields: Mapping[str, object]) -> Leg:
    reader = FieldReader(fields)
    token, units = reader.whole("exchangeInstrumentId", least=1), reader.whole("quantity", least=1)
    side, product = reader.choice("orderSide", ("BUY", "SELL")), reader.choice("productType", ("MIS", "NRML", "CNC"))
    price = reader.price("price")
    reader.check()
    segment = segment_name(fields.get("exchange"))
    if segment not in EXCHANGES:
        raise unknown(name="exchange", location="body")
    return Leg(InstrumentKey(EXCHANGES[segment], token), side == "BUY", product, units, price)


def _leg_margin(exchange: SimulatedExchange, leg: Leg) -> Decimal:
    listing = exchange.universe.find(leg.key)
    if listing is None:
        raise unknown(name="exchangeInstrumentId", location="body")
    price = leg.price or exchange.market(leg.key).last_price
    return leg.units * price * margin_rate(listing, leg.product, is_long=leg.is_long)
