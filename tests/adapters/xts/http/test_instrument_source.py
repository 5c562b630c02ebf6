"""Instruments from XTS over HTTP."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final

import httpx
import pytest
from returns.result import Failure, Success

from jainam_prop.adapters.xts.http.client import XtsClient, XtsServer
from jainam_prop.adapters.xts.http.instrument_source import XtsInstrumentSource
from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.application.ports.instruments import InstrumentList, InstrumentSource
from jainam_prop.domain.errors import NotSent, SessionExpired, Unreadable
from jainam_prop.domain.exchange import Exchange
from tests.adapters.xts.http.mocked import connections_to
from tests.adapters.xts.http.sessions import BY_NAME
from tests.fakes.clock import FakeClock

BASE: Final = "https://xts.example.invalid:4143"
TWO_ROOTS: Final = XtsServer(BASE, JAINAM.layout)
ONE_ROOT: Final = XtsServer(BASE, replace(JAINAM.layout, market_roots=("apimarketdata",)))
NSECM: Final = (
    "NSECM|3045|8|SBIN|SBIN-EQ|EQ|SBIN-EQ|1100100003045|858.1|702.1|1152346|0.05|1|1|SBIN|INE062A01020|1|1|SBI|0|-1|-1\n"
    "NSECM|2036|8|061NSETEST|061NSETEST-EQ|EQ|061NSETEST-EQ|1100100002036|110|90|100001|0.05|1|1|T|D|1|1|T|0|-1|-1\n"
)
BSECM: Final = (
    "BSECM|500112|8|SBIN|SBIN-A|A|SBIN-A|11100100500112|858|702.05|0|0.05|1|1|SBIN|INE062A01020|1|1|SBI|0|-1|-1\n"
    "BSECM|1|8|SENSEX|SENSEX-SPOT|SPOT|SENSEX-SPOT|11100100000001|0|0|0|0.01|1|1|SENSEX||1|1|SENSEX|0|-1|-1\n"
    "BSECM|9|8|AUTO|AUTO-SPOT|SPOT|AUTO-SPOT|11100100000009|0|0|0|0.01|1|1|AUTO||1|1|AUTO|0|-1|-1\n"
)


def answer(result: object, kind: str = "success") -> httpx.Response:
    return httpx.Response(200, json={"type": kind, "code": "s-instrument-0002", "description": "-", "result": result})


def index_list(*names: str) -> httpx.Response:
    return answer({"exchangeSegment": "1", "indexList": list(names)})


class Server:
    """Answers masters and index lists, and remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.masters = {"NSECM": answer(NSECM), "BSECM": answer(BSECM), "MCXFO": answer("")}
        self.indices = {"1": index_list("NIFTY 50_26000", "NIFTY BANK_26001"), "11": index_list("SENSEX_26065")}
        self.root = "apibinarymarketdata"
        self.wants_token = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if not request.url.path.startswith(f"/{self.root}/"):
            return httpx.Response(404, text="<html>404</html>", headers={"Content-Type": "text/html"})
        if self.wants_token and "Authorization" not in request.headers:
            return EXPIRED
        if request.url.path.endswith("/instruments/master"):
            (segment,) = json.loads(request.content)["exchangeSegmentList"]
            return self.masters[segment]
        return self.indices[request.url.params["exchangeSegment"]]

    @property
    def asked(self) -> list[str]:
        return [f"{each.method} {each.url.raw_path.decode()}" for each in self.requests]


@pytest.fixture
def server() -> Server:
    return Server()


SourceFor = Callable[..., InstrumentSource]


@pytest.fixture
def source_for(server: Server) -> Iterator[SourceFor]:
    with ExitStack() as opened:

        def make(xts: XtsServer = ONE_ROOT, **options: Any) -> InstrumentSource:  # noqa: ANN401
            connections = opened.enter_context(connections_to(server))
            return XtsInstrumentSource(XtsClient(connections, FakeClock(), retry_delays=()), xts, **options)

        server.root = "apimarketdata"
        yield make


def shown(listed: InstrumentList) -> list[tuple[str, str, int]]:
    return [(each.exchange.value, each.symbol, each.token) for each in listed.instruments]


def test_the_required_exchanges_come_first(source_for: SourceFor) -> None:
    assert source_for().exchanges() == tuple(map(Exchange, ("NSE", "NFO", "BSE", "BFO", "MCX", "CDS")))


