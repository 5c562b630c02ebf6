"""What is an answer of XTS, and what an error says."""

import json

import pytest

from jainam_prop.adapters.xts.wire.replies.envelope import (
    Envelope,
    is_empty_book,
    is_unseen_order,
    read_envelope,
    refusal,
    scrubbed,
)
from jainam_prop.domain.errors import RateLimited, Rejected, SessionExpired

JSON = "application/json; charset=utf-8"


def an_error(code: str = "", description: str = "", result: object = None) -> Envelope:
    return Envelope(kind="error", code=code, description=description, result=result)


def test_a_success_keeps_its_result_whatever_its_code() -> None:
    body = {
        "type": "success",
        "code": "e-response-0010",
        "description": "Provided Valid Credentials",
        "result": {"a": 1},
    }

    read = read_envelope(json.dumps(body).encode(), JSON)

    assert read == Envelope(
        kind="success", code="e-response-0010", description="Provided Valid Credentials", result={"a": 1}
    )
    assert read is not None
    assert read.succeeded


@pytest.mark.parametrize("code", [None, 7])
def test_a_code_of_another_kind_does_not_lose_the_answer(code: object) -> None:
    read = read_envelope(json.dumps({"type": "success", "code": code, "result": []}).encode(), JSON)

    assert read == Envelope(kind="success", code="" if code is None else "7", result=[])


def test_a_wrapped_error_is_unwrapped() -> None:
    body = {"err": True, "data": {"type": "error", "code": "e-apirl-0004", "description": "Rate limit"}}

    assert read_envelope(json.dumps(body).encode(), JSON) == an_error("e-apirl-0004", "Rate limit")


def test_a_success_with_data_in_it_is_not_unwrapped() -> None:
    body = {"type": "success", "data": {"type": "error"}, "result": [1]}

    assert read_envelope(json.dumps(body).encode(), JSON) == Envelope(kind="success", result=[1])


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        pytest.param(b"", JSON, id="nothing"),
        pytest.param(b"   ", JSON, id="blanks"),
        pytest.param(b"<html></html>", "text/html", id="a page"),
        pytest.param(b"\r\n<!DOCTYPE html>", JSON, id="a page under another label"),
        pytest.param(b'{"type":"succ', JSON, id="cut off"),
        pytest.param(b'{"type":"success","result":NaN}', JSON, id="no JSON"),
        pytest.param(b'{"type":"maybe"}', JSON, id="an unknown type"),
        pytest.param(b'{"message":"ok"}', JSON, id="foreign JSON"),
        pytest.param(b'{"data":[1]}', JSON, id="foreign JSON with data"),
        pytest.param(b"[1]", JSON, id="a list"),
        pytest.param(b"null", JSON, id="null"),
        pytest.param(b"x" * 401, "text/plain", id="a long text"),
        pytest.param(b"\xff\xfe", JSON, id="bytes"),
        pytest.param(b'{"type":"error","result":[],"type":"success"}', JSON, id="two types"),
        pytest.param(b'{"type":"success","result":{"AppOrderID":7,"AppOrderID" :8}}', JSON, id="two order ids"),
        pytest.param(b'{"type":"success","result":' + b"[" * 100_000, JSON, id="deeper"),
    ],
)
def test_what_is_no_envelope_is_no_answer(content: bytes, content_type: str) -> None:
    assert read_envelope(content, content_type) is None


def test_a_bare_sentence_is_an_answer_of_its_own_kind() -> None:
    assert read_envelope(b"Invalid Token\n", "text/html; charset=utf-8") == Envelope(
        kind="text", description="Invalid Token"
    )


@pytest.mark.parametrize(
    ("code", "description"),
    [
        ("e-session-0007", "Invalid Token"),
        ("e-session-0007", "whatever it says"),
        ("e-token-0002", "Please Provide token to Authenticate"),
        ("e-token-0099", ""),
        ("e-session-0005", ""),
        ("", "Invalid Token"),
        ("", "Token/Authorization not found"),
        ("", "Please provide token to authenticate"),
        ("", "Your session has been expired"),
    ],
)
def test_a_dead_token_is_told_by_the_family_or_the_text(code: str, description: str) -> None:
    assert isinstance(refusal(400, an_error(code, description)), SessionExpired)


