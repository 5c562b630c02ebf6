"""The rate chart: how many requests of a kind are let through in how many seconds."""

from dataclasses import replace

import httpx
import pytest

from jainam_prop.adapters.simulator.http.dispatcher import CHART, RateLimiter
from jainam_prop.adapters.simulator.refusals import Limited
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.sessions.session import AccountKind
from tests.adapters.simulator.http_client import QUICK, Caller
from tests.fakes.clock import FakeClock


@pytest.mark.parametrize(("kind", "line"), CHART.items())
def test_each_line_of_the_chart_lets_so_many_through_and_then_again(kind: str, line: tuple[float, int]) -> None:
    clock = FakeClock()
    chart = RateLimiter(clock, enforced=True)
    seconds, most = line
    for _ in range(most):
        chart.admit("PRODESK01", kind)
    with pytest.raises(Limited):
        chart.admit("PRODESK01", kind)

    chart.admit("DEALER01", kind)
    clock.advance(seconds)
    chart.admit("PRODESK01", kind)


def test_the_window_slides() -> None:
    clock = FakeClock()
    chart = RateLimiter(clock, enforced=True)
    for _ in range(3):
        chart.admit("PRODESK01", "order_book")
    clock.advance(0.6)
    for _ in range(3):
        chart.admit("PRODESK01", "order_book")
    clock.advance(0.4)
    for _ in range(3):
        chart.admit("PRODESK01", "order_book")

    with pytest.raises(Limited):
        chart.admit("PRODESK01", "order_book")


def test_the_order_book_shares_its_line_with_the_history_and_the_dealer_book() -> None:
    chart = RateLimiter(FakeClock(), enforced=True)
    for endpoint in ("order_book", "order_history", "dealer_order_book") * 2:
        chart.admit("PRODESK01", endpoint)

    with pytest.raises(Limited):
        chart.admit("PRODESK01", "order_history")


def test_what_is_not_on_the_chart_has_no_limit() -> None:
    chart = RateLimiter(FakeClock(), enforced=True)

    refused = []
    for number in range(1_000):
        try:
            chart.admit("PRODESK01", "quotes")
        except Limited:
            refused.append(number)

    assert refused == []


def test_one_request_too_many_is_refused_with_429_and_the_token_lives_on() -> None:
    clock = FakeClock()
    with XtsSimulator(replace(QUICK, rate_limits=True), clock) as simulator, Caller(simulator) as dealer:
        first, second = (dealer.get("/portfolio/dealerpositions", dayOrNet="NetWise") for _ in range(2))
        clock.advance(1)
        third = dealer.get("/portfolio/dealerpositions", dayOrNet="NetWise")

    assert [reply.status_code for reply in (first, second, third)] == [200, 429, 200]
    assert second.json()["code"] == "e-apirl-0004"
    assert second.json()["description"] == "Rate limit exceeded for user PRODESK01"


def test_the_limiter_runs_after_the_token_was_checked() -> None:
    with XtsSimulator(replace(QUICK, rate_limits=True), FakeClock()) as simulator:
        replies = [
            httpx.get(f"{simulator.base_url}/interactive/user/profile", headers={"Authorization": "dead"})
            for _ in range(3)
        ]

    assert {reply.json()["code"] for reply in replies} == {"e-session-0007"}


def test_logins_are_limited_by_their_key() -> None:
    with XtsSimulator(replace(QUICK, rate_limits=True), FakeClock()) as simulator:
        url = f"{simulator.base_url}/interactive/user/session"
        statuses = []
        for kind in (AccountKind.PRO, AccountKind.NORMAL, AccountKind.PRO):
            keys = simulator.credentials[kind].interactive
            statuses.append(httpx.post(url, json={"appKey": keys.key, "secretKey": keys.secret}).status_code)

    assert statuses == [200, 200, 429]
