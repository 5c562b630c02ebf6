"""What is private is replaced, by the same stand-in everywhere; what is public stays."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.adapters.xts.transcript.recording import Redaction

CANARY = "Canary7Wren"


def twice(redaction: Redaction, *values: object) -> list[Any]:
    """Read everything to learn what is private, then write it."""
    for value in values:
        redaction.document(value)
    return [redaction.document(value) for value in values]


@pytest.mark.parametrize(
    "private",
    [
        {"userID": CANARY},
        {"ClientName": f"Mr {CANARY}"},
        {"token": CANARY},
        {"orderUniqueIdentifier": CANARY},
        {"clientCodes": ["A1", CANARY]},
        {"aFieldThatNobodyKnows": CANARY},
        {"listQuotes": [json.dumps({"aFieldThatNobodyKnows": CANARY})]},
        {"result": {"holder": [{"deep": {"down": CANARY}}]}},
        {"holdingsByAccount": {CANARY: {"Quantity": 5}}},
        {"description": f"write to {CANARY}@mail.example"},
        {"description": f"user {CANARY} is limited", "userID": CANARY},
        {"description": '{"broken json", "name": "' + CANARY + "7"},
    ],
    ids=lambda private: str(private)[:50],
)
def test_a_private_value_is_nowhere(private: dict[str, Any]) -> None:
    (written,) = twice(Redaction(), private)

    assert CANARY not in json.dumps(written)


def test_one_value_has_one_stand_in_in_fields_and_texts() -> None:
    login = {"userID": "DEALER77", "token": "eyJ.abc.def", "clientCodes": ["C900001"]}
    refusal = {"description": "DEALER77 may not act for C900001"}
    book = {"LoginID": "DEALER77", "ClientID": "C900001", "AppOrderID": 1110045781, "OrderUniqueIdentifier": "jpX1"}
    cancel = {"appOrderID": "1110045781", "orderUniqueIdentifier": "jpX1"}

    assert twice(Redaction(), login, refusal, book, cancel) == [
        {"userID": "client-1", "token": "token-1", "clientCodes": ["client-2"]},
        {"description": "client-1 may not act for client-2"},
        {
            "LoginID": "client-1",
            "ClientID": "client-2",
            "AppOrderID": 9000000001,
            "OrderUniqueIdentifier": "order-2",
        },
        {"appOrderID": "9000000001", "orderUniqueIdentifier": "order-2"},
    ]


def test_what_a_trader_must_see_stays() -> None:
    row = {
        "TradingSymbol": "NIFTY 31MAR2026", "ExchangeInstrumentID": 45001, "OrderPrice": 24_500.05, "Quantity": "-65",
        "OrderStatus": "Filled", "CancelRejectReason": "RMS: margin exceeds, 12345.60 short", "ClientID": "*****",
        "ExchangeTransactTime": "10-03-2026 10:15:30", "LastTradedTime": 1457600000, "IsAMO": False, "AccountID": "Pro",
    }  # fmt: skip

    assert twice(Redaction(), row) == [row]


def test_holdings_keep_the_isins_that_name_them() -> None:
    holdings = {"RMSHoldings": {"Holdings": {"INE062A01020": {"ISIN": "INE062A01020", "HoldingQuantity": 5}}}}

    assert twice(Redaction(), holdings) == [holdings]


def test_money_of_the_account_becomes_a_round_sum_with_its_sign() -> None:
    limits = {"cashAvailable": "68572.37", "collateral": 0, "netMarginAvailable": -12.5, "AdhocFOMargin": "NaN"}

    assert twice(Redaction(), limits) == [
        {"cashAvailable": "100000", "collateral": 0, "netMarginAvailable": -100000, "AdhocFOMargin": "NaN"}
    ]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("call 9876543210 now", "call 9000000001 now"),
        ("from 10.20.30.40", "from id-1"),
        ("PAN ABCDE1234F", "PAN id-1"),
        ("order 42 of 65 at 102.75", "order 42 of 65 at 102.75"),
        ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJ1c2VySUQiOiJYIn0.abcdefgh", "Bearer id-1"),
    ],
)
def test_a_free_text_loses_what_looks_private(text: str, written: str) -> None:
    assert twice(Redaction(), {"description": text}) == [{"description": written}]


def test_a_secret_of_the_settings_is_replaced_wherever_it_occurs() -> None:
    redaction = Redaction(["s3cret-of-mine", ""])

    assert redaction.content(b"<html>s3cret-of-mine is wrong</html>") == "<html>secret-1 is wrong</html>"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(10**7, 10**15) | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    )
)
def test_writing_twice_gives_the_same_and_keeps_the_shape(value: object) -> None:
    redaction = Redaction()
    first = twice(redaction, {"unknown": value})[0]

    assert redaction.document({"unknown": value}) == first
    assert json.loads(json.dumps(first)) == first
