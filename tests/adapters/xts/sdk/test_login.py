"""Logging in through an SDK with bad habits, kept from doing harm."""

import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs

import httpx
import pytest
from returns.result import Failure, Success

from jainam_prop.adapters.xts.sdk.loading import DEADLINE, SdkUnusableError, load_client_class, requests_module
from jainam_prop.adapters.xts.sdk.login import SdkLogin, SdkServer
from jainam_prop.domain.errors import BrokerError, NotConfigured, NotSent, RateLimited, Rejected, Unreadable
from jainam_prop.domain.sessions.session import (
    Account,
    AccountChoice,
    AccountKind,
    ApplicationKey,
    Credentials,
    Session,
)
from tests.fakes.clock import FakeClock
from tests.fakes.login import FakeLogin

BASE: Final = "https://xts.example.invalid"
KEYS: Final = Credentials(
    ApplicationKey("pretend-interactive-key", "pretend-interactive-secret"),
    ApplicationKey("pretend-market-key", "pretend-market-secret"),
)
ROOTS: Final = ("apibinarymarketdata", "apimarketdata")
INTERACTIVE: Final = {
    "type": "success",
    "code": "s-user-0001",
    "description": "Valid User.",
    "result": {
        "token": "pretend-interactive-token",
        "userID": "DEALER01",
        "isInvestorClient": False,
        "clientCodes": ["CLIENT01", "CLIENT02"],
    },
}
MARKET: Final = {
    "type": "success",
    "code": "e-response-0010",
    "description": "Provided Valid Credentials",
    "result": {"token": "pretend-market-token", "userID": "DEALER01M"},
}
INVALID: Final = {"type": "error", "code": "e-user-0001", "description": "Invalid appKey or secretKey", "result": {}}
NOT_FOUND: Final = httpx.Response(404, html="<html>nginx</html>")

Answer = Callable[[httpx.Request], httpx.Response]


