"""Which address a session's sockets have, and whose token leads to none."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from returns.result import Failure, Success

from jainam_prop.adapters.xts.stream.address import LiveSession, market_door, order_door
from jainam_prop.domain.errors import Unreadable
from jainam_prop.domain.sessions.session import Account, AccountKind, Session

KEY: Final = "0123456789abcdef01"


def token(**claims: object) -> str:
    return jwt.encode({"publicKey": KEY, **claims}, "nobody checks this, so it may be known", algorithm="HS256")


OWN: Final = token(userID=f"DEALER01_{KEY.upper()}")
OF_ANOTHER: Final = token(userID=f"DEALER02_{KEY.upper()}")
SESSION: Final = Session("DEALER01", Account(AccountKind.PRO), OWN, OWN, datetime(2026, 8, 20, tzinfo=UTC))


def live(session: Session) -> LiveSession:
    return lambda: Success(session)


def root(_session: Session) -> str:
    return "https://broker.example:4143/application/"


def test_both_sockets_are_on_the_application_s_own_path_and_say_who_comes() -> None:
    doors = market_door(live(SESSION), root), order_door(live(SESSION), root)

    found = [urlsplit(door.url) for door in doors if door is not None]
    assert {(part.scheme, part.netloc, part.path) for part in found} == {
        ("wss", "broker.example:4143", "/application/socket.io/")
    }
    assert [parse_qs(part.query) for part in found] == [
        {"token": [OWN], "userID": ["DEALER01"], "publishFormat": ["JSON"], "broadcastMode": ["Full"]},
        {"token": [OWN], "userID": ["DEALER01"], "apiType": ["INTERACTIVE"]},
    ]


def test_without_a_session_or_a_market_token_there_is_no_way() -> None:
    assert market_door(lambda: Failure(Unreadable("no session")), root) is None
    assert order_door(lambda: Failure(Unreadable("no session")), root) is None
    assert market_door(live(replace(SESSION, market_token=None)), root) is None


def test_a_token_of_another_user_is_not_connected_with() -> None:
    foreign = replace(SESSION, interactive_token=OF_ANOTHER, market_token=OF_ANOTHER)

    assert market_door(live(foreign), root) is None
    assert order_door(live(foreign), root) is None


@pytest.mark.parametrize("unclear", ["no JWT at all", token(), token(userID="")])
def test_a_token_that_does_not_say_whose_it_is_is_for_the_server_to_judge(unclear: str) -> None:
    session = replace(SESSION, interactive_token=unclear, market_token=unclear)

    assert market_door(live(session), root) is not None
    assert order_door(live(session), root) is not None


def test_the_market_token_is_compared_with_the_user_of_the_market_login() -> None:
    session = replace(SESSION, market_token=OF_ANOTHER, market_user_id="DEALER02")

    assert market_door(live(session), root) is not None
