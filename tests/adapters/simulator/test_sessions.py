"""Logins and tokens over HTTP."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import jwt
import pytest

from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.sessions.session import AccountKind
from tests.adapters.simulator.http_client import QUICK, SECONDS, Caller
from tests.fakes.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def simulator(clock: FakeClock) -> Iterator[XtsSimulator]:
    with XtsSimulator(QUICK, clock) as running:
        yield running


@pytest.mark.parametrize(
    ("kind", "is_investor", "clients"),
    [
        (AccountKind.INVESTOR, True, ["INVEST01"]),
        (AccountKind.NORMAL, False, ["CLIENT01", "CLIENT02"]),
        (AccountKind.PRO, False, ["*****"]),
    ],
)
def test_a_login_says_whose_it_is(
    simulator: XtsSimulator, kind: AccountKind, clients: list[str], *, is_investor: bool
) -> None:
    keys = simulator.credentials[kind].interactive
    reply = httpx.post(
        f"{simulator.base_url}/interactive/user/session", json={"appKey": keys.key, "secretKey": keys.secret}
    )

    result = reply.json()["result"]

    assert (reply.json()["code"], reply.json()["description"]) == ("s-user-0001", "Valid User.")
    assert (result["isInvestorClient"], result["clientCodes"]) == (is_investor, clients)
    assert result["userID"] == simulator.credentials[kind].user_id


def test_a_token_names_its_login_and_key_and_lives_a_day(dealer: Caller, clock: FakeClock) -> None:
    claims = jwt.decode(dealer.token, options={"verify_signature": False})

    issued = int(clock.now().timestamp())
    assert claims == {
        "userID": f"PRODESK01_{dealer.login.interactive.key.upper()}",
        "publicKey": dealer.login.interactive.key,
        "isInteractive": True,
        "iat": issued,
        "exp": issued + 86_400,
    }
    assert jwt.get_unverified_header(dealer.token)["alg"] == "HS256"


def test_a_login_may_be_sent_as_a_form(simulator: XtsSimulator) -> None:
    keys = simulator.credentials[AccountKind.PRO].interactive
    form = {"appKey": keys.key, "secretKey": keys.secret, "source": "WEBAPI"}

    reply = httpx.post(f"{simulator.base_url}/interactive/user/session", data=form)

    assert reply.json()["type"] == "success"


def test_success_at_the_market_data_login_has_a_code_that_looks_like_an_error(simulator: XtsSimulator) -> None:
    keys = simulator.credentials[AccountKind.PRO].market
    body = {"appKey": keys.key, "secretKey": keys.secret}

    for root in ("apimarketdata", "apibinarymarketdata"):
        reply = httpx.post(f"{simulator.base_url}/{root}/auth/login", json=body)
        assert (reply.json()["type"], reply.json()["code"]) == ("success", "e-response-0010")


@pytest.mark.parametrize("path", ["/interactive/user/session", "/apimarketdata/auth/login"])
def test_wrong_keys_are_refused(simulator: XtsSimulator, path: str) -> None:
    reply = httpx.post(f"{simulator.base_url}{path}", json={"appKey": "0" * 22, "secretKey": "nobody@1"})

    assert (reply.status_code, reply.json()["type"]) == (400, "error")


def test_a_new_login_ends_the_earlier_one_of_the_same_application_at_once(
    simulator: XtsSimulator, dealer: Caller
) -> None:
    before = (dealer.token, dealer.market_token)
    with Caller(simulator) as again:
        assert again.token != before[0]
        refused = dealer.get("/user/balance")
        assert (refused.status_code, refused.json()["description"]) == (400, "Invalid Token")
        assert again.get("/user/balance").status_code == 200


def test_the_other_application_and_other_logins_live_on(simulator: XtsSimulator, dealer: Caller) -> None:
    with Caller(simulator, AccountKind.NORMAL) as other:
        dealer.token = dealer.log_in(
            "/interactive/user/session", dealer.login.interactive.key, dealer.login.interactive.secret
        )

        assert dealer.market("GET", "/config/clientConfig").status_code == 200
        assert other.get("/user/balance").status_code == 200


def test_a_token_of_one_application_is_refused_by_the_other(dealer: Caller) -> None:
    headers = {"Authorization": dealer.market_token}

    reply = dealer.http.get("/interactive/user/balance", headers=headers)

    assert (reply.status_code, reply.json()["code"]) == (400, "e-session-0007")


def test_a_missing_token_has_its_own_code(dealer: Caller) -> None:
    reply = dealer.http.get("/interactive/user/balance")

    assert (reply.status_code, reply.json()["code"]) == (400, "e-token-0002")


def test_a_token_dies_after_a_day(dealer: Caller, clock: FakeClock) -> None:
    clock.advance(timedelta(days=1).total_seconds() - 1)
    assert dealer.get("/user/balance").status_code == 200

    clock.advance(1)
    assert dealer.get("/user/balance").json()["code"] == "e-session-0007"


def test_logging_out_ends_the_session(dealer: Caller) -> None:
    reply = dealer.delete("/user/session")
    market = dealer.market("DELETE", "/auth/logout")

    assert reply.json()["description"] == "successfully logout from all API."
    assert market.json()["code"] == "s-login-0005"
    assert dealer.get("/user/balance").json()["code"] == "e-session-0007"
    assert dealer.market("GET", "/config/clientConfig").json()["code"] == "e-session-0007"


def test_master_and_index_list_need_no_token(simulator: XtsSimulator) -> None:
    url = f"{simulator.base_url}/apimarketdata/instruments"

    master = httpx.post(f"{url}/master", json={"exchangeSegmentList": ["NSECM"]}, timeout=SECONDS)

    assert master.json()["result"].startswith("NSECM|2885|")
    assert httpx.get(f"{url}/indexlist", params={"exchangeSegment": 1}).status_code == 200


def test_credentials_and_tokens_do_not_show_in_a_repr(simulator: XtsSimulator, dealer: Caller) -> None:
    shown = repr([simulator.config, simulator.sessions.live()])

    assert dealer.login.interactive.secret not in shown
    assert dealer.token not in shown
