"""The day's instruments from XTS: one master a segment, and the index list of each cash segment."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Final, final

from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.adapters.xts.http.client import XtsClient, XtsServer
from jainam_prop.adapters.xts.http.connections import Call, PoolName
from jainam_prop.adapters.xts.http.outcomes import Answered, reading
from jainam_prop.adapters.xts.wire.cells import refuse
from jainam_prop.adapters.xts.wire.master.master import Master, first_of_each, parse_index_list, parse_master
from jainam_prop.adapters.xts.wire.words import SEGMENT_BY_EXCHANGE, SEGMENT_NUMBER_BY_EXCHANGE
from jainam_prop.application.ports.instruments import InstrumentList
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, SessionExpired
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKind
from jainam_prop.domain.sessions.session import Session

EXCHANGES: Final = (Exchange.NSE, Exchange.NFO, Exchange.BSE, Exchange.BFO, Exchange.MCX, Exchange.CDS)
TIMEOUT_SECONDS: Final = 120.0
"""For one segment with its repetitions: the largest is tens of megabytes."""

LONGEST_MASTER: Final = 256 * 1024 * 1024
"""Bytes of one segment's master after unpacking; the largest seen has 40 MB."""

_POOL: Final = PoolName.MARKET_DATA
_MASTER: Final = "/instruments/master"
_INDEX_LIST: Final = "/instruments/indexlist"
_INDICES_BESIDE: Final = {Exchange.NSE: Exchange.NSE_INDEX, Exchange.BSE: Exchange.BSE_INDEX}


@final
class XtsInstrumentSource:
    """The `InstrumentSource` port on XTS's market-data application.

    Most servers answer without a token (protocol reference, section 9). One that asks for it gets that of the present
    session, if there is one.
    """

    def __init__(
        self,
        client: XtsClient,
        server: XtsServer,
        session_of: Callable[[], Session | None] = lambda: None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        """Ask a server through a client; ``session_of`` returns the present session without logging in, or None."""
        self._client = client
        self._server = server
        self._session_of = session_of
        self._timeout_seconds = timeout_seconds
        self._root_found = ""

    def exchanges(self) -> tuple[Exchange, ...]:
        """Return the exchanges of a Jainam desk, NSE's first."""
        return EXCHANGES

    def download(self, exchange: Exchange) -> Result[InstrumentList, BrokerError]:
        """Download and parse one exchange; see the port."""
        segment = SEGMENT_BY_EXCHANGE[exchange]
        body = json.dumps({"exchangeSegmentList": [segment]}).encode()

        def parse(answer: object) -> Master:
            if not isinstance(answer, str):
                refuse("the answer holds no text")
            return parse_master(answer, segment)

        read = reading(f"the {segment} master", parse)
        master = self._ask(
            lambda address, token: Call(
                "POST", address + _MASTER, token, body=body, pool=_POOL, longest_reply=LONGEST_MASTER
            )
        ).bind(read)
        if exchange not in _INDICES_BESIDE or not is_successful(master):
            return master.map(lambda listed: InstrumentList(exchange, listed.instruments, listed.dropped))
        return self._indices(exchange).map(lambda indices: _together(exchange, master.unwrap(), indices))

    def _indices(self, exchange: Exchange) -> Result[Master, BrokerError]:
        read = reading(
            f"the index list of {exchange}", lambda answer: parse_index_list(answer, _INDICES_BESIDE[exchange])
        )
        return self._ask(lambda address, token: _index_list(address, token, exchange)).bind(read)

    def _ask(self, call: Callable[[str, str], Call]) -> Result[object, BrokerError]:
        session = self._session_of()
        root = (session.market_root if session is not None else "") or self._root()
        address, token = self._server.market(root), session.market_token if session is not None else None
        answer = self._client.ask(call(address, ""), self._deadline())
        if token is None or is_successful(answer) or not isinstance(answer.failure(), SessionExpired):
            return answer
        return self._client.ask(call(address, token), self._deadline())

    def _root(self) -> str:
        if self._root_found or len(self._server.layout.market_roots) == 1:
            return self._root_found
        roots = self._server.layout.market_roots
        calls = [_index_list(self._server.market(root), "", Exchange.NSE) for root in roots]
        place, reply = self._client.first_found(calls, self._deadline())
        root = roots[place]
        if isinstance(reply, Answered):
            self._root_found = root
        return root

    def _deadline(self) -> Deadline:
        return self._client.deadline(self._timeout_seconds)


def _index_list(address: str, token: str, exchange: Exchange) -> Call:
    query = {"exchangeSegment": str(SEGMENT_NUMBER_BY_EXCHANGE[exchange])}
    return Call("GET", address + _INDEX_LIST, token, query, pool=_POOL)


def _together(exchange: Exchange, master: Master, listed: Master) -> InstrumentList:
    """Put the index list before the spot rows of the master, which may know an index by another number."""
    contracts = [instrument for instrument in master.instruments if instrument.kind is not InstrumentKind.INDEX]
    spots = [instrument for instrument in master.instruments if instrument.kind is InstrumentKind.INDEX]
    indices = first_of_each([*listed.instruments, *spots])
    dropped = Counter(master.dropped) + Counter(listed.dropped) + Counter(indices.dropped)
    return InstrumentList(exchange, [*contracts, *indices.instruments], dict(dropped))
