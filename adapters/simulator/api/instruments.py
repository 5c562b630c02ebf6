"""Market-data endpoints for login, configuration, master, index list and instrument look-ups."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import islice
from typing import Final

from jainam_prop.adapters.simulator.api.fields import FieldReader, as_list
from jainam_prop.adapters.simulator.catalogue.derivatives import display_code
from jainam_prop.adapters.simulator.catalogue.universe import Listing, index_list
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.http.dispatcher import Call, Route, Routes
from jainam_prop.adapters.simulator.http.messages import Reply, failure, success
from jainam_prop.adapters.simulator.http.sessions import MARKET, Sessions
from jainam_prop.adapters.simulator.refusals import unknown
from jainam_prop.adapters.simulator.vocabulary import EXCHANGES, SEGMENT_NUMBERS, segment_name
from jainam_prop.domain.instruments.instrument import InstrumentKey


def instrument_row(listing: Listing, today: date) -> dict[str, object]:
    """Write one instrument as look-ups and search do."""
    high, low = float(listing.upper), float(listing.lower)
    band = {
        "High": high,
        "Low": low,
        "HighString": f"{high:.2f}",
        "LowString": f"{low:.2f}",
        "CreditRating": f"{low:.2f}-{high:.2f}",
        "HighExecBandString": "0.00",
        "LowExecBandString": "0.00",
        "HighExecBand": 0,
        "LowExecBand": 0,
        "TERRange": "0.00-0.00",
    }
    return {
        "ExchangeSegment": SEGMENT_NUMBERS[listing.segment],
        "ExchangeInstrumentID": listing.key.token,
        "InstrumentType": listing.kind,
        "Name": listing.name,
        "DisplayName": listing.display_name,
        "Description": listing.description,
        "Series": listing.series,
        "InstrumentID": listing.instrument_id,
        "PriceBand": band,
        "FreezeQty": listing.freeze,
        "TickSize": float(listing.tick),
        "LotSize": listing.lot,
    } | (_contract(listing, listing.expiry, today) if listing.expiry else _named(listing))


def search_row(listing: Listing, today: date) -> dict[str, object]:
    """Write one instrument as the search does, which leaves nothing out for shares."""
    no_contract: dict[str, object] = {
        "UnderlyingInstrumentId": 0,
        "UnderlyingIndexName": "",
        "ContractExpirationString": "",
        "RemainingExpiryDays": 0,
        "StrikePrice": 0,
        "OptionType": 0,
    }
    return no_contract | instrument_row(listing, today) | _named(listing) | {"DecimalDisplace": 2, "Industry": 0}


def _named(listing: Listing) -> dict[str, object]:
    return {"NameWithSeries": f"{listing.name}-{listing.series}"}


def _contract(listing: Listing, expiry: date, today: date) -> dict[str, object]:
    shown = display_code(expiry)
    return {
        "UnderlyingInstrumentId": listing.underlying_id,
        "UnderlyingIndexName": listing.underlying_name,
        "ContractExpiration": listing.expiration,
        "ContractExpirationString": f"{shown[:2]}{shown[2:5].title()}{shown[5:]}",
        "RemainingExpiryDays": (expiry - today).days,
        "StrikePrice": float(listing.strike or 0),
        "OptionType": {"CE": 3, "PE": 4}.get(listing.option_type, 0),
    }


INSTRUMENT_TYPES: Final = {
    "Futures": 1, "Options": 2, "Spread": 4, "Equity": 8, "Spot": 16, "PreferenceShares": 32, "Debentures": 64,
    "Warrants": 128, "Miscellaneous": 256, "MutualFund": 512,
}  # fmt: skip
_MOST_HITS: Final = 50
_CODES: Final = {
    "touchlineEvent": 1501,
    "marketDepthEvent": 1502,
    "indexDataEvent": 1504,
    "candleDataEvent": 1505,
    "openInterestEvent": 1510,
    "instrumentPropertyChangeEvent": 1105,
    "ltpEvent": 1512,
}


def _rows(found: list[Listing], today: date) -> Sequence[object]:
    return [instrument_row(listing, today) for listing in found]


_LOOKUPS: Final[dict[str, Callable[[list[Listing], date], Sequence[object]]]] = {
    "series": lambda found, _: list(dict.fromkeys(listing.series for listing in found)),
    "symbol": _rows,
    "futureSymbol": _rows,
    "optionSymbol": _rows,
    "optionsymbol": _rows,
    "expiryDate": lambda found, _: list({listing.expiration for listing in found if listing.expiration}),
    "optionType": lambda found, _: sorted({listing.option_type for listing in found if listing.option_type}),
    "strikePrice": lambda found, _: list({str(listing.strike) for listing in found if listing.strike}),
}
"""What each look-up returns of the instruments that match every given field; expiry dates are in no order."""


@dataclass(frozen=True, slots=True)
class InstrumentsApi:
    """``/auth/…``, ``/config/…``, ``/instruments/master``, ``/instruments/indexlist`` and the look-ups."""

    exchange: SimulatedExchange
    sessions: Sessions

    def routes(self) -> Routes:
        """Return the endpoints by method and path; master and index list answer without a token."""
        found: Routes = {
            ("POST", "/auth/login"): Route("market_login", "market", self.log_in, is_open=True),
            ("DELETE", "/auth/logout"): Route("market_logout", "market", self.log_out),
            ("GET", "/config/clientConfig"): Route("market_config", "market", self.config),
            ("POST", "/instruments/master"): Route("master", "market", self.master, is_open=True),
            ("GET", "/instruments/indexlist"): Route("index_list", "market", self.indices, is_open=True),
            ("GET", "/search/instruments"): Route("search", "market", self.search),
            ("POST", "/search/instrumentsbyid"): Route("search_ids", "market", self.search_ids),
        }
        for path, found_in in _LOOKUPS.items():
            found["GET", f"/instruments/instrument/{path}"] = Route(path, "market", partial(self._look_up, found_in))
        return found

    def log_in(self, call: Call) -> Reply:
        """Open a session; the code of this success begins with an e, as on the live server."""
        reader = FieldReader(call.fields)
        key, secret = reader.required("appKey"), reader.required("secretKey")
        reader.check()
        session = self.sessions.open(MARKET, key, secret)
        result = {
            "token": session.token,
            "userID": session.login.user_id,
            "appVersion": "5.0.15",
            "application_expiry_date": "30-12-2028",
        }
        return success("e-response-0010", "Provided Valid Credentials", result)

    def log_out(self, call: Call) -> Reply:
        """End the session."""
        self.sessions.close(call.token)
        return success("s-login-0005", "successfully logged out", {})

    def config(self, _call: Call) -> Reply:
        """Return the numbers behind segment, message and instrument names."""
        by_number = {str(number): name for name, number in INSTRUMENT_TYPES.items()}
        result = {
            "exchangeSegments": SEGMENT_NUMBERS,
            "xtsMessageCode": _CODES,
            "publishFormat": ["Binary", "JSON"],
            "broadCastMode": ["Full", "Partial"],
            "instrumentType": by_number | INSTRUMENT_TYPES,
        }
        return success("s-response-0001", "Fetched configurations successfully", result)

    def master(self, call: Call) -> Reply:
        """Return the instruments of some segments as one text without header."""
        wanted = as_list(call.fields.get("exchangeSegmentList"))
        segments = [name for item in wanted if (name := segment_name(item)) is not None]
        if len(segments) != len(wanted) or not wanted:
            raise unknown(name="exchangeSegmentList")
        texts = [self.exchange.universe.master(segment) for segment in segments]
        return success("s-instrument-0002", "Data found", "\n".join(text for text in texts if text))

    def indices(self, call: Call) -> Reply:
        """Return the index list of a segment."""
        asked = call.fields.get("exchangeSegment", "")
        found = index_list(segment_name(asked) or "")
        if found is None:
            return failure("e-instrument-0007", "Data not found")
        result = {"exchangeSegment": str(asked), "indexList": list(found)}
        return success("s-instrument-0007", "Index List successfully", result)

    def search(self, call: Call) -> Reply:
        """Return the first instruments with a text in their row."""
        text = str(call.fields.get("searchString", "")).upper()
        hits = islice(self.exchange.universe.search(text), _MOST_HITS)
        return success("s-search-0001", "Instruments Found", [search_row(hit, self.exchange.day) for hit in hits])

    def search_ids(self, call: Call) -> Reply:
        """Return instruments by number."""
        items = as_list(call.fields.get("instruments"))
        listings = [self._listing(item) for item in items if isinstance(item, dict)]
        rows = [search_row(listing, self.exchange.day) for listing in listings if listing is not None]
        return success("s-search-0002", "Instruments Found", rows)

    def _look_up(self, found_in: Callable[[list[Listing], date], Sequence[object]], call: Call) -> Reply:
        return success("s-rds-0", "ok", found_in(self._matching(call.fields), self.exchange.day))

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
            if all(_is_equal(tests[name](listing), value) for name, value in wanted.items())
        ]


def _is_equal(value: object, wanted: str) -> bool:
    if isinstance(value, Decimal):
        return wanted.replace(".", "", 1).isdigit() and value == Decimal(wanted)
    return str(value).upper() == wanted