@pytest.mark.parametrize(
    ("code", "description"),
    [
        ("e-session-0002", "Instrument Already Subscribed !"),
        ("e-session-0004", "Subscription limit exceeded"),
        ("e-session-0002", "Invalid Token"),
        ("e-user-0001", "Invalid appKey or secretKey"),
        ("e-orders-0001", "Order not found"),
        ("", "Data Not Available"),
        ("", ""),
    ],
)
def test_everything_else_is_the_brokers_refusal(code: str, description: str) -> None:
    assert isinstance(refusal(400, an_error(code, description)), Rejected)


def test_a_rate_limit_is_never_a_dead_token() -> None:
    assert refusal(429, an_error("e-session-0007", "Invalid Token"), 2.0) == RateLimited(
        "Invalid Token (e-session-0007)", 2.0
    )
    assert isinstance(refusal(400, an_error("e-apirl-0001", "Invalid Token")), RateLimited)


def test_a_401_is_a_dead_token() -> None:
    assert refusal(401, an_error("", "Unauthorized")) == SessionExpired("Unauthorized")


def test_a_failed_validation_says_what_failed() -> None:
    result = {"errors": [{"messages": ['"a" is required', "second"]}, {"messages": None}, 7, {"messages": ["third"]}]}

    assert refusal(400, an_error("e-property-validation-failed", "Bad Request", result)) == Rejected(
        '"a" is required; second; third', "e-property-validation-failed"
    )


def test_a_refusal_without_words_still_says_something() -> None:
    assert refusal(400, an_error()) == Rejected("refused without a reason")


@pytest.mark.parametrize("code", ["e-orders-0005", "e-tradeBook-0005", "e-portfolio-0005", "e-holdings-0005"])
@pytest.mark.parametrize("description", ["Data Not Available", "data not available.", "DATA NOT AVAILABLE"])
def test_an_empty_book_is_the_code_and_the_text(code: str, description: str) -> None:
    assert is_empty_book(an_error(code, description))


@pytest.mark.parametrize(
    ("code", "description"),
    [
        ("e-portfolio-00005", "Data Not Available"),
        ("e-portfolio-00005", "Supplied client not mapped under dealer"),
        ("e-trade-00002", "Supplied client not mapped under dealer"),
        ("e-portfolio-005", "Data Not Available"),
        ("e-orders-0005", "Order not found"),
        ("e-orders-0005x", "Data Not Available"),
        ("x-orders-0005", "Data Not Available"),
        ("", "Data Not Available"),
        ("e-orders-0001", "Data Not Available"),
    ],
)
def test_a_near_miss_is_no_empty_book(code: str, description: str) -> None:
    assert not is_empty_book(an_error(code, description))


def test_an_order_that_is_not_shown_yet_is_no_error() -> None:
    assert is_unseen_order(an_error("e-orders-0001", "Order history not found for AppOrderID [7] given."))
    assert is_unseen_order(an_error("e-orders-0005", "Data Not Available"))
    assert not is_unseen_order(an_error("e-orders-0001", "Order quantity is not a multiple of lot size."))


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("at http://127.0.0.1:9/x?token=abc now", "at [address] now"),
        ("token " + "eyJ" + "hbGciOi.eyJleHAi.abc-_1 died", "token [secret] died"),
        ("key 00112233445566778899AA", "key [secret]"),
        ("order 1110045781 is\n  done", "order 1110045781 is done"),
        ("x" * 400, "x" * 299 + "…"),
    ],
)
def test_a_text_from_elsewhere_is_scrubbed(written: str, shown: str) -> None:
    assert scrubbed(written) == shown


def test_a_text_that_looks_like_a_name_does_not_lose_the_answer() -> None:
    body = {"type": "success", "description": 'he said "type": "error"', "result": {}}

    assert read_envelope(json.dumps(body).encode(), JSON) == Envelope(
        kind="success", description='he said "type": "error"', result={}
    )


def test_a_reason_can_act_on_no_terminal() -> None:
    read = read_envelope(json.dumps({"type": "error", "description": "\x1b[2Jno\nmargin"}).encode(), JSON)

    assert read is not None
    assert refusal(400, read) == Rejected("[2Jno margin")


def test_the_messages_of_a_validation_can_act_on_no_terminal() -> None:
    errors = {"errors": [{"messages": ["\x1b[2Jquantity\nis \u202e5", "x" * 1_000_000]}]}
    read = read_envelope(json.dumps({"type": "error", "description": "Bad Request", "result": errors}).encode(), JSON)

    assert read is not None
    assert refusal(400, read) == Rejected("[2Jquantity is 5; " + "x" * 281 + "…")
