"""Whole books: speed aside, what is logged and what is kept."""

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts.wire.replies.orders import read_orders, read_trades
from jainam_prop.adapters.xts.wire.replies.positions import read_position, read_positions
from jainam_prop.adapters.xts.wire.rows import own_rows
from jainam_prop.domain.exchange import Exchange
from tests.adapters.xts.http.sessions import INVESTOR, NORMAL, PRO

WIRE = Path(__file__).parents[3] / "wire"


def rows_of(case: str) -> list[dict[str, Any]]:
    result = json.loads((WIRE / f"{case}.json").read_text(encoding="utf-8"))["response"]["body"]["result"]
    rows: list[dict[str, Any]] = result["positionList"] if isinstance(result, dict) else result
    return rows


def test_trades_left_out_are_counted_and_nothing_else_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        trades = read_trades(rows_of("order_book/trades_with_an_odd_price"))

    assert len(trades) == 1
    assert [record.getMessage() for record in caplog.records] == ["2 of 3 trades left out: no readable price"]


def test_reading_a_book_logs_nothing_of_it(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        read_orders(rows_of("order_book/orders_of_a_dealer"))

    assert caplog.records == []


def test_a_text_that_is_longer_than_a_name_ever_is_is_cut() -> None:
    flood = {"TradingSymbol": "S" * 1_000_000, "OrderUniqueIdentifier": "i" * 1_000_000}
    order = read_orders([rows_of("order_book/orders_of_a_dealer")[0] | flood])[0]
    trade = read_trades([row | flood for row in rows_of("order_book/trades_with_an_odd_price")])[0]

    assert {len(each) for each in (order.broker_symbol, order.identifier, trade.broker_symbol, trade.identifier)} == {
        400
    }


@pytest.mark.parametrize("row", [None, 7, "a row", [], {}])
def test_a_row_that_is_none_makes_the_book_unreadable(row: object) -> None:
    good = rows_of("order_book/orders_of_a_dealer")[0]

    with pytest.raises(UnreadableAnswer, match="row 2 of 3"):
        read_orders([good, row, good])


@pytest.mark.parametrize(("filled", "pending", "read"), [(0, 0, 65), ("0", "15", 50), (65, 0, 65), (0, 65, 0)])
def test_a_filled_order_has_filled_what_is_not_left_of_it(filled: object, pending: object, read: int) -> None:
    row = rows_of("order_book/orders_of_a_dealer")[0]
    late = {"OrderStatus": "Filled", "OrderQuantity": 65, "CumulativeQuantity": filled, "LeavesQuantity": pending}

    assert read_orders([row | late])[0].filled == read


def test_the_socket_event_is_read_like_a_row() -> None:
    row = rows_of("position_book/positions_in_the_words_of_the_socket")[0]

    position = read_position(row)

    assert (position.key.instrument, position.net) == ((Exchange.NFO, 45001), 65)


@pytest.mark.parametrize("written", ["75", "75.0", 75.0, 75, "+75", " 75 "])
def test_a_quantity_may_be_written_in_many_ways(written: object) -> None:
    row = rows_of("position_book/positions_in_the_words_of_the_socket")[0]

    assert read_position(row | {"Quantity": written}).net == 75


@pytest.mark.parametrize("written", ["1,500", "NaN", "", None, "75.5", "\uff11\uff15", True, "Infinity", [], "0x4b"])
def test_a_quantity_that_is_not_certain_makes_the_book_unreadable(written: object) -> None:
    row = rows_of("position_book/positions_in_the_words_of_the_socket")[0]

    with pytest.raises(UnreadableAnswer):
        read_positions([row | {"Quantity": written}])


def test_rows_of_one_contract_are_added_up_but_one_row_is_not_told_twice() -> None:
    row = rows_of("position_book/positions_in_the_words_of_the_socket")[0]
    other = row | {"BuyAveragePrice": "1.25"}

    (added,) = read_positions([row, other])

    assert added.net == 130
    with pytest.raises(UnreadableAnswer, match="twice"):
        read_positions([row, other, row])


def test_only_rows_that_name_another_client_of_the_dealer_are_left_out() -> None:
    dealer = replace(NORMAL, client_codes=("CLIENT01", "CLIENT02"))
    mine, theirs, nobodys = {"ClientID": " client01"}, {"ClientID": " Client02"}, {"ClientID": None}
    masked = {"ClientID": "*****"}

    assert own_rows([mine, theirs, nobodys, masked, "no row"], "ClientID", dealer) == [mine, nobodys, masked, "no row"]
    assert own_rows({"positionList": [theirs]}, "ClientID", dealer) == {"positionList": []}
    assert own_rows("no book", "ClientID", dealer) == "no book"
    for each in (PRO, INVESTOR):
        assert own_rows([mine, theirs], "ClientID", each) == [mine, theirs]


@pytest.mark.parametrize("codes", [(), ("CLIENT01",), ("CLIENT01", "CLIENT03")])
def test_a_row_of_an_unknown_client_makes_the_book_of_a_normal_dealer_unreadable(codes: tuple[str, ...]) -> None:
    """A close would send orders for the positions of that client."""
    rows = [{"AccountID": "CLIENT01"}, {"AccountID": "CLIENT02"}]

    with pytest.raises(UnreadableAnswer, match="neither the login nor the settings name"):
        own_rows({"positionList": rows}, "AccountID", replace(NORMAL, client_codes=codes))