def test_a_cash_market_comes_with_its_indices(source_for: SourceFor, server: Server) -> None:
    listed = source_for().download(Exchange.NSE).unwrap()

    assert shown(listed) == [("NSE", "SBIN", 3045), ("NSE_INDEX", "NIFTY", 26000), ("NSE_INDEX", "BANKNIFTY", 26001)]
    assert (listed.exchange, listed.dropped) == (Exchange.NSE, {"test instrument": 1})
    assert server.asked == [
        "POST /apimarketdata/instruments/master",
        "GET /apimarketdata/instruments/indexlist?exchangeSegment=1",
    ]
    assert "Authorization" not in server.requests[0].headers


def test_the_index_list_knows_better_than_the_spot_rows(source_for: SourceFor) -> None:
    listed = source_for().download(Exchange.BSE).unwrap()

    assert shown(listed) == [("BSE", "SBIN", 500112), ("BSE_INDEX", "SENSEX", 26065), ("BSE_INDEX", "BSEAUTO", 9)]
    assert listed.dropped == {"index named twice": 1}


def test_a_segment_without_data_lists_nothing(source_for: SourceFor, server: Server) -> None:
    assert source_for().download(Exchange.MCX) == Success(InstrumentList(Exchange.MCX, [], {}))
    assert len(server.requests) == 1


def test_a_session_says_where_to_ask(source_for: SourceFor, server: Server) -> None:
    session = replace(BY_NAME["normal"], market_root="apimarketdata")

    source_for(TWO_ROOTS, session_of=lambda: session).download(Exchange.MCX).unwrap()

    assert server.asked == ["POST /apimarketdata/instruments/master"]
    assert "Authorization" not in server.requests[0].headers


def test_a_server_that_asks_for_a_token_gets_that_of_the_session(source_for: SourceFor, server: Server) -> None:
    session = replace(BY_NAME["normal"], market_root="apimarketdata")
    server.wants_token = True

    listed = source_for(session_of=lambda: session).download(Exchange.MCX)
    refused = source_for(session_of=lambda: replace(session, market_token=None)).download(Exchange.MCX)

    assert listed == Success(InstrumentList(Exchange.MCX, [], {}))
    assert isinstance(refused.failure(), SessionExpired)
    tokens = [each.headers.get("Authorization") for each in server.requests]
    assert tokens == [None, session.market_token, None]


def test_without_a_session_the_root_is_looked_for_once(source_for: SourceFor, server: Server) -> None:
    source = source_for(TWO_ROOTS)

    source.download(Exchange.MCX).unwrap()
    source.download(Exchange.MCX).unwrap()

    assert server.asked == [
        "GET /apibinarymarketdata/instruments/indexlist?exchangeSegment=1",
        "GET /apimarketdata/instruments/indexlist?exchangeSegment=1",
        "POST /apimarketdata/instruments/master",
        "POST /apimarketdata/instruments/master",
    ]


HTML: Final = httpx.Response(200, text="<html>maintenance</html>", headers={"Content-Type": "text/html"})
CUT_OFF: Final = httpx.Response(200, text=json.dumps({"type": "success", "result": NSECM})[:-9])
EXPIRED: Final = httpx.Response(400, json={"type": "error", "code": "e-session-0007", "description": "Invalid Token"})


@pytest.mark.parametrize(
    ("master", "indices", "said"),
    [
        pytest.param(HTML, None, "something else than an XTS answer", id="html"),
        pytest.param(answer(BSECM), None, "the NSECM master: .*row of another segment", id="wrong-segment"),
        pytest.param(answer(NSECM[:-40]), None, "its last row is cut off", id="truncated"),
        pytest.param(answer(None), None, "the NSECM master: the answer holds no text", id="no-result"),
        pytest.param(CUT_OFF, None, "something else than an XTS answer", id="truncated-json"),
        pytest.param(None, answer([]), "the index list of NSE: the answer holds no index list", id="no-index-list"),
        pytest.param(None, HTML, "something else than an XTS answer", id="index-list-html"),
    ],
)
def test_what_is_no_master_is_unreadable(
    source_for: SourceFor, server: Server, master: httpx.Response | None, indices: httpx.Response | None, said: str
) -> None:
    server.masters["NSECM"] = master or server.masters["NSECM"]
    server.indices["1"] = indices or server.indices["1"]

    error = source_for().download(Exchange.NSE).failure()

    assert isinstance(error, Unreadable)
    assert re.search(said, error.reason)


def test_a_dead_token_is_said(source_for: SourceFor, server: Server) -> None:
    server.masters["NSECM"] = EXPIRED

    assert isinstance(source_for().download(Exchange.NSE).failure(), SessionExpired)


def test_no_connection_is_said() -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        message = "refused"
        raise httpx.ConnectError(message, request=request)

    with connections_to(refuse) as connections:
        source = XtsInstrumentSource(XtsClient(connections, FakeClock(), retry_delays=()), TWO_ROOTS)

        assert source.download(Exchange.NFO) == Failure(NotSent("no connection"))
