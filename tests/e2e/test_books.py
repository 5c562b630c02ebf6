"""The three books in OpenAlgo's rows, as its services fetch, map and transform them."""

from typing import Any

import httpx
import pytest
from returns.pipeline import is_successful

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.entrypoints.openalgo.order_api import (
    close_all_positions,
    get_order_book,
    get_positions,
    get_trade_book,
    place_order_api,
)
from jainam_prop.entrypoints.openalgo.order_data import (
    calculate_order_statistics,
    map_order_data,
    map_position_data,
    map_trade_data,
    transform_order_data,
    transform_positions_data,
    transform_tradebook_data,
)
from jainam_prop.entrypoints.openalgo.replies import BrokerUnavailableError
from tests.e2e.world import SBIN, World, order


def raw(world: World, path: str) -> Any:  # noqa: ANN401 - whatever the broker says
    """Fetch a book as another program would."""
    session = world.desk.sessions.session_for(world.auth)
    assert is_successful(session)
    answer = httpx.get(
        f"{world.sim.base_url}/interactive{path}",
        params={"clientID": session.unwrap().account.client_id, "dayOrNet": "NetWise"},
        headers={"Authorization": session.unwrap().interactive_token},
    )
    return answer.json()


def test_an_order_book_has_the_host_s_words_and_types(world: World) -> None:
    place_order_api(order(quantity=10), world.auth)
    place_order_api(order(quantity=20, action="SELL", pricetype="LIMIT", price=world.price("1.02")), world.auth)

    rows = transform_order_data(map_order_data(order_data=get_order_book(world.auth)))

    shown = [
        (row["symbol"], row["exchange"], row["action"], row["pricetype"], row["product"], row["order_status"])
        for row in rows
    ]
    assert sorted(shown) == [
        ("SBIN", "NSE", "BUY", "MARKET", "MIS", "complete"),
        ("SBIN", "NSE", "SELL", "LIMIT", "MIS", "open"),
    ]
    types = {type(row[name]) for row in rows for name in ("quantity", "filled_quantity", "pending_quantity")}
    assert types == {int}
    assert {type(row[name]) for row in rows for name in ("price", "trigger_price", "average_price")} == {float}
    assert all(isinstance(row["orderid"], str) and len(row["timestamp"]) == len("2026-03-10 10:15:30") for row in rows)


def test_statistics_count_every_order_once(world: World) -> None:
    place_order_api(order(), world.auth)
    place_order_api(order(action="SELL", pricetype="LIMIT", price=world.price("1.02")), world.auth)
    world.sim.faults.add(Fault(FaultKind.RMS_REJECT, on="place", text="RMS: no"))
    place_order_api(order(), world.auth)

    assert calculate_order_statistics(map_order_data(order_data=get_order_book(world.auth))) == {
        "total_buy_orders": 2,
        "total_sell_orders": 1,
        "total_completed_orders": 1,
        "total_open_orders": 1,
        "total_rejected_orders": 1,
    }


def test_trades_show_each_execution_at_its_own_price(world: World) -> None:
    first, second = world.price("1.00"), world.price("1.01")
    world.sim.exchange.set_levels(SBIN, bids=[], asks=[(first, 75), (second, 25)])
    place_order_api(order(quantity=100), world.auth)

    rows = transform_tradebook_data(map_trade_data(trade_data=get_trade_book(world.auth)))

    assert [(row["quantity"], row["price"]) for row in rows] == [(75, float(first)), (25, float(second))]
    assert [row["average_price"] for row in rows] == [float(first), float(second)]
    assert sum(row["trade_value"] for row in rows) == pytest.approx(float(first * 75 + second * 25))


def test_a_position_that_was_closed_today_stays_with_what_it_realised(world: World) -> None:
    place_order_api(order(quantity=10), world.auth)
    close_all_positions("", world.auth)

    (row,) = transform_positions_data(map_position_data(get_positions(world.auth)))

    assert (row["symbol"], row["product"], row["quantity"], row["ltp"]) == ("SBIN", "MIS", 0, 0.0)
    assert row["pnl"] <= 0


def test_books_without_rows_are_empty_lists(world: World) -> None:
    assert (get_order_book(world.auth), get_trade_book(world.auth), get_positions(world.auth)) == ([], [], [])


def test_answers_of_xts_that_somebody_else_fetched_are_read_alike(world: World) -> None:
    place_order_api(order(quantity=10), world.auth)
    place_order_api(order(quantity=20, action="SELL", pricetype="LIMIT", price=world.price("1.02")), world.auth)

    assert map_order_data(raw(world, "/orders/dealerorderbook")) == get_order_book(world.auth)
    assert map_trade_data(raw(world, "/orders/dealertradebook")["result"]) == get_trade_book(world.auth)
    assert map_position_data(raw(world, "/portfolio/dealerpositions")) == get_positions(world.auth)


@pytest.mark.usefixtures("world")
def test_an_answer_of_xts_that_tells_of_a_failure_is_no_empty_book() -> None:
    answer = {"type": "error", "code": "e-session-0007", "description": "Invalid Token", "result": {}}

    with pytest.raises(BrokerUnavailableError, match="Session expired"):
        map_order_data(order_data=answer)


def test_an_error_body_of_ours_is_no_empty_book() -> None:
    with pytest.raises(BrokerUnavailableError, match="books are closed"):
        map_order_data(order_data={"status": "error", "message": "books are closed"})
