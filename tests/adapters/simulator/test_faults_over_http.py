"""Every fault as an HTTP client meets it, and what the exchange holds afterwards."""

import threading
from collections.abc import Callable

import httpx
import pytest

from jainam_prop.adapters.simulator.faults import Fault, FaultKind, Faults
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from tests.adapters.simulator.http_client import SECONDS, Caller, limit_order


def held(simulator: XtsSimulator) -> int:
    """How many orders of these tests the exchange holds."""
    return len(simulator.exchange.orders_by_identifier("mark0001"))


def test_a_lost_reply_leaves_exactly_one_order(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.faults.add(Fault(FaultKind.REPLY_LOST, on="place"))

    with pytest.raises(httpx.RemoteProtocolError):
        dealer.place()

    assert held(simulator) == 1
    assert dealer.place().status_code == 200


def test_a_reset_comes_before_anything_is_done(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.faults.add(Fault(FaultKind.RESET, on="place"))

    with pytest.raises(httpx.TransportError):
        dealer.place()

    assert held(simulator) == 0
    assert simulator.exchange.requests["place"] == 1


def test_a_slow_reply_comes_after_the_order_was_taken(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.faults.add(Fault(FaultKind.SLOW, on="place", seconds=SECONDS))
    dealer.http.timeout = 0.2

    with pytest.raises(httpx.ReadTimeout):
        dealer.place()

    assert held(simulator) == 1


def test_a_slow_reply_does_come(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.faults.add(Fault(FaultKind.SLOW, on="place", seconds=0.01))

    assert dealer.place().json()["description"] == "Request sent"


@pytest.mark.parametrize("processed", [True, False])
def test_a_held_reply_waits_until_it_is_released(simulator: XtsSimulator, dealer: Caller, *, processed: bool) -> None:
    simulator.faults.add(Fault(FaultKind.HOLD, on="place", processed=processed))
    replies: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: replies.append(dealer.place()))
    thread.start()

    assert simulator.faults.wait_holding(SECONDS)
    assert (replies, held(simulator)) == ([], 1 if processed else 0)
    simulator.faults.release()
    thread.join(SECONDS)

    assert (replies[0].status_code, held(simulator)) == (200, 1)


def test_closing_lets_held_replies_go(dealer: Caller, simulator: XtsSimulator) -> None:
    simulator.faults.add(Fault(FaultKind.HOLD, on="place"))
    thread = threading.Thread(target=_swallowed, args=(dealer.place,))
    thread.start()
    assert simulator.faults.wait_holding(SECONDS)

    simulator.faults.close()
    thread.join(SECONDS)

    assert not thread.is_alive()


@pytest.mark.parametrize("processed", [True, False])
def test_a_server_error_is_a_page_and_says_nothing_of_the_order(
    simulator: XtsSimulator, dealer: Caller, *, processed: bool
) -> None:
    simulator.faults.add(Fault(FaultKind.SERVER_ERROR, on="place", processed=processed))

    reply = dealer.place()

    assert (reply.status_code, reply.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "<pre>Internal Server Error</pre>" in reply.text
    assert held(simulator) == int(processed)


def test_cut_off_json_comes_after_the_order_was_taken(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.faults.add(Fault(FaultKind.BAD_JSON, on="place"))

    reply = dealer.place()

    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json; charset=utf-8")
    with pytest.raises(ValueError, match=r"Unterminated|Expecting"):
        reply.json()
    assert held(simulator) == 1


def test_a_rate_refusal_has_two_forms(simulator: XtsSimulator, dealer: Caller) -> None:
    for wrapped in (False, True):
        simulator.faults.add(Fault(FaultKind.RATE_LIMITED, on="place", wrapped=wrapped))
    plain, wrapped_reply = dealer.place(), dealer.place()

    text = "Rate limit exceeded for user PRODESK01"
    assert (plain.status_code, wrapped_reply.status_code, held(simulator)) == (429, 429, 0)
    assert plain.json() == {"type": "error", "code": "e-apirl-0004", "description": text, "result": {}}
    assert wrapped_reply.json() == {
        "err": True,
        "data": {"type": "error", "code": "e-apirl-0004", "description": text},
    }


def test_nginx_does_not_find_a_path_until_the_fault_is_cleared(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.faults.add(Fault(FaultKind.NOT_FOUND, on="dealer_trade_book"))

    for _ in range(2):
        reply = dealer.get("/orders/dealertradebook")
        assert (reply.status_code, "<center>nginx</center>" in reply.text) == (404, True)
    simulator.faults.clear()
    assert dealer.get("/orders/dealertradebook").status_code == 200


def test_a_killed_token_stays_dead(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.faults.add(Fault(FaultKind.TOKEN_KILLED, on="place"))

    for reply in (dealer.place(), dealer.get("/orders/dealerorderbook")):
        assert (reply.status_code, reply.json()["code"]) == (400, "e-session-0007")
    assert held(simulator) == 0


def test_a_synchronous_refusal_has_the_words_it_was_given(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.faults.add(Fault(FaultKind.REFUSED, on="place", code="e-orders-0042", text="Segment is closed"))

    reply = dealer.place()

    assert (reply.status_code, held(simulator)) == (400, 0)
    assert reply.json() == {
        "type": "error",
        "code": "e-orders-0042",
        "description": "Segment is closed",
        "result": {},
    }


def test_a_refusal_may_come_with_a_status_that_says_success(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.faults.add(Fault(FaultKind.REFUSED, on="balance", status=200, text="Invalid Token"))

    reply = dealer.get("/user/balance")

    assert (reply.status_code, reply.json()["type"], reply.json()["description"]) == (200, "error", "Invalid Token")


def test_an_order_can_be_taken_and_rejected_afterwards(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.faults.add(Fault(FaultKind.RMS_REJECT, text="RMS:Blocked for MIS"))

    assert dealer.place().json()["description"] == "Request sent"

    (row,) = dealer.get("/orders/dealerorderbook").json()["result"]
    assert (row["OrderStatus"], row["CancelRejectReason"], row["ExchangeOrderID"]) == (
        "Rejected", "RMS:Blocked for MIS", "",
    )  # fmt: skip


def test_an_algorithmic_key_refuses_market_orders(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.faults.add(Fault(FaultKind.ALGO_KEY))

    refused, taken = dealer.place(), dealer.post("/orders", **limit_order(790))

    assert (refused.status_code, refused.json()["code"]) == (400, "e-orders-0002")
    assert taken.status_code == 200


def test_an_order_shows_in_the_book_when_its_delay_is_over(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.faults.add(Fault(FaultKind.BOOK_DELAY, seconds=3600))
    dealer.place()

    assert dealer.get("/orders/dealerorderbook").json()["result"] == []
    assert dealer.get("/orders/dealertradebook").json()["result"] == []
    assert held(simulator) == 1


def test_the_history_of_a_new_order_may_not_show_yet(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.faults.add(Fault(FaultKind.HISTORY_DELAY, seconds=3600, times=1))
    young, old = (dealer.place().json()["result"]["AppOrderID"] for _ in range(2))

    missing, found = (dealer.get("/orders", appOrderID=order_id) for order_id in (young, old))

    assert (missing.status_code, missing.json()["code"]) == (400, "e-orders-0001")
    assert missing.json()["description"] == f"Order history not found for AppOrderID [{young}] given."
    assert [row["OrderStatus"] for row in found.json()["result"]] == ["PendingNew", "New", "Filled"]


def test_the_position_book_may_lag_behind(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.faults.add(Fault(FaultKind.POSITION_LAG, seconds=3600))
    dealer.place()

    assert dealer.get("/portfolio/dealerpositions", dayOrNet="NetWise").json()["result"] == {"positionList": []}
    assert [line.net for line in simulator.exchange.positions().values()] == [10]


def test_a_book_with_rows_can_claim_to_have_none(simulator: XtsSimulator, dealer: Caller) -> None:
    dealer.place()
    simulator.faults.add(Fault(FaultKind.FALSE_EMPTY, on="dealer_positions"))

    first, second = (dealer.get("/portfolio/dealerpositions", dayOrNet="NetWise") for _ in range(2))

    assert (first.status_code, first.json()["code"]) == (400, "e-portfolio-0005")
    assert len(second.json()["result"]["positionList"]) == 1


@pytest.mark.parametrize(
    ("fault", "refused"),
    [
        (Fault(FaultKind.REFUSED, on="place", times=2), [True, True, False]),
        (Fault(FaultKind.REFUSED, on="place", skip=1), [False, True, False]),
        (Fault(FaultKind.REFUSED, on="orders", times=None), [True, True, True]),
        (Fault(FaultKind.REFUSED, on="*", where={"orderSide": "SELL"}), [False, False, False]),
        (Fault(FaultKind.REFUSED, on="interactive", where={"orderQuantity": "10"}), [True, False, False]),
        (Fault(FaultKind.REFUSED, on="modify"), [False, False, False]),
        (Fault(FaultKind.REFUSED, on="place", probability=0.0, times=None), [False, False, False]),
    ],
)
def test_a_fault_strikes_where_and_as_often_as_it_says(
    simulator: XtsSimulator, dealer: Caller, fault: Fault, refused: list[bool]
) -> None:
    simulator.faults.add(fault)

    assert [dealer.place().status_code == 400 for _ in range(3)] == refused


def test_chance_is_the_same_for_the_same_seed() -> None:
    def strikes() -> list[bool]:
        faults = Faults(seed=7)
        faults.add(Fault(FaultKind.REFUSED, probability=0.5, times=None))
        return [faults.take({FaultKind.REFUSED}, ("place",), {}) is not None for _ in range(40)]

    assert strikes() == strikes()
    assert 5 < sum(strikes()) < 35


def _swallowed(call: Callable[[], object]) -> None:
    """Make a call whose outcome does not matter."""
    try:
        call()
    except httpx.HTTPError:
        return
