"""The control dealer by which another process steers the simulator and reads the truth."""

import httpx
import pytest

from jainam_prop.adapters.simulator.server.server import XtsSimulator
from tests.adapters.simulator.direct_trading import SBIN
from tests.adapters.simulator.http_client import Caller, limit_order


@pytest.fixture
def admin(dealer: Caller) -> httpx.Client:
    """Return a client without any token."""
    return dealer.http


def test_faults_are_switched_on_and_off(admin: httpx.Client, dealer: Caller) -> None:
    fault = {"kind": "rms_reject", "text": "RMS:told so", "times": 1, "where": {"exchangeInstrumentID": "3045"}}

    assert admin.post("/_sim/faults", json=fault).json() == {"added": "rms_reject"}
    dealer.place()
    dealer.place()
    admin.post("/_sim/faults", json={"kind": "algo_key"})
    admin.delete("/_sim/faults")
    dealer.place()

    orders = admin.get("/_sim/state").json()["orders"]
    assert [(order["state"], order["reason"]) for order in orders] == [
        ("Rejected", "RMS:told so"), ("Filled", ""), ("Filled", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body", [{"kind": "no_such_fault"}, {}, {"kind": "slow", "secods": 3}, {"kind": "slow", "where": 1, "x": 2}]
)
def test_a_fault_that_is_not_understood_is_refused(
    simulator: XtsSimulator, admin: httpx.Client, body: dict[str, object]
) -> None:
    reply = admin.post("/_sim/faults", json=body)

    assert (reply.status_code, "error" in reply.json()) == (400, True)
    assert simulator.faults.armed() == ()


def test_the_state_tells_the_truth(admin: httpx.Client, dealer: Caller) -> None:
    admin.post("/_sim/faults", json={"kind": "book_delay", "seconds": 3600})
    dealer.place()
    dealer.post("/orders", **limit_order(770, orderUniqueIdentifier="mark0002"))

    whole = admin.get("/_sim/state").json()
    one = admin.get("/_sim/state", params={"identifier": "mark0002"}).json()["orders"]

    assert [order["state"] for order in whole["orders"]] == ["Filled", "New"]
    assert whole["positions"] == [
        {"account": "*****", "segment": "NSECM", "instrument": 3045, "product": "MIS", "net": 10},
    ]
    assert (whole["requests"]["place"], whole["executions"], whole["faults"]) == (2, 1, ["book_delay"])
    assert {session["application"] for session in whole["sessions"]} == {"interactive", "market"}
    assert [(order["identifier"], order["states"]) for order in one] == [("mark0002", ["PendingNew", "New"])]


def test_the_market_is_moved_and_its_book_replaced(admin: httpx.Client, dealer: Caller) -> None:
    instrument = {"exchangeSegment": "NSECM", "exchangeInstrumentID": 3045}
    dealer.post("/orders", **limit_order(770))

    admin.post("/_sim/market", json=instrument | {"asks": [["771", 4], [772, 100]], "bids": []})
    dealer.place(orderQuantity=5)
    moved = admin.post("/_sim/market", json=instrument | {"price": 769.5})

    assert moved.json() == {"last": "769.5"}
    assert [order["average"] for order in admin.get("/_sim/state").json()["orders"]] == ["770", "771.2"]


def test_sessions_are_killed(admin: httpx.Client, dealer: Caller) -> None:
    reply = admin.post("/_sim/kill", json={"userID": "PRODESK01", "application": "interactive"})

    assert reply.json() == {"killed": 1}
    assert dealer.get("/user/balance").json()["code"] == "e-session-0007"
    assert dealer.market("GET", "/config/clientConfig").status_code == 200


@pytest.mark.parametrize("body", [{}, {"exchangeSegment": "NSECM", "exchangeInstrumentID": 1, "price": 3}])
def test_a_market_that_is_not_there_cannot_be_moved(admin: httpx.Client, body: dict[str, object]) -> None:
    assert admin.post("/_sim/market", json=body).status_code == 400


def test_no_secret_and_no_token_is_shown(admin: httpx.Client, dealer: Caller) -> None:
    text = admin.get("/_sim/state").text

    assert dealer.token not in text
    assert dealer.login.interactive.secret not in text


def test_other_paths_are_not_found(admin: httpx.Client) -> None:
    assert admin.get("/_sim/nothing").status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Host": "attacker.example"}, id="another-name-that-resolves-to-loopback"),
        pytest.param({"Host": "192.0.2.7:8080"}, id="another-address"),
        pytest.param({"Host": ""}, id="no-host"),
        pytest.param({"Origin": "https://attacker.example"}, id="a-page-of-another-site"),
        pytest.param({"Origin": "null"}, id="a-page-without-a-site"),
    ],
)
def test_a_browser_page_can_neither_steer_nor_read(
    simulator: XtsSimulator, admin: httpx.Client, headers: dict[str, str]
) -> None:
    before = simulator.exchange.market(SBIN).last_price
    body = {"exchangeSegment": "NSECM", "exchangeInstrumentID": 3045, "price": 1}

    replies = [
        admin.post("/_sim/market", json=body, headers=headers), admin.get("/_sim/state", headers=headers),
    ]  # fmt: skip

    assert [reply.status_code for reply in replies] == [403, 403]
    assert simulator.exchange.market(SBIN).last_price == before


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:8080"])
def test_a_local_program_may_call_it_by_any_loopback_name(admin: httpx.Client, host: str) -> None:
    assert admin.get("/_sim/state", headers={"Host": host, "Origin": f"http://{host}"}).status_code == 200
