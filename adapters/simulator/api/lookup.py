"""Market-data endpoints that look instruments up: series, symbols, expiries, search."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from jainam_prop.adapters.simulator.api.validation import as_list
from jainam_prop.adapters.simulator.catalogue.expiries import display_code
from jainam_prop.adapters.simulator.catalogue.listing import Listing
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.rows.instrument import instrument_row, search_row
from jainam_prop.adapters.simulator.rows.vocabulary import EXCHANGES, segment_name
from jainam_prop.adapters.simulator.server.http_messages import Reply, success
from jainam_prop.adapters.simulator.server.routing import Call, Route, Routes
from jainam_prop.domain.instruments.instrument import InstrumentKey

_MOST_HITS = 50


@dataclass(frozen=True, slots=True)
class LookupApi:
    """``/instruments/instrument/…`` and ``/search/…``."""

    exchange: SimulatedExchange

    def routes(self) -> Routes:
        """Return the endpoints by method and path; option symbols are spelled in two ways."""
        below = "/instruments/instrument/"
        lookups: dict[str, Callable[[Call], Reply]] = {
            "series": self.series,
            "symbol": self.symbols,
            "futureSymbol": self.symbols,
            "optionSymbol": self.symbols,
            "optionsymbol": self.symbols,
            "expiryDate": self.expiries,
            "optionType": self.option_types,
            "strikePrice": self.strikes,
        }
        found: Routes = {("GET", below + path): Route(path, "market", handler) for path, handler in lookups.items()}
        found["GET", "/search/instruments"] = Route("search", "market", self.search)
        found["POST", "/search/instrumentsbyid"] = Route("search_ids", "market", self.search_ids)
        return found

    def series(self, call: Call) -> Reply:
        """Show the series of a segment."""
        return _ok(list(dict.fromkeys(listing.series for listing in self._matching(call.fields))))

    def symbols(self, call: Call) -> Reply:
        """Show the instruments that match everything that is asked."""
        return _ok([instrument_row(listing, self.exchange.day) for listing in self._matching(call.fields)])

    def expiries(self, call: Call) -> Reply:
        """Show expiry dates, in no order."""
        return _ok(list({listing.expiration for listing in self._matching(call.fields) if listing.expiration}))

    def option_types(self, call: Call) -> Reply:
        """Show which rights are listed."""
        return _ok(sorted({listing.option_type for listing in self._matching(call.fields) if listing.option_type}))

    def strikes(self, call: Call) -> Reply:
        """Show the strikes as texts."""
        return _ok(list({str(listing.strike): 0 for listing in self._matching(call.fields) if listing.strike}))

    def search(self, call: Call) -> Reply:
        """Show the first instruments whose row contains a text."""
        text = str(call.fields.get("searchString", "")).upper()
        hits = [listing for listing, _ in zip(self.exchange.universe.search(text), range(_MOST_HITS), strict=False)]
        return success("s-search-0001", "Instruments Found", [search_row(hit, self.exchange.day) for hit in hits])

    def search_ids(self, call: Call) -> Reply:
        """Show instruments by number."""
        found: list[dict[str, object]] = []
        for item in as_list(call.fields.get("instruments")):
            listing = self._listing(item) if isinstance(item, dict) else None
            if listing is not None:
                found.append(search_row(listing, self.exchange.day))
        return success("s-search-0002", "Instruments Found", found)

    def _listing(self, item: Mapping[str, object]) -> Listing | None:
        segment, token = segment_name(item.get("exchangeSegment")), str(item.get("exchangeInstrumentID"))
        if segment not in EXCHANGES or not token.isdigit():
            return None
        return self.exchange.universe.find(InstrumentKey(EXCHANGES[segment], int(token)))

    def _matching(self, asked: Mapping[str, object]) -> list[Listing]:
        segment = segment_name(asked.get("exchangeSegment")) or ""
        tests: dict[str, Callable[[Listing], object]] = {
            "series": lambda listing: listing.series,
            "symbol": lambda listing: listing.name,
            "optionType": lambda listing: listing.option_type,
            "expiryDate": lambda listing: display_code(listing.expiry) if listing.expiry else "",
            "strikePrice": lambda listing: listing.strike,
        }
        wanted = {name: str(asked[name]).upper() for name in tests if asked.get(name)}
        return [
            listing
            for listing in self.exchange.universe.listings(segment)
            if all(_same(tests[name](listing), value) for name, value in wanted.items())
        ]


def _same(value: object, wanted: str) -> bool:
    if isinstance(value, Decimal):
        return wanted.replace(".", "", 1).isdigit() and value == Decimal(wanted)
    return str(value).upper() == wanted


def _ok(result: object) -> Reply:
    return success("s-rds-0", "ok", result)
