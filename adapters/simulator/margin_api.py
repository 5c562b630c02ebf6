"""The margin calculator, where the server has one."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from jainam_prop.adapters.simulator.clients import WithoutClient, account_of
from jainam_prop.adapters.simulator.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.http_messages import Reply, success
from jainam_prop.adapters.simulator.rms import margin_rate
from jainam_prop.adapters.simulator.routing import Call, Route, Routes
from jainam_prop.adapters.simulator.validation import FieldReader, unknown
from jainam_prop.adapters.simulator.vocabulary import EXCHANGES, segment_name
from jainam_prop.domain.instrument import InstrumentKey


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
        """Add up what each leg would block by itself."""
        account = account_of(call.login, call.fields, "portfolio", WithoutClient.LOOKS_EMPTY)
        legs = call.fields.get("portfolio")
        if not isinstance(legs, list) or not legs:
            raise unknown(name="portfolio", location="body")
        required = sum((self._leg(leg) for leg in legs), Decimal(0))
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

    def _leg(self, fields: Mapping[str, object]) -> Decimal:
        reader = FieldReader(fields)
        segment, token = segment_name(fields.get("exchange")), reader.whole("exchangeInstrumentId", least=1)
        units, side = reader.whole("quantity", least=1), reader.choice("orderSide", ("BUY", "SELL"))
        product = reader.choice("productType", ("MIS", "NRML", "CNC"))
        reader.check()
        key = InstrumentKey(EXCHANGES[segment], token) if segment in EXCHANGES else None
        listing = None if key is None else self.exchange.universe.find(key)
        if key is None or listing is None:
            raise unknown(name="exchangeInstrumentId", location="body")
        price = Decimal(str(fields.get("price") or 0)) or self.exchange.market(key).last_price
        return units * price * margin_rate(listing, product, is_long=side == "BUY")
