"""Every recorded case: what is sent, to the letter and the JSON type, and what is made of the answer."""

import json
from typing import Any

import httpx
import pytest

from tests.adapters.xts.http.spelling import outcome_as_json
from tests.adapters.xts.http.wire_case import (
    BASE,
    RecordedServer,
    WireCase,
    all_cases,
    carry_out,
)

CASES = all_cases()


def sent(request: httpx.Request) -> dict[str, Any]:
    """Write a request as a case holds it."""
    return {
        "method": request.method,
        "path": request.url.path,
        "query": dict(request.url.params),
        "headers": {"authorization": request.headers["authorization"]},
        "body": json.loads(request.content) if request.content else None,
    }


def types_of(body: dict[str, Any] | None) -> dict[str, Any]:
    """Name the JSON type of every field; XTS wants whole numbers where something is counted."""
    kinds = {int: "whole", float: "number", str: "text", bool: "truth"}
    return {
        name: [types_of(each) for each in value]
        if isinstance(value, list)
        else "number"
        if name.casefold().endswith("price") and type(value) is int
        else kinds[type(value)]
        for name, value in (body or {}).items()
    }


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_the_wire(case: WireCase) -> None:
    server = RecordedServer(case.response)

    outcome = carry_out(case, server)

    assert outcome_as_json(outcome) == case.expected
    (request,) = server.requests
    assert sent(request) == case.request
    assert types_of(sent(request)["body"]) == types_of(case.request["body"])
    assert str(request.url).startswith(BASE)
    assert request.headers["content-type"] == "application/json"


def test_every_port_has_its_cases() -> None:
    ports = {case.call["port"] for case in CASES}

    assert ports == {
        *("order_gateway", "order_book", "position_book", "account", "market_data"),
        *("linked_orders", "position_gateway", "price_history", "margins"),
    }
    assert all(case.name.startswith(case.call["port"]) for case in CASES)
