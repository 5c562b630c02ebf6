"""Market-data endpoints for quotes, subscriptions and bars; a subscription belongs to the session, not to a socket."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from jainam_prop.adapters.simulator import refusals
from jainam_prop.adapters.simulator.api.fields import FieldReader, as_list
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.http.dispatcher import Call, Route, Routes
from jainam_prop.adapters.simulator.http.messages import Reply, success
from jainam_prop.adapters.simulator.http.sessions import LiveSession
from jainam_prop.adapters.simulator.ticks.history import History, Window, bar_text
from jainam_prop.adapters.simulator.ticks.snapshots import CODES, OPEN_INTEREST, MarketSnapshot
from jainam_prop.adapters.simulator.vocabulary import EXCHANGES, SEGMENT_NUMBERS, segment_name

_MOST_QUOTES: Final = 50
_INTERVALS: Final = ("60", "120", "180", "300", "600", "900", "1800", "3600", "D")


@dataclass(frozen=True, slots=True)
class QuotesApi:
    """``/instruments/quotes``, ``/instruments/subscription`` and ``/instruments/ohlc``.

    Attributes:
        on_subscribed: called with a session and its new subscriptions (segment, instrument, message code).
    """

    exchange: SimulatedExchange
    on_subscribed: Callable[[LiveSession, set[tuple[int, int, int]]], object]
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def routes(self) -> Routes:
        """Return the endpoints by method and path."""
        return {
            ("POST", "/instruments/quotes"): Route("quotes", "market", self.quotes),
            ("POST", "/instruments/subscription"): Route("subscribe", "market", self.subscribe),
            ("PUT", "/instruments/subscription"): Route("unsubscribe", "market", self.unsubscribe),
            ("GET", "/instruments/ohlc"): Route("ohlc", "market", self.bars),
        }

    def quotes(self, call: Call) -> Reply:
        """Return snapshots as JSON texts, without unknown instruments."""
        code, wanted = _wanted(call)
        if len(wanted) > _MOST_QUOTES:
            raise refusals.too_many(name="instruments", most=_MOST_QUOTES)
        result = {"mdp": code, "quotesList": wanted, "listQuotes": self._texts(wanted, code)}
        return success("s-quotes-0001", "Get quotes successfully!", result)

    def subscribe(self, call: Call) -> Reply:
        """Subscribe the session; one instrument that is subscribed already refuses the whole batch."""
        code, wanted = _wanted(call)
        session, new = call.session, {_subscription(item, code) for item in wanted}
        with self._lock:
            left = self.exchange.config.subscription_cap - len(session.subscriptions | new)
            if new & session.subscriptions:
                raise refusals.already_subscribed(left)
            if left < 0:
                raise refusals.Refusal(*refusals.TOO_MANY_SUBSCRIPTIONS)
            session.subscriptions |= new
        self.on_subscribed(session, new)
        result: dict[str, object] = {"Remaining_Subscription_Count": left}
        if call.root != "apibinarymarketdata":
            texts = self._texts(wanted, code) if code != OPEN_INTEREST else []
            result = {"mdp": code, "quotesList": wanted, "listQuotes": texts} | result
        return success("s-session-0001", "Instrument subscribed successfully!", result)

    def unsubscribe(self, call: Call) -> Reply:
        """Remove subscriptions of the session."""
        code, wanted = _wanted(call)
        session = call.session
        with self._lock:
            session.subscriptions -= {_subscription(item, code) for item in wanted}
            left = self.exchange.config.subscription_cap - len(session.subscriptions)
        return success("s-response-0001", "Instrument subscription deleted!", {"Remaining_Subscription_Count": left})

    def bars(self, call: Call) -> Reply:
        """Return bars between two times, under a key that the live server misspells."""
        reader = FieldReader(call.fields, "query")
        start, end = _wall_clock(reader.required("startTime")), _wall_clock(reader.required("endTime"))
        interval = reader.choice("compressionValue", _INTERVALS)
        token = reader.whole("exchangeInstrumentID", least=1)
        reader.check()
        segment = segment_name(call.fields.get("exchangeSegment"))
        if segment not in EXCHANGES or start is None or end is None:
            raise refusals.unknown(name="startTime" if segment else "exchangeSegment", location="query")
        window = Window(start, end)
        try:
            with self.exchange.locked():
                history = History(self.exchange, segment, token)
        except LookupError:
            text = ""
        else:
            text = bar_text(history.days(window) if interval == "D" else history.minutes(int(interval) // 60, window))
        result = {
            "exchangeSegment": str(call.fields["exchangeSegment"]),
            "exchangeInstrumentID": str(token),
            "dataReponse": text,
        }
        return success("s-instrument-0002", "Data found", result)

    def _texts(self, items: list[dict[str, object]], code: int) -> list[str]:
        with self.exchange.locked():
            snapshots = (self._snapshot(item) for item in items)
            return [snapshot.text(code) for snapshot in snapshots if snapshot is not None]

    def _snapshot(self, item: Mapping[str, object]) -> MarketSnapshot | None:
        segment, token = segment_name(item.get("exchangeSegment")), str(item.get("exchangeInstrumentID"))
        if segment not in EXCHANGES or not token.isdigit():
            return None
        try:
            return MarketSnapshot(self.exchange, segment, int(token))
        except LookupError:
            return None


def _wanted(call: Call) -> tuple[int, list[dict[str, object]]]:
    reader = FieldReader(call.fields)
    code = reader.whole("xtsMessageCode", least=1)
    items = [item for item in as_list(call.fields.get("instruments")) if isinstance(item, dict)]
    reader.check()
    if code not in CODES:
        raise refusals.unknown(name="xtsMessageCode")
    return code, items


def _subscription(item: Mapping[str, object], code: int) -> tuple[int, int, int]:
    segment = segment_name(item.get("exchangeSegment"))
    token = str(item.get("exchangeInstrumentID"))
    return SEGMENT_NUMBERS.get(segment or "", 0), int(token) if token.isdigit() else 0, code


def _wall_clock(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%b %d %Y %H%M%S")  # noqa: DTZ007 - an Indian wall clock
    except ValueError:
        return None
