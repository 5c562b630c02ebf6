"""Market data over HTTP: quotes, historical bars, and subscriptions, for which there is no other way.

Protocol reference, sections 8 to 10. The socket only delivers what is subscribed here.
"""

import json
import logging
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, time
from itertools import islice
from typing import Final, TypeVar, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.adapters.xts.http.api import ApiRequest, XtsPort
from jainam_prop.adapters.xts.http.connections import PoolName
from jainam_prop.adapters.xts.http.outcomes import Answered, Reply, question_outcome, reading
from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts.wire.replies.envelope import is_empty_book, refusal
from jainam_prop.adapters.xts.wire.replies.market_data import read_bars, read_open_interests, read_quotes
from jainam_prop.adapters.xts.wire.ticks.cells import WireKey
from jainam_prop.adapters.xts.wire.ticks.json import read_full
from jainam_prop.adapters.xts.wire.words import (
    MARKET_DEPTH,
    OPEN_INTEREST,
    SEGMENT_BY_EXCHANGE,
    SEGMENT_NUMBER_BY_EXCHANGE,
)
from jainam_prop.application.ports.market_data import Subscribed
from jainam_prop.domain.errors import BrokerError, Rejected
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.history import DAILY, Bar, Span
from jainam_prop.domain.market_data.quote import Quote
from jainam_prop.domain.market_data.subscriptions import Batch
from jainam_prop.domain.market_data.tick import FeedEvent
from jainam_prop.domain.money import parse_units
from jainam_prop.domain.sessions.session import Application, Session

BATCH: Final = 50
"""The most instruments that one call may name (protocol reference, section 8)."""

_LOG: Final = logging.getLogger(__name__)
_QUOTES: Final = "/instruments/quotes"
_SUBSCRIPTION: Final = "/instruments/subscription"
_OHLC: Final = "/instruments/ohlc"
_ALREADY_SUBSCRIBED: Final = "e-session-0002"
_LAST_SECOND: Final = time(23, 59, 59)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_read_quotes: Final = reading("the quotes", read_quotes)
_read_interests: Final = reading("the open interest", read_open_interests)
_read_bars: Final = reading("the historical bars", read_bars)

_Shown = TypeVar("_Shown", Quote, int)


@final
class XtsMarketData(XtsPort):
    """The `MarketData`, `OpenInterests` and `PriceHistory` ports on XTS's market-data application."""

    def quotes(
        self, session: Session, keys: Sequence[InstrumentKey], timeout_seconds: float
    ) -> Result[dict[InstrumentKey, Quote], BrokerError]:
        """Return a snapshot with the depth of each contract that the server knows; see the port."""
        return self._snapshots(session, keys, timeout_seconds, MARKET_DEPTH, _read_quotes)

    def open_interest(
        self, session: Session, keys: Sequence[InstrumentKey], timeout_seconds: float
    ) -> Result[dict[InstrumentKey, int], BrokerError]:
        """Return the open units of each derivative that the server knows; see the port."""
        return self._snapshots(session, keys, timeout_seconds, OPEN_INTEREST, _read_interests)

    def bars(
        self, session: Session, key: InstrumentKey, seconds: int, span: Span, timeout_seconds: float
    ) -> Result[tuple[Bar, ...], BrokerError]:
        """Return the bars of some days as the broker stamped them; see the port.

        Assumed: a server may answer days without bars as it answers an empty book; none has been seen to.
        """
        query = {
            "exchangeSegment": SEGMENT_BY_EXCHANGE[key.exchange],
            "exchangeInstrumentID": str(key.token),
            "startTime": _written(datetime.combine(span.first, time())),
            "endTime": _written(datetime.combine(span.last, _LAST_SECOND)),
            "compressionValue": "D" if seconds == DAILY.seconds else str(seconds),
        }
        question = _request("GET", _OHLC, query)
        return self._api.ask(
            session,
            question,
            timeout_seconds,
            lambda _, answer: _read_bars(answer),
            lambda _, error: is_empty_book(error),
        )

    def _snapshots(
        self,
        session: Session,
        keys: Sequence[InstrumentKey],
        timeout_seconds: float,
        code: int,
        read: Callable[[object], Result[dict[WireKey, _Shown], BrokerError]],
    ) -> Result[dict[InstrumentKey, _Shown], BrokerError]:
        deadline, clock = self._api.client.deadline(timeout_seconds), self._api.client.clock
        wanted = _by_wire_key(keys)
        found: dict[InstrumentKey, _Shown] = {}
        for batch in _batches(wanted):
            body = {"instruments": _named(batch), "xtsMessageCode": code, "publishFormat": "JSON"}
            question = _request("POST", _QUOTES, body=body)
            left = deadline.remaining(clock.monotonic())
            answer = self._api.ask(session, question, left, lambda _live, result: read(result))
            if not is_successful(answer):
                return Failure(answer.failure())
            for wire_key, shown in answer.unwrap().items():
                found.update((key, shown) for key in wanted.get(wire_key, ()))
        return Success(found)


