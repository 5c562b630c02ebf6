"""Snapshots of prices over HTTP."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.adapters.xts.http.call import Call
from jainam_prop.adapters.xts.http.client import XtsClient
from jainam_prop.adapters.xts.http.endpoints import QUOTES
from jainam_prop.adapters.xts.http.reading import reading
from jainam_prop.adapters.xts.http.server import XtsServer
from jainam_prop.adapters.xts.wire.replies.quotes import WireKey, read_open_interests, read_quotes
from jainam_prop.adapters.xts.wire.words import MARKET_DEPTH, OPEN_INTEREST, SEGMENT_NUMBER_BY_EXCHANGE
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.quote import Quote
from jainam_prop.domain.sessions.session import Session

BATCH: Final = 50
"""The most instruments that one call may name (protocol reference, section 8)."""

_QUOTES: Final = reading("the quotes", read_quotes)
_INTERESTS: Final = reading("the open interest", read_open_interests)

_Shown = TypeVar("_Shown", Quote, int)


@final
class XtsMarketData:
    """The `MarketData` port on XTS's market-data application."""

    def __init__(self, client: XtsClient, server: XtsServer) -> None:
        """Ask a server through a client."""
        self._client = client
        self._server = server

    def quotes(
        self, session: Session, keys: Sequence[InstrumentKey], timeout_seconds: float
    ) -> Result[dict[InstrumentKey, Quote], BrokerError]:
        """Return a snapshot with the depth of each contract that the server knows; see the port."""
        return self._snapshots(session, keys, timeout_seconds, MARKET_DEPTH, _QUOTES)

    def open_interest(
        self, session: Session, keys: Sequence[InstrumentKey], timeout_seconds: float
    ) -> Result[dict[InstrumentKey, int], BrokerError]:
        """Return the open units of each derivative that the server knows; see the port."""
        return self._snapshots(session, keys, timeout_seconds, OPEN_INTEREST, _INTERESTS)

    def _snapshots(
        self,
        session: Session,
        keys: Sequence[InstrumentKey],
        timeout_seconds: float,
        code: int,
        read: Callable[[object], Result[dict[WireKey, _Shown], BrokerError]],
    ) -> Result[dict[InstrumentKey, _Shown], BrokerError]:
        if session.market_token is None:
            return Failure(Unreadable(f"there is no market-data session: {session.market_problem}"))
        deadline = self._client.deadline(timeout_seconds)
        wanted = _by_wire_key(keys)
        found: dict[InstrumentKey, _Shown] = {}
        for batch in _batches(wanted):
            call = self._call(session, session.market_token, batch, code)
            answer = self._client.ask_by(call, deadline).bind(read)
            if not is_successful(answer):
                return Failure(answer.failure())
            for wire_key, shown in answer.unwrap().items():
                found.update((key, shown) for key in wanted.get(wire_key, ()))
        return Success(found)

    def _call(self, session: Session, token: str, batch: Sequence[WireKey], code: int) -> Call:
        instruments = [{"exchangeSegment": segment, "exchangeInstrumentID": number} for segment, number in batch]
        body = {"instruments": instruments, "xtsMessageCode": code, "publishFormat": "JSON"}
        return Call("POST", self._server.market(session.market_root) + QUOTES, token, body=json.dumps(body).encode())


def _by_wire_key(keys: Sequence[InstrumentKey]) -> dict[WireKey, list[InstrumentKey]]:
    """Group the keys by what the wire calls them: an index is listed among the shares of its exchange."""
    groups: dict[WireKey, list[InstrumentKey]] = defaultdict(list)
    for key in dict.fromkeys(keys):
        groups[SEGMENT_NUMBER_BY_EXCHANGE[key.exchange], key.token].append(key)
    return dict(groups)


def _batches(keys: dict[WireKey, list[InstrumentKey]]) -> Iterator[list[WireKey]]:
    rest = iter(keys)
    while batch := list(islice(rest, BATCH)):
        yield batch
