"""What `place_order_api` costs beside a raw POST of the same body over a connection that is kept alive."""

import json
from collections.abc import Iterator

import httpx
import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.beside import Both, run_beside
from benchmarks.conftest import Counter
from jainam_prop.entrypoints.openalgo.order_api import place_order_api
from tests.e2e.world import order

TIMES = Both(rounds=1000, warmup=50)
REQUEST = order(quantity=1, pricetype="LIMIT", price=700.0)


@pytest.fixture
def raw(counter: Counter) -> Iterator[httpx.Client]:
    """A client with nothing around it."""
    with httpx.Client(base_url=counter.base_url, trust_env=False) as client:
        yield client


@pytest.mark.benchmark(group="order")
def test_place_order_api(benchmark: BenchmarkFixture, counter: Counter, raw: httpx.Client) -> None:
    """The whole: reading, checking, journal, one POST, journal, the host's reply.

    The control is the same order, as bytes, and the status of the answer.
    """
    session = counter.desk.sessions.session_for(counter.auth).unwrap()
    body = json.dumps(
        {
            "exchangeSegment": "NSECM",
            "exchangeInstrumentID": 3045,
            "productType": "MIS",
            "orderType": "LIMIT",
            "orderSide": "BUY",
            "timeInForce": "DAY",
            "disclosedQuantity": 0,
            "orderQuantity": 1,
            "limitPrice": 700.0,
            "stopPrice": 0,
            "orderUniqueIdentifier": "jp0123456789abcdefgh",
            "clientID": session.account.client_id,
        }
    )
    headers = {"Authorization": session.interactive_token, "Content-Type": "application/json"}

    def post() -> int:
        return raw.post("/interactive/orders", content=body, headers=headers).status_code

    def place() -> int:
        reply, _, _ = place_order_api(REQUEST, counter.auth)
        return reply.status

    assert run_beside(benchmark, place, post, TIMES) == (200, 200)
