"""Historical bars as the live server sends them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from jainam_prop.adapters.simulator.api.validation import FieldReader, unknown
from jainam_prop.adapters.simulator.catalogue.past_bars import DAY, PastBar, Window, past_bars
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.rows.vocabulary import EXCHANGES, segment_name
from jainam_prop.adapters.simulator.server.http_messages import Reply, success
from jainam_prop.adapters.simulator.server.routing import Call, Route, Routes

_INTERVALS: Final = ("1", "60", "120", "180", "300", "600", "900", "1800", "3600", "D")


@dataclass(frozen=True, slots=True)
class OhlcApi:
    """``/instruments/ohlc``."""

    exchange: SimulatedExchange

    def routes(self) -> Routes:
        """Return the endpoint."""
        return {("GET", "/instruments/ohlc"): Route("ohlc", "market", self.bars)}

    def bars(self, call: Call) -> Reply:
        """Show bars between two moments, under a key that the live server misspells."""
        reader = FieldReader(call.fields, "query")
        start, end = _moment(reader.required("startTime")), _moment(reader.required("endTime"))
        interval = reader.choice("compressionValue", _INTERVALS)
        token = reader.whole("exchangeInstrumentID", least=1)
        reader.check()
        segment = segment_name(call.fields.get("exchangeSegment"))
        if segment not in EXCHANGES or start is None or end is None:
            raise unknown(name="startTime" if segment else "exchangeSegment", location="query")
        seconds = DAY if interval == "D" else int(interval)
        try:
            text = ",".join(map(_written, past_bars(self.exchange, segment, token, seconds, Window(start, end))))
        except LookupError:
            text = ""
        result = {
            "exchangeSegment": str(call.fields["exchangeSegment"]),
            "exchangeInstrumentID": str(token),
            "dataReponse": text,
        }
        return success("s-instrument-0002", "Data found", result)


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%b %d %Y %H%M%S")  # noqa: DTZ007 - an Indian wall clock
    except ValueError:
        return None


def _written(bar: PastBar) -> str:
    prices = "|".join(f"{price:.2f}" for price in (bar.open, bar.high, bar.low, bar.close))
    return f"{bar.stamp}|{prices}|{bar.volume}|{bar.interest}|"
