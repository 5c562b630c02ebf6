"""The index list of a venue."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts.wire.master.master import parse_index_list
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKind

NIFTY: Final = Instrument(
    exchange=Exchange.NSE_INDEX,
    token=26000,
    symbol="NIFTY",
    broker_symbol="NIFTY 50",
    name="NIFTY",
    kind=InstrumentKind.INDEX,
    lot_size=1,
    tick_size=Decimal("0.05"),
    broker_exchange="NSECM",
)


def a_list(*names: object) -> dict[str, Any]:
    return {"exchangeSegment": "1", "indexList": list(names)}


def test_an_item_is_a_name_and_a_number_after_the_last_underscore() -> None:
    assert parse_index_list(a_list("NIFTY 50_26000"), Exchange.NSE_INDEX) == ([NIFTY], {})


def test_openalgos_names_are_used_on_both_venues() -> None:
    nse = parse_index_list(a_list("NIFTY BANK_26001", "INDIA VIX_26002", "NIFTY MID SELECT_26121"), Exchange.NSE_INDEX)
    bse = parse_index_list(a_list("SENSEX_26065", "BANKEX_26118", "SNSX50_26066", "AUTO_26070"), Exchange.BSE_INDEX)

    assert [each.symbol for each in nse.instruments] == ["BANKNIFTY", "INDIAVIX", "MIDCPNIFTY"]
    assert [each.symbol for each in bse.instruments] == ["SENSEX", "BANKEX", "SENSEX50", "BSEAUTO"]


def test_a_number_or_a_symbol_that_stands_twice_is_kept_once_and_counted() -> None:
    names = ("NIFTY MULTI MFG_26147", "NIFTY MULTI INFRA_26147", "NIFTY IT_26003", "NIFTY  IT_26999")

    found = parse_index_list(a_list(*names), Exchange.NSE_INDEX)

    assert [(each.symbol, each.token) for each in found.instruments] == [("NIFTYMULTIMFG", 26147), ("NIFTYIT", 26003)]
    assert found.dropped == {"index named twice": 2}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param("NIFTY 50_26000", id="a-text"),
        pytest.param({"exchangeSegment": "1"}, id="no-list"),
        pytest.param(a_list(26000), id="a-number"),
        pytest.param(a_list("NIFTY 50"), id="no-number"),
        pytest.param(a_list("_26000"), id="no-name"),
        pytest.param(a_list("NIFTY 50_26000x"), id="a-number-that-is-none"),
    ],
)
def test_what_is_no_index_list_is_refused(answer: object) -> None:
    with pytest.raises(UnreadableAnswer, match="index list"):
        parse_index_list(answer, Exchange.NSE_INDEX)


NAMES: Final = json.loads((Path(__file__).parents[3] / "golden" / "index_names.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "symbol"), [*NAMES["NSE_INDEX"].items(), *NAMES["BSE_INDEX"].items()])
def test_an_exchanges_name_gives_the_symbol_of_openalgos_list(name: str, symbol: str) -> None:
    found = parse_index_list(a_list(f"{name}_26999"), Exchange.NSE_INDEX)

    assert [each.symbol for each in found.instruments] == [symbol]
