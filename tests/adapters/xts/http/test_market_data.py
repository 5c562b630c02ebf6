"""Asking for many quotes at once."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
from returns.pipeline import is_successful
from returns.result import Failure, Success

from jainam_prop.adapters.xts.http.client import XtsServer
from jainam_prop.adapters.xts.http.market_data import XtsMarketData
from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.domain.errors import SessionExpired, Unreadable
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from tests.adapters.xts.http.scripted import ScriptedServer, api_of, error, success
from tests.adapters.xts.http.sessions import NORMAL

SERVER = XtsServer("https://xts.example.invalid", replace(JAINAM.layout, market_roots=("apimarketdata",)))


def quote_all(request: httpx.Request) -> httpx.Response:
    """Answer every instrument with its own number as its price."""
    asked = instruments(request)
    return success({"listQuotes": [quote(each["exchangeSegment"], each["exchangeInstrumentID"]) for each in asked]})


def quote(segment: int, number: int) -> str:
    return json.dumps({"ExchangeSegment": segment, "ExchangeInstrumentID": number, "LastTradedPrice": number})


def instruments(request: httpx.Request) -> Sequence[dict[str, Any]]:
    asked: list[dict[str, Any]] = json.loads(request.content)["instruments"]
    return asked


def test_more_than_fifty_are_asked_for_in_batches() -> None:
    server = ScriptedServer([quote_all] * 3)
    keys = [InstrumentKey(Exchange.NFO, number) for number in range(1, 121)]

    quotes = XtsMarketData(api_of(server, SERVER)).quotes(NORMAL, keys, 10.0).unwrap()

    assert [len(instruments(request)) for request in server.requests] == [50, 50, 20]
    assert {key: quotes[key].last_price for key in keys} == {key: key.token for key in keys}


def test_one_that_is_named_twice_is_asked_for_once() -> None:
    server = ScriptedServer([quote_all])
    key = InstrumentKey(Exchange.NFO, 1)

    assert list(XtsMarketData(api_of(server, SERVER)).quotes(NORMAL, [key, key], 10.0).unwrap()) == [key]
    assert len(instruments(server.requests[0])) == 1


def test_the_same_number_on_two_exchanges_is_two_instruments() -> None:
    server = ScriptedServer([success({"listQuotes": [quote(1, 26000), quote(2, 26000)]})])
    keys = [InstrumentKey(exchange, 26000) for exchange in (Exchange.NSE_INDEX, Exchange.NFO, Exchange.BSE)]

    quotes = XtsMarketData(api_of(server, SERVER)).quotes(NORMAL, keys, 10.0).unwrap()

    assert list(quotes) == keys[:2]


def test_nothing_asked_is_nothing_sent() -> None:
    server = ScriptedServer([])

    assert XtsMarketData(api_of(server, SERVER)).quotes(NORMAL, [], 10.0) == Success({})
    assert server.requests == []


def test_a_batch_that_fails_fails_the_whole() -> None:
    server = ScriptedServer([quote_all, error("e-session-0007", "Invalid Token")])
    keys = [InstrumentKey(Exchange.NFO, number) for number in range(1, 61)]

    outcome = XtsMarketData(api_of(server, SERVER)).quotes(NORMAL, keys, 10.0)

    assert outcome == Failure(SessionExpired("Invalid Token (e-session-0007)"))


def test_without_a_market_session_nothing_is_sent() -> None:
    server = ScriptedServer([])
    session = replace(NORMAL, market_token=None, market_problem="Invalid Credentials (e-response-0011)")

    outcome = XtsMarketData(api_of(server, SERVER)).quotes(session, [InstrumentKey(Exchange.NFO, 1)], 10.0)

    assert outcome == Failure(Unreadable("there is no market-data session: Invalid Credentials (e-response-0011)"))


def test_a_session_without_a_root_asks_at_the_likeliest() -> None:
    server = ScriptedServer([quote_all])
    session = replace(NORMAL, market_root="")

    assert is_successful(
        XtsMarketData(api_of(server, SERVER)).quotes(session, [InstrumentKey(Exchange.NSE, 3045)], 10.0)
    )
    assert server.paths == ["POST /apimarketdata/instruments/quotes"]