class Server:
    """Answers by path, and keeps what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {
            "/interactive/user/session": lambda _: httpx.Response(200, json=INTERACTIVE),
            "/apibinarymarketdata/auth/login": lambda _: httpx.Response(200, json=MARKET),
        }
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.get(request.url.path)
        return answer(request) if answer is not None else httpx.Response(404, html="<html>nginx</html>")


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def login(server: Server, clock: FakeClock, stand_in: Path) -> SdkLogin:
    return login_at(server, clock, stand_in)


def login_at(server: Server, clock: FakeClock, folder: Path) -> SdkLogin:
    return SdkLogin(
        SdkServer(folder, BASE, ROOTS, "WEBAPI", "JAINAM_XTS_SDK_PATH"),
        httpx.Client(transport=httpx.MockTransport(server)),
        KEYS,
        AccountChoice(AccountKind.NORMAL, "CLIENT01"),
        clock,
        FakeLogin(clock),
    )


def a_session(clock: FakeClock) -> Session:
    return Session(
        user_id="DEALER01",
        account=Account(AccountKind.NORMAL, "CLIENT01"),
        interactive_token="pretend-interactive-token",
        market_token="pretend-market-token",
        expires_at=clock.now() + timedelta(hours=24),
        market_user_id="DEALER01M",
        client_codes=("CLIENT01", "CLIENT02"),
        market_root="apibinarymarketdata",
    )


def test_both_applications_are_opened(login: SdkLogin, server: Server, clock: FakeClock) -> None:
    assert login.log_in() == Success(a_session(clock))
    assert [parse_qs(request.content.decode()) for request in server.requests] == [
        {"appKey": [key.app_key], "secretKey": [key.secret_key], "source": ["WEBAPI"]}
        for key in (KEYS.interactive, KEYS.market)
    ]


def test_market_data_is_found_where_the_server_has_it(login: SdkLogin, server: Server, clock: FakeClock) -> None:
    server.answers["/apimarketdata/auth/login"] = server.answers.pop("/apibinarymarketdata/auth/login")

    assert login.log_in() == Success(replace(a_session(clock), market_root="apimarketdata"))


def test_without_market_data_trading_goes_on(login: SdkLogin, server: Server) -> None:
    server.answers["/apibinarymarketdata/auth/login"] = lambda _: httpx.Response(400, json=INVALID)
    session = login.log_in().unwrap()

    assert (session.market_token, session.market_problem) == (None, "Invalid appKey or secretKey (e-user-0001)")


def test_one_application_is_renewed_without_the_other(login: SdkLogin, clock: FakeClock) -> None:
    kept = replace(a_session(clock), interactive_token="old", market_token="kept")

    assert login.log_in_interactive(kept) == Success(replace(a_session(clock), market_token="kept"))
    assert login.log_in_market(kept) == Success(replace(a_session(clock), interactive_token="old"))


def refuse(error: Exception) -> Answer:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    return answer


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(
            lambda _: httpx.Response(400, json=INVALID),
            Rejected("Invalid appKey or secretKey", "e-user-0001"),
            id="credentials-refused",
        ),
        pytest.param(
            lambda _: httpx.Response(
                400, json={**INVALID, "description": "pretend-interactive-key is unknown", "code": "e"}
            ),
            Rejected("[secret] is unknown", "e"),
            id="server-quotes-the-key",
        ),
        pytest.param(
            lambda _: httpx.Response(
                400, json={"type": "error", "code": "e-session-0007", "description": "Invalid Token", "result": {}}
            ),
            Rejected("Invalid Token (e-session-0007)"),
            id="the-error-the-sdk-raises-for",
        ),
        pytest.param(
            lambda _: httpx.Response(429, json={**INVALID, "code": "e-apirl-0004", "description": "Too fast"}),
            RateLimited("Too fast (e-apirl-0004)"),
            id="rate-limit",
        ),
        pytest.param(
            lambda _: httpx.Response(502, html="<html>Bad Gateway</html>"),
            Unreadable("HTTP 502 with something else than an XTS answer"),
            id="html",
        ),
        pytest.param(
            lambda _: httpx.Response(200, content=b""),
            Unreadable("HTTP 200 with something else than an XTS answer"),
            id="nothing",
        ),
        pytest.param(
            lambda _: httpx.Response(200, json={**INTERACTIVE, "result": {"token": "t"}}),
            Unreadable("the login: the answer is not understood: isInvestorClient, userID"),
            id="half-an-answer",
        ),
        pytest.param(refuse(httpx.ConnectError("[Errno 111]")), NotSent("no connection"), id="connection-refused"),
        pytest.param(
            refuse(httpx.ReadTimeout("timed out")),
            Unreadable("no answer to the login in time, or the connection broke"),
            id="timeout",
        ),
    ],
)
def test_what_the_sdk_hides_is_found_out(login: SdkLogin, server: Server, answer: Answer, error: BrokerError) -> None:
    server.answers["/interactive/user/session"] = answer

    assert login.log_in() == Failure(error)


def test_it_leaves_logging_out_and_asking_to_plain_http(login: SdkLogin, server: Server, clock: FakeClock) -> None:

    assert login.is_alive(a_session(clock)) == Success(False)  # noqa: FBT003
    assert login.log_out(a_session(clock)) == Success(None)
    assert server.requests == []


def test_every_request_carries_the_deadline_of_the_whole_login(
    login: SdkLogin, server: Server, clock: FakeClock
) -> None:
    def slowly(_: httpx.Request) -> httpx.Response:
        clock.advance(4)
        return httpx.Response(404, html="<html>nginx</html>")

    server.answers["/apibinarymarketdata/auth/login"] = slowly
    login.log_in()
    waits = [(request.extensions[DEADLINE], request.extensions["timeout"]["read"]) for request in server.requests]

    assert waits == [(10.0, 10.0), (10.0, 10.0), (10.0, 6.0)]


def test_its_config_file_is_not_looked_for(
    login: SdkLogin, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.ini").write_text("[root_url]\nroot=https://evil.example.invalid\n[SSL]\ndisable_ssl=True\n")
    monkeypatch.chdir(tmp_path)
    login.log_in()

    assert {request.url.host for request in server.requests} == {"xts.example.invalid"}


def test_it_is_told_to_check_certificates(stand_in: Path) -> None:
    seen: list[object] = []

    def spy(*_: object, **said: object) -> httpx.Response:
        seen.append(said["verify"])
        return httpx.Response(200, json=INTERACTIVE)

    client = load_client_class(stand_in, BASE, requests_module(spy))
    client("key", "secret", "WEBAPI").interactive_login()

    assert seen == [True]


def test_it_says_nothing_and_leaves_nothing_behind(
    login: SdkLogin, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture, stand_in: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    before, path, folder = set(sys.modules), list(sys.path), Path.cwd()
    login.log_in()

    assert {name for name in set(sys.modules) - before if name in {"Connect", "Exception", "requests"}} == set()
    assert (sys.path, Path.cwd()) == (path, folder)
    assert "pretend" not in "".join(capfd.readouterr()) + caplog.text
    assert not list(stand_in.rglob("*.pyc"))


@pytest.mark.parametrize(
    "source",
    [
        None,
        "this is no python",
        "raise SystemError('a secret')",
        "import nothing_of_this_name",
        "class Other: pass",
        "XTSConnect = 7",
    ],
)
def test_a_folder_without_a_usable_sdk_is_named_as_the_cause(
    server: Server, clock: FakeClock, tmp_path: Path, source: str | None
) -> None:
    if source is not None:
        (tmp_path / "Connect.py").write_text(source)
    error: Any = login_at(server, clock, tmp_path).log_in().failure()

    assert (type(error), error.names) == (NotConfigured, ("JAINAM_XTS_SDK_PATH",))
    assert "secret" not in error.message


def test_an_sdk_that_lost_its_login_is_named_as_the_cause(server: Server, clock: FakeClock, tmp_path: Path) -> None:
    (tmp_path / "Connect.py").write_text("class XTSConnect:\n    def __init__(self, *a, **k): pass\n")

    assert login_at(server, clock, tmp_path).log_in() == Failure(
        NotConfigured("the XTS SDK sent nothing; see what `jainam-prop sdk check` reports", ("JAINAM_XTS_SDK_PATH",))
    )


def test_a_missing_folder_is_said_to_be_unusable(tmp_path: Path) -> None:
    with pytest.raises(SdkUnusableError, match=r"^the XTS SDK cannot be loaded \(FileNotFoundError\)"):
        load_client_class(tmp_path / "nowhere", BASE, requests_module(lambda: None))


def test_symphonys_own_sdk_logs_in(server: Server, clock: FakeClock, symphonys: Path) -> None:
    assert login_at(server, clock, symphonys).log_in() == Success(a_session(clock))
