"""Holdings in the three forms that servers send, with free and pledged shares; an odd row is an error."""

from decimal import Decimal
from typing import Any, Final

import pytest

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts.wire.replies.account import read_holdings
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.positions.position import Holding

SBI: Final = "INE062A01020"
TCS: Final = "INE467B01029"
RELIANCE: Final = "INE002A01018"
KEYS: Final = {
    isin: InstrumentKey(Exchange.NSE, token) for isin, token in ((SBI, 3045), (TCS, 11536), (RELIANCE, 2885))
}


def a_row(isin: str, free: object = 10, pledged: object = 0, **cells: object) -> dict[str, Any]:
    return {
        "ISIN": isin,
        "HoldingQuantity": free,
        "CollateralQuantity": pledged,
        "BuyAvgPrice": 612.35,
        "IsBuyAvgPriceProvided": True,
        "ExchangeNSEInstrumentId": KEYS[isin].token,
        "ExchangeBSEInstrumentId": 0,
    } | cells


def held(isin: str, quantity: int, pledged: int = 0, average: str | None = "612.35") -> Holding:
    return Holding(isin, (KEYS[isin],), quantity, None if average is None else Decimal(average), pledged)


def by_isin(*rows: dict[str, Any]) -> dict[str, Any]:
    return {row["ISIN"]: row for row in rows}


FORMS: Final = {
    "now": lambda *rows: {"RMSHoldings": {"Holdings": by_isin(*rows)}},
    "list of maps": lambda *rows: {"RMSHoldingList": [{"Holdings": by_isin(*rows)}]},
    "list of bare maps": lambda *rows: {"RMSHoldingList": [by_isin(*rows)]},
    "flat rows": lambda *rows: {"RMSHoldingList": list(rows)},
    "one object": lambda *rows: {"RMSHoldingList": {"Holdings": by_isin(*rows)}},
    "one bare object": lambda *rows: {"RMSHoldingList": by_isin(*rows)},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("free", "pledged", "quantity"), [(10, 0, 10), (0, 100, 100), (50, 100, 150), ("10", "0", 10)])
def test_free_and_pledged_shares_are_held_in_every_form(
    form: str, free: object, pledged: object, quantity: int
) -> None:
    answer = FORMS[form](a_row(SBI, free, pledged), a_row(TCS))  # type: ignore[no-untyped-call]

    assert read_holdings(answer) == (held(SBI, quantity, int(str(pledged))), held(TCS, 10))


def test_one_row_alone_is_a_holding() -> None:
    assert read_holdings({"RMSHoldingList": a_row(SBI)}) == (held(SBI, 10),)


@pytest.mark.parametrize("rows", [[a_row(SBI, 0, 100)], {"Holdings": by_isin(a_row(SBI, 100))}], ids=["flat", "map"])
@pytest.mark.parametrize("name", ["CollateralHoldingList", "CollateralHoldings"])
def test_pledged_shares_alone_are_held(name: str, rows: object) -> None:
    assert read_holdings({name: rows}) == (held(SBI, 100, 100),)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (a_row(SBI, 0, 100), held(SBI, 100, 100)),
        (a_row(SBI, 0), held(SBI, 100, 100)),
        (a_row(SBI, 50), held(SBI, 150, 100)),
        (a_row(SBI, 150), held(SBI, 150, 100)),
    ],
)
def test_a_security_of_both_lists_is_held_once(row: dict[str, Any], expected: Holding) -> None:
    pledged = a_row(SBI, 100, IsCollateralHolding=True)

    assert read_holdings({"RMSHoldingList": [row], "CollateralHoldingList": [pledged]}) == (expected,)


@pytest.mark.parametrize(
    ("cells", "average"),
    [
        ({"BuyAvgPrice": 0, "IsBuyAvgPriceProvided": False}, None),
        ({"BuyAvgPrice": 0, "IsBuyAvgPriceProvided": None}, None),
        ({"BuyAvgPrice": 0, "IsBuyAvgPriceProvided": True}, "0"),
        ({"BuyAvgPrice": 612.35, "IsBuyAvgPriceProvided": None}, "612.35"),
    ],
)
def test_an_average_price_is_only_known_when_it_was_provided(cells: dict[str, object], average: str | None) -> None:
    assert read_holdings({"RMSHoldingList": [a_row(SBI, **cells)]}) == (held(SBI, 10, average=average),)


@pytest.mark.parametrize(
    "answer",
    [
        {"RMSHoldingList": [a_row(SBI), {"ISIN": TCS, "Quantity": 5}]},
        {"RMSHoldingList": [a_row(SBI, "many")]},
        {"RMSHoldingList": ["two shares"]},
        {"RMSHoldings": {"Holdings": {SBI: None}}},
        {"RMSHoldingList": [{"HoldingQuantity": 5}]},
        {"ClientId": "CLIENT01"},
    ],
)
def test_a_row_that_is_not_understood_is_an_error_and_no_empty_portfolio(answer: object) -> None:
    with pytest.raises(UnreadableAnswer):
        read_holdings(answer)


@pytest.mark.parametrize(
    "answer", [[], {"RMSHoldings": {"Holdings": {}}}, {"RMSHoldingList": []}, {"RMSHoldingList": [{"Holdings": None}]}]
)
def test_nothing_is_an_empty_portfolio(answer: object) -> None:
    assert read_holdings(answer) == ()
