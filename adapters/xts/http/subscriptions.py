"""Subscribing to market data over HTTP, which is the only way; the socket only delivers."""

import json
import logging
from typing import Final, final

from returns.result import Failure, Result, Success

from jainam_prop.adapters.xts.http.call import Call
from jainam_prop.adapters.xts.http.client import XtsClient
from jainam_prop.adapters.xts.http.endpoints import SUBSCRIPTION
from jainam_prop.adapters.xts.http.reply import Answered, question_outcome
from jainam_prop.adapters.xts.http.server import XtsServer
from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts.wire.replies.envelope import Envelope
from jainam_prop.adapters.xts.wire.ticks.json import read_full
from jainam_prop.adapters.xts.wire.words import SEGMENT_NUMBER_BY_EXCHANGE
from jainam_prop.application.ports.market_data import Subscribed
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.market_data.subscriptions import Batch
from jainam_prop.domain.market_data.tick import FeedEvent
from jainam_prop.domain.money import parse_units
from jainam_prop.domain.sessions.session import Session

_log = logging.getLogger(__name__)

_ALREADY: Final = "e-session-0002"


@final
class XtsSubscriber:
    """The `Subscriber` port on XTS's market-data application."""

    def __init__(self, client: XtsClient, server: XtsServer) -> None:
        """Ask a server through a client."""
        self._client = client
        self._server = server

    def subscribe(self, session: Session, batch: Batch, timeout_seconds: float) -> Result[Subscribed, BrokerError]:
        """Subscribe to all of a batch or to nothing of it; see the port."""
        return self._ask("POST", session, batch, timeout_seconds)

    def unsubscribe(self, session: Session, batch: Batch, timeout_seconds: float) -> Result[Subscribed, BrokerError]:
        """Take subscriptions back; see the port."""
        return self._ask("PUT", session, batch, timeout_seconds)

    def _ask(
        self, method: str, session: Session, batch: Batch, timeout_seconds: float
    ) -> Result[Subscribed, BrokerError]:
        if session.market_token is None:
            return Failure(Unreadable(f"there is no market-data session: {session.market_problem}"))
        wanted = [
            {"exchangeSegment": SEGMENT_NUMBER_BY_EXCHANGE[key.exchange], "exchangeInstrumentID": key.token}
            for key in batch.instruments
        ]
        body = json.dumps({"instruments": wanted, "xtsMessageCode": batch.code}).encode()
        url = self._server.market(session.market_root) + SUBSCRIPTION
        reply = self._client.exchange(
            Call(method, url, session.market_token, body=body), self._client.deadline(timeout_seconds)
        )
        if isinstance(reply, Answered) and _is_already(reply.envelope):
            return Success(Subscribed(already=True, remaining=_remaining(reply.envelope.result)))
        return question_outcome(reply).map(lambda result: _read(result, batch))


def _is_already(envelope: Envelope) -> bool:
    return not envelope.succeeded and envelope.code == _ALREADY


def _read(result: object, batch: Batch) -> Subscribed:
    return Subscribed(remaining=_remaining(result), snapshots=_snapshots(result, batch))


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
            _log.warning("A first image of message %s is not understood and left out", batch.code)
            continue
        if event is not None:
            found.append(event)
    return tuple(found)
