"""Endpoints of the sockets of a session, and tokens that are not connected with."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from jainam_prop.adapters.xts.stream.connection import (
    Endpoint,
    MarketSocket,
    NoEndpoint,
    market_endpoint,
    order_endpoint,
)
from jainam_prop.domain.sessions.session import Account, AccountKind, Session

KEY: Final = "0123456789abcdef01"


def token(**claims: object) -> str:
    return jwt.encode({"publicKey": KEY, **claims}, "nobody checks this, so it may be known", algorithm="HS256")


OWN: Final = token(userID=f"DEALER01_{KEY.upper()}")
OF_ANOTHER: Final = token(userID=f"DEALER02_{KEY.upper()}")
SESSION: Final = Session("DEALER01", Account(AccountKind.PRO), OWN, OWN, datetime(2026, 8, 20, tzinfo=UTC))


def root(_session: Session) -> str:
    return "https://broker.example:4143/application/"


def test_both_sockets_are_on_the_application_s_own_path_and_name_the_user() -> None:
    endpoints = market_endpoint(SESSION, root, MarketSocket()), order_endpoint(SESSION, root)

    found = [urlsplit(endpoint.url) for endpoint in endpoints if isinstance(endpoint, Endpoint)]
    assert {(part.scheme, part.netloc, part.path) for part in found} == {
        ("wss", "broker.example:4143", "/application/socket.io/")
    }
    assert [parse_qs(part.query) for part in found] == [
        {"token": [OWN], "userID": ["DEALER01"], "publishFormat": ["JSON"], "broadcastMode": ["Full"]},
        {"token": [OWN], "userID": ["DEALER01"], "apiType": ["INTERACTIVE"]},
    ]


def test_without_a_market_token_there_is_no_endpoint_and_the_login_s_reason() -> None:
    session = replace(SESSION, market_token=None, market_problem="Invalid App Key")

    assert market_endpoint(session, root, MarketSocket()) == NoEndpoint(
        "there is no market-data session: Invalid App Key"
    )


def test_a_token_of_another_user_is_not_connected_with() -> None:
    foreign = replace(SESSION, interactive_token=OF_ANOTHER, market_token=OF_ANOTHER)

    assert isinstance(market_endpoint(foreign, root, MarketSocket()), NoEndpoint)
    assert isinstance(order_endpoint(foreign, root), NoEndpoint)


@pytest.mark.parametrize("unclear", ["no JWT at all", token(), token(userID="")])
def test_a_token_that_names_no_user_is_for_the_server_to_judge(unclear: str) -> None:
    session = replace(SESSION, interactive_token=unclear, market_token=unclear)

    assert isinstance(market_endpoint(session, root, MarketSocket()), Endpoint)
    assert isinstance(order_endpoint(session, root), Endpoint)


def test_the_market_token_is_compared_with_the_user_of_the_market_login() -> None:
    session = replace(SESSION, market_token=OF_ANOTHER, market_user_id="DEALER02")

    assert isinstance(market_endpoint(session, root, MarketSocket()), Endpoint)
