"""Logging in: whose session it becomes, where the applications are found, and what each refusal means."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx
import pytest
from returns.result import Failure, Success

from jainam_prop.adapters.xts.http.client import HostLookup, XtsServer
from jainam_prop.adapters.xts.http.login import XtsLogin
from jainam_prop.adapters.xts.profiles.jainam import JAINAM, PRO_CLIENT_MARK
from jainam_prop.domain.errors import NotConfigured, NotSent, RateLimited, Rejected, Unreadable
from jainam_prop.domain.sessions.session import (
    Account,
    AccountChoice,
    AccountKind,
    ApplicationKey,
    Credentials,
    Session,
)
from tests.adapters.xts.http.scripted import Answer, ScriptedServer, client_of, error, page, rate_limit, success
from tests.adapters.xts.http.sessions import INVESTOR, PRO
from tests.fakes.clock import A_MORNING, FakeClock

CREDENTIALS: Final = Credentials(ApplicationKey("canary-i-key", "canary-i-secret"), ApplicationKey("m-key", "m-secret"))
SERVER: Final = XtsServer("https://xts.example.invalid:4143/", JAINAM.layout)
BINARY_ONLY: Final = replace(SERVER, layout=replace(JAINAM.layout, market_roots=("apibinarymarketdata",)))
AS_PRO: Final = AccountChoice(AccountKind.PRO, rules=JAINAM.accounts)
TOMORROW: Final = A_MORNING + timedelta(hours=24)

INTERACTIVE_LOGIN: Final = "POST /interactive/user/session"
BINARY_LOGIN: Final = "POST /apibinarymarketdata/auth/login"
CLASSIC_LOGIN: Final = "POST /apimarketdata/auth/login"


def a_login(
    *answers: Answer, server: XtsServer = SERVER, choice: AccountChoice = AS_PRO
) -> tuple[XtsLogin, ScriptedServer]:
    wire = ScriptedServer(answers)
    clock = FakeClock()
    return XtsLogin(client_of(wire, clock), server, CREDENTIALS, choice, clock), wire


def opened(**changes: object) -> httpx.Response:
    return success(
        {"token": "new-i-token", "userID": "DEALER01", "isInvestorClient": False, "clientCodes": ["CLIENT01"]} | changes
    )


def market_opened() -> httpx.Response:
    """A success whose code begins with e-, as a real server answered in 2025."""
    result = {"token": "new-m-token", "userID": "DEALER01M", "appVersion": "5.0.15"}
    return httpx.Response(
        200, json={"type": "success", "code": "e-response-0010", "description": "Provided Valid", "result": result}
    )


def a_session(**changes: object) -> Session:
    session = Session(
        user_id="DEALER01",
        account=Account(AccountKind.PRO, PRO_CLIENT_MARK),
        interactive_token="new-i-token",
        market_token="new-m-token",
        expires_at=TOMORROW,
        market_user_id="DEALER01M",
        client_codes=("CLIENT01",),
        market_root="apibinarymarketdata",
    )
    return replace(session, **changes)  # type: ignore[arg-type]


def a_token(**claims: object) -> str:
    def part(content: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part(claims)}.{part('signature')}"


def test_both_applications_are_logged_in_to_with_their_own_keys() -> None:
    login, wire = a_login(opened(), market_opened())

    assert login.log_in() == Success(a_session())
    assert wire.paths == [INTERACTIVE_LOGIN, BINARY_LOGIN]
    assert wire.body(0) == {"appKey": "canary-i-key", "secretKey": "canary-i-secret", "source": "WEBAPI"}
    assert wire.body(1) == {"appKey": "m-key", "secretKey": "m-secret", "source": "WEBAPI"}
    assert not any("authorization" in request.headers for request in wire.requests)


def test_a_server_that_wants_no_source_is_told_none() -> None:
    server = replace(SERVER, layout=replace(JAINAM.layout, login_source=""))
    login, wire = a_login(opened(), market_opened(), server=server)

    login.log_in()

    assert wire.body(0) == {"appKey": "canary-i-key", "secretKey": "canary-i-secret"}


@pytest.mark.parametrize(
    ("reply", "choice", "account"),
    [
        pytest.param(
            {"isInvestorClient": True},
            AccountChoice(AccountKind.INVESTOR),
            Account(AccountKind.INVESTOR),
            id="investor",
        ),
        pytest.param(
            {"clientCodes": ["CLIENT01", "CLIENT02"]},
            AccountChoice(AccountKind.NORMAL, "CLIENT02"),
            Account(AccountKind.NORMAL, "CLIENT02"),
            id="normal dealer of several clients",
        ),
        pytest.param(
            {},
            AccountChoice(AccountKind.NORMAL),
            Account(AccountKind.NORMAL, "CLIENT01"),
            id="normal dealer of one client",
        ),
        pytest.param(
            {"clientCodes": None}, AS_PRO, Account(AccountKind.PRO, PRO_CLIENT_MARK), id="pro dealer without clients"
        ),
        pytest.param(
            {"isInvestorClient": True},
            AS_PRO,
            Account(AccountKind.INVESTOR, None, "settings say PRO, the login is an investor"),
            id="settings that contradict the login",
        ),
    ],
)
def test_the_reply_and_the_settings_decide_whom_the_session_acts_for(
    reply: dict[str, object], choice: AccountChoice, account: Account
) -> None:
    login, _ = a_login(opened(**reply), market_opened(), choice=choice)

    assert login.log_in().unwrap().account == account


def test_a_session_ends_when_its_token_says() -> None:
    ends = datetime(2026, 8, 20, 20, 0, tzinfo=UTC)
    token = a_token(userID="DEALER01_00112233445566778899AA", exp=int(ends.timestamp()))
    login, _ = a_login(opened(token=token), market_opened())

    assert login.log_in().unwrap().expires_at == ends


def test_a_new_token_that_ended_in_the_past_is_not_believed() -> None:
    token = a_token(userID="DEALER01", exp=int((A_MORNING - timedelta(minutes=1)).timestamp()))
    login, _ = a_login(opened(token=token), market_opened())

    assert login.log_in().unwrap().expires_at == TOMORROW


def test_market_data_is_looked_for_where_it_may_be() -> None:
    login, wire = a_login(opened(), page(404), market_opened())

    assert login.log_in() == Success(a_session(market_root="apimarketdata"))
    assert wire.paths == [INTERACTIVE_LOGIN, BINARY_LOGIN, CLASSIC_LOGIN]


def test_only_a_missing_page_sends_the_search_on() -> None:
    login, wire = a_login(opened(), error("e-response-0011", "Invalid Credentials"))

    login.log_in()

    assert wire.paths == [INTERACTIVE_LOGIN, BINARY_LOGIN]


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param(
            error("e-response-0011", "Invalid Credentials"),
            "Invalid Credentials (e-response-0011)",
            id="refused",
        ),
        pytest.param(
            page(404),
            "Could not be read: HTTP 404 with something else than an XTS answer",
            id="not there",
        ),
        pytest.param(success({}), "Could not be read: the login: the answer is not understood: token", id="no token"),
    ],
)
def test_trading_goes_on_without_market_data(answer: httpx.Response, problem: str) -> None:
    login, _ = a_login(opened(), answer, server=BINARY_ONLY)

    session = login.log_in()

    assert session == Success(a_session(market_token=None, market_user_id="", market_root="", market_problem=problem))


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        pytest.param(
            error("e-user-0001", "Invalid appKey or secretKey"),
            Rejected("Invalid appKey or secretKey", "e-user-0001"),
            id="wrong keys",
        ),
        pytest.param(
            error("e-user-0013", "Request is not from trusted IP"),
            Rejected("Request is not from trusted IP", "e-user-0013"),
            id="unregistered address",
        ),
        pytest.param(
            error("e-session-0007", "Invalid Token"), Rejected("Invalid Token (e-session-0007)"), id="dead access token"
        ),
        pytest.param(
            error("e-user-0001", "No such key canary-i-key with canary-i-secret"),
            Rejected("No such key [secret] with [secret]", "e-user-0001"),
            id="secrets echoed",
        ),
        pytest.param(rate_limit("3"), RateLimited("Rate limit exceeded (e-apirl-0004)", 3.0), id="too fast"),
        pytest.param(httpx.ConnectError("x"), NotSent("no connection"), id="not reached"),
        pytest.param(httpx.ReadTimeout("x"), Unreadable("no answer in time"), id="not answered"),
        pytest.param(
            page(404), Unreadable("HTTP 404 with something else than an XTS answer"), id="closed for the night"
        ),
        pytest.param(
            opened(isInvestorClient=None),
            Unreadable("the login: the answer is not understood: isInvestorClient"),
            id="whose book it is stays unsaid",
        ),
        pytest.param(opened(token=" "), Unreadable("the login: the answer is not understood: token"), id="no token"),
    ],
)
def test_without_an_interactive_session_there_is_none(answer: Answer, failure: object) -> None:
    login, wire = a_login(answer)

    assert login.log_in() == Failure(failure)
    assert wire.paths == [INTERACTIVE_LOGIN]


def test_the_interactive_session_is_renewed_alone() -> None:
    login, wire = a_login(opened())
    old = a_session(interactive_token="old", market_token="kept", market_root="apimarketdata", market_user_id="kept")

    assert login.log_in_interactive(old) == Success(replace(old, interactive_token="new-i-token"))
    assert wire.paths == [INTERACTIVE_LOGIN]


def test_the_market_session_is_renewed_alone() -> None:
    login, wire = a_login(market_opened())
    old = a_session(interactive_token="kept", market_token=None, market_problem="refused", market_root="")

    assert login.log_in_market(old) == Success(a_session(interactive_token="kept"))
    assert wire.paths == [BINARY_LOGIN]


def test_a_market_session_that_is_not_renewed_is_a_failure() -> None:
    login, _ = a_login(error("e-response-0011", "Invalid Credentials"))

    assert login.log_in_market(a_session()) == Failure(Rejected("Invalid Credentials", "e-response-0011"))


def test_both_sessions_are_closed_with_their_own_tokens() -> None:
    login, wire = a_login(success(""), success({}))

    assert login.log_out(a_session()) == Success(None)
    assert wire.paths == ["DELETE /interactive/user/session", "DELETE /apibinarymarketdata/auth/logout"]
    assert [request.headers["authorization"] for request in wire.requests] == ["new-i-token", "new-m-token"]


def test_a_session_that_is_closed_already_counts_as_closed() -> None:
    login, _ = a_login(error("e-session-0007", "Invalid Token"), error("e-session-0007", "Invalid Token"))

    assert login.log_out(a_session()) == Success(None)


def test_the_second_session_is_closed_although_the_first_could_not_be() -> None:
    login, wire = a_login(httpx.ReadTimeout("x"), success({}))

    assert login.log_out(a_session()) == Failure(Unreadable("no answer in time"))
    assert len(wire.requests) == 2


def test_without_market_data_there_is_one_session_to_close() -> None:
    login, wire = a_login(success(""))

    assert login.log_out(a_session(market_token=None)) == Success(None)
    assert wire.paths == ["DELETE /interactive/user/session"]


ALIVE: Final = Success(True)  # noqa: FBT003 - the answer of the port
DEAD: Final = Success(False)  # noqa: FBT003


@pytest.mark.parametrize(
    ("answer", "alive"),
    [
        pytest.param(success({"BalanceList": []}), ALIVE, id="answered"),
        pytest.param(error("e-balance-0005", "Data Not Available"), ALIVE, id="no balance"),
        pytest.param(rate_limit(), ALIVE, id="too fast, which is said only to a live token"),
        pytest.param(error("e-session-0007", "Invalid Token"), DEAD, id="dead"),
        pytest.param(error("e-token-0002", "Please Provide token to Authenticate"), DEAD, id="expired"),
        pytest.param(error("e-session-0007", "Invalid Token", 200), DEAD, id="dead with status 200"),
        pytest.param(httpx.ConnectError("x"), Failure(NotSent("no connection")), id="not reached"),
        pytest.param(
            page(502),
            Failure(Unreadable("HTTP 502 with something else than an XTS answer")),
            id="no answer of XTS",
        ),
    ],
)
def test_a_session_is_asked_for_its_life_without_logging_in(answer: Answer, alive: object) -> None:
    login, wire = a_login(answer)

    assert login.is_alive(PRO) == alive
    assert wire.paths == ["GET /interactive/user/balance"]
    assert dict(wire.requests[0].url.params) == {"clientID": "*****"}


def test_an_investor_names_no_client_when_asking() -> None:
    login, wire = a_login(success({"BalanceList": []}))

    login.is_alive(INVESTOR)

    assert dict(wire.requests[0].url.params) == {}


LOOKUP: Final = HostLookup("https://lookup.example.invalid:4001/hostlookup", "public-constant")


def found(address: str, key_name: str = "uniqueKey") -> httpx.Response:
    return success({key_name: "canary-unique", "connectionString": address, "timeStamp": "0", "remarks": ""})


@pytest.mark.parametrize("key_name", ["uniqueKey", "UniqueKey"])
def test_a_looked_up_host_takes_the_place_of_the_interactive_root(key_name: str) -> None:
    login, wire = a_login(
        found("https://node7.example.invalid:4202/", key_name),
        opened(),
        market_opened(),
        success({"BalanceList": []}),
        server=replace(SERVER, lookup=LOOKUP),
    )

    session = login.log_in().unwrap()
    login.is_alive(session)

    assert session == a_session(interactive_base="https://node7.example.invalid:4202")
    assert [f"{request.url.host}{request.url.path}" for request in wire.requests] == [
        "lookup.example.invalid/hostlookup",
        "node7.example.invalid/user/session",
        "xts.example.invalid/apibinarymarketdata/auth/login",
        "node7.example.invalid/user/balance",
    ]
    assert wire.body(0) == {"accesspassword": "public-constant", "version": "interactive_1.0.1"}
    assert wire.body(1)["uniqueKey"] == "canary-unique"


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        pytest.param("https://node7.example.invalid:4202", False, id="https"),
        pytest.param("http://127.0.0.1:4202", False, id="this machine"),
        pytest.param("http://localhost:4202", False, id="this machine by name"),
        pytest.param("http://node7.example.invalid:4202", True, id="allowed by the settings"),
    ],
)
def test_keys_go_to_a_looked_up_host_that_keeps_them(address: str, allowed: bool) -> None:  # noqa: FBT001
    lookup = replace(LOOKUP, allow_plain_http=allowed)
    login, _ = a_login(found(address), opened(), market_opened(), server=replace(SERVER, lookup=lookup))

    assert login.log_in().unwrap().interactive_base == address


def test_keys_do_not_travel_in_the_clear_to_a_looked_up_host() -> None:
    login, wire = a_login(found("http://node7.example.invalid:4202"), server=replace(SERVER, lookup=LOOKUP))

    assert login.log_in() == Failure(
        NotConfigured("the host lookup names an address without TLS, where tokens would travel in the clear")
    )
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        pytest.param(httpx.ConnectError("x"), NotSent("no connection"), id="not reached"),
        pytest.param(page(404), Unreadable("HTTP 404 with something else than an XTS answer"), id="no answer of XTS"),
        pytest.param(
            success({"uniqueKey": "x"}),
            Unreadable("the host lookup: the answer is not understood: connectionString"),
            id="no address",
        ),
    ],
)
def test_without_a_host_there_is_no_login(answer: Answer, failure: object) -> None:
    login, wire = a_login(answer, server=replace(SERVER, lookup=LOOKUP))

    assert login.log_in() == Failure(failure)
    assert len(wire.requests) == 1


def test_no_secret_shows_in_what_the_login_is_made_of() -> None:
    login, _ = a_login(opened(), market_opened())

    shown = repr((CREDENTIALS, LOOKUP, login.log_in()))

    assert not any(secret in shown for secret in ("canary", "m-secret", "m-key", "public-constant", "new-"))
