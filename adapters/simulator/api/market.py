"""Market-data endpoints: login, configuration, instrument master and index list."""

from dataclasses import dataclass

from jainam_prop.adapters.simulator.api.validation import FieldReader, as_list, unknown
from jainam_prop.adapters.simulator.catalogue.universe import index_list
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.rows.enums import INSTRUMENT_TYPES
from jainam_prop.adapters.simulator.rows.vocabulary import SEGMENT_NUMBERS, segment_name
from jainam_prop.adapters.simulator.server.http_messages import Reply, failure, success
from jainam_prop.adapters.simulator.server.routing import Call, Route, Routes
from jainam_prop.adapters.simulator.server.sessions import MARKET, Sessions


@dataclass(frozen=True, slots=True)
class MarketApi:
    """``/auth/…``, ``/config/…``, ``/instruments/master`` and ``/instruments/indexlist``."""

    exchange: SimulatedExchange
    sessions: Sessions

    def routes(self) -> Routes:
        """Return the endpoints by method and path; master and index list answer without a token."""
        return {
            ("POST", "/auth/login"): Route("market_login", "market", self.log_in, is_open=True),
            ("DELETE", "/auth/logout"): Route("market_logout", "market", self.log_out),
            ("GET", "/config/clientConfig"): Route("market_config", "market", self.config),
            ("POST", "/instruments/master"): Route("master", "market", self.master, is_open=True),
            ("GET", "/instruments/indexlist"): Route("index_list", "market", self.indices, is_open=True),
        }

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
        """Close the session."""
        self.sessions.close(call.token)
        return success("s-login-0005", "successfully logged out", {})

    def config(self, _call: Call) -> Reply:
        """Show the numbers behind the names."""
        codes = {
            "touchlineEvent": 1501,
            "marketDepthEvent": 1502,
            "indexDataEvent": 1504,
            "candleDataEvent": 1505,
            "openInterestEvent": 1510,
            "instrumentPropertyChangeEvent": 1105,
            "ltpEvent": 1512,
        }
        by_number = {str(number): name for name, number in INSTRUMENT_TYPES.items()}
        result = {
            "exchangeSegments": SEGMENT_NUMBERS,
            "xtsMessageCode": codes,
            "publishFormat": ["Binary", "JSON"],
            "broadCastMode": ["Full", "Partial"],
            "instrumentType": by_number | INSTRUMENT_TYPES,
        }
        return success("s-response-0001", "Fetched configurations successfully", result)

    def master(self, call: Call) -> Reply:
        """Show the instruments of some segments as one text without header."""
        wanted = as_list(call.fields.get("exchangeSegmentList"))
        segments = [name for item in wanted if (name := segment_name(item)) is not None]
        if len(segments) != len(wanted) or not wanted:
            raise unknown(name="exchangeSegmentList")
        texts = [self.exchange.universe.master(segment) for segment in segments]
        return success("s-instrument-0002", "Data found", "\n".join(text for text in texts if text))

    def indices(self, call: Call) -> Reply:
        """Show the index list of a segment."""
        asked = call.fields.get("exchangeSegment", "")
        found = index_list(segment_name(asked) or "")
        if found is None:
            return failure("e-instrument-0007", "Data not found")
        result = {"exchangeSegment": str(asked), "indexList": list(found)}
        return success("s-instrument-0007", "Index List successfully", result)
