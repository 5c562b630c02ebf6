"""Snapshots whose list comes as one text."""

import json
from decimal import Decimal

import pytest

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts.wire.replies.market_data import read_quotes

SNAPSHOT = {"ExchangeSegment": 1, "ExchangeInstrumentID": 3045, "Touchline": {"LastTradedPrice": 815.5}}


@pytest.mark.parametrize(
    "items",
    [
        [SNAPSHOT],
        [json.dumps(SNAPSHOT)],
        json.dumps([SNAPSHOT]),
        json.dumps([json.dumps(SNAPSHOT)]),
        json.dumps(SNAPSHOT),
    ],
    ids=["mappings", "texts", "one text of mappings", "one text of texts", "one text of one"],
)
def test_a_list_of_quotes_is_read_however_it_is_written(items: object) -> None:
    assert read_quotes({"listQuotes": items})[1, 3045].last_price == Decimal("815.5")


@pytest.mark.parametrize("items", ["", "no list", "5", None])
def test_a_text_that_is_no_list_is_unreadable(items: object) -> None:
    with pytest.raises(UnreadableAnswer):
        read_quotes({"listQuotes": items})
