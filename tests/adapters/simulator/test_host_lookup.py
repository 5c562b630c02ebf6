"""Host lookup: the step before login on servers that move."""

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.sessions.session import AccountKind
from tests.adapters.simulator.http_client import QUICK

PASSWORD = "Invented@1"


@pytest.fixture
def simulator() -> Iterator[XtsSimulator]:
    with XtsSimulator(replace(QUICK, host_lookup_password=PASSWORD)) as running:
        yield running


def look_up(simulator: XtsSimulator, **body: str) -> httpx.Response:
    return httpx.post(f"{simulator.base_url}/hostlookup", json={"version": "interactive_1.0.1"} | body)


@pytest.mark.parametrize("spelling", ["accesspassword", "AccessPassword"])
def test_the_address_it_hands_out_has_no_path_and_answers_without_prefix(
    simulator: XtsSimulator, spelling: str
) -> None:
    found = look_up(simulator, **{spelling: PASSWORD}).json()["result"]
    keys = simulator.credentials[AccountKind.PRO].interactive
    body = {"appKey": keys.key, "secretKey": keys.secret, "uniqueKey": found["uniqueKey"]}

    token = httpx.post(f"{found['connectionString']}/user/session", json=body).json()["result"]["token"]
    book = httpx.get(
        f"{found['connectionString']}/orders/dealerorderbook",
        params={"clientID": "*****"},
        headers={"Authorization": token},
    )

    assert found["connectionString"] == simulator.base_url
    assert book.json()["result"] == []


def test_a_login_there_needs_the_unique_key(simulator: XtsSimulator) -> None:
    keys = simulator.credentials[AccountKind.PRO].interactive

    reply = httpx.post(f"{simulator.base_url}/user/session", json={"appKey": keys.key, "secretKey": keys.secret})

    assert (reply.status_code, reply.json()["type"]) == (400, "error")


def test_a_wrong_password_is_refused(simulator: XtsSimulator) -> None:
    assert look_up(simulator, accesspassword="guess").status_code == 400


def test_usually_there_is_none() -> None:
    with XtsSimulator(QUICK) as simulator:
        assert look_up(simulator, accesspassword=PASSWORD).status_code == 404
        assert httpx.get(f"{simulator.base_url}/user/balance").status_code == 404