@final
class XtsSubscriber(XtsPort):
    """The `Subscriber` port on XTS's market-data application."""

    def subscribe(self, session: Session, batch: Batch, timeout_seconds: float) -> Result[Subscribed, BrokerError]:
        """Subscribe to all of a batch or to nothing of it; see the port."""
        return self._ask("POST", session, batch, timeout_seconds)

    def unsubscribe(self, session: Session, batch: Batch, timeout_seconds: float) -> Result[Subscribed, BrokerError]:
        """Take subscriptions back; see the port."""
        return self._ask("PUT", session, batch, timeout_seconds)

    def images(
        self, session: Session, batch: Batch, timeout_seconds: float
    ) -> Result[tuple[FeedEvent, ...], BrokerError]:
        """Read the present state of a batch by quote; see the port."""
        body = {"instruments": _named(_wire_keys(batch)), "xtsMessageCode": batch.code, "publishFormat": "JSON"}
        question = _request("POST", _QUOTES, body=body)
        return self._api.ask(session, question, timeout_seconds, lambda _, result: Success(_snapshots(result, batch)))

    def _ask(
        self, method: str, session: Session, batch: Batch, timeout_seconds: float
    ) -> Result[Subscribed, BrokerError]:
        body = {"instruments": _named(_wire_keys(batch)), "xtsMessageCode": batch.code}
        request = _request(method, _SUBSCRIPTION, body=body)
        return self._api.send(session, request, timeout_seconds, lambda reply: _subscribed(reply, batch))


def _request(
    method: str, path: str, query: dict[str, str] | None = None, *, body: dict[str, object] | None = None
) -> ApiRequest:
    return ApiRequest(method, path, query or {}, body, Application.MARKET_DATA, PoolName.MARKET_DATA)


def _wire_keys(batch: Batch) -> list[WireKey]:
    return [(SEGMENT_NUMBER_BY_EXCHANGE[key.exchange], key.token) for key in batch.instruments]


def _named(keys: Sequence[WireKey]) -> list[dict[str, int]]:
    return [{"exchangeSegment": segment, "exchangeInstrumentID": number} for segment, number in keys]


def _by_wire_key(keys: Sequence[InstrumentKey]) -> dict[WireKey, list[InstrumentKey]]:
    """Group the keys by their names on the wire: an index is listed among the shares of its exchange."""
    groups: dict[WireKey, list[InstrumentKey]] = defaultdict(list)
    for key in dict.fromkeys(keys):
        groups[SEGMENT_NUMBER_BY_EXCHANGE[key.exchange], key.token].append(key)
    return dict(groups)


def _batches(keys: dict[WireKey, list[InstrumentKey]]) -> Iterator[list[WireKey]]:
    rest = iter(keys)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _written(moment: datetime) -> str:
    return f"{_MONTHS[moment.month - 1]} {moment:%d %Y %H%M%S}"


def _subscribed(reply: Reply, batch: Batch) -> Result[Subscribed, BrokerError]:
    if isinstance(reply, Answered) and not reply.envelope.succeeded:
        if reply.envelope.code == _ALREADY_SUBSCRIBED:
            return Success(Subscribed(already=True, remaining=_remaining(reply.envelope.result)))
        refused = refusal(reply.status, reply.envelope)
        if isinstance(refused, Rejected):
            return Success(Subscribed(refused=refused.message, remaining=_remaining(reply.envelope.result)))
    return question_outcome(reply).map(
        lambda result: Subscribed(remaining=_remaining(result), snapshots=_snapshots(result, batch))
    )


def _remaining(result: object) -> int | None:
    return parse_units(result.get("Remaining_Subscription_Count")) if isinstance(result, dict) else None


def _snapshots(result: object, batch: Batch) -> tuple[FeedEvent, ...]:
    """Read the first images; one that is not understood is only missing, since the socket sends the next."""
    items = result.get("listQuotes") if isinstance(result, dict) else None
    known = {(SEGMENT_NUMBER_BY_EXCHANGE[key.exchange], key.token): key for key in batch.instruments}
    found: list[FeedEvent] = []
    for item in items if isinstance(items, list) else ():
        try:
            event = read_full(item if isinstance(item, str) else json.dumps(item), known)
        except UnreadableAnswer:
            _LOG.warning("A first image of message %s is not understood and left out", batch.code)
            continue
        if event is not None:
            found.append(event)
    return tuple(found)
