"""The files that OpenAlgo finds as ``broker/jainam_prop``, called as its services call them, and what these read.

By the host contract of August 2026; the calls are those of its services, pages and schedulers.
"""

import ast
import inspect
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module, resources
from operator import attrgetter
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.entrypoints.hosting.checking import SURFACE
from jainam_prop.entrypoints.openalgo import plugin
from tests.e2e.world import SBIN, World, a_world

NAMES: Final = [(module, name) for module, names in SURFACE.items() for name in names]


def part(module: str) -> ModuleType:
    return import_module(f"{plugin.__name__}.{module}")


order_api, order_data, auth_api = part("api.order_api"), part("mapping.order_data"), part("api.auth_api")
funds, transform_data = part("api.funds"), part("mapping.transform_data")
instruments = part("database.master_contract_db")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with a_world(tmp_path) as made:
        yield made


def wanted(**changes: object) -> dict[str, Any]:
    """An order as the schema of the host's API leaves it."""
    return {
        "apikey": "key", "strategy": "s", "symbol": "SBIN", "exchange": "NSE", "action": "BUY", "quantity": 10,
        "pricetype": "MARKET", "product": "MIS", "price": 0.0, "trigger_price": 0.0, "disclosed_quantity": 0,
        "underlying_ltp": None,
    } | changes  # fmt: skip


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_every_name_is_a_real_definition_with_these_parameters(module: str, name: str) -> None:
    loaded = part(module)
    source = ast.parse(inspect.getsource(loaded))
    owner, _, method = name.rpartition(".")
    classes = {node.name: node for node in source.body if isinstance(node, ast.ClassDef)}
    body = classes[owner].body if owner in classes else source.body
    defined = {node.name for node in body if isinstance(node, ast.FunctionDef | ast.ClassDef)}

    assert tuple(inspect.signature(attrgetter(name)(loaded)).parameters) == SURFACE[module][name]
    assert method in defined or owner not in classes or hasattr(attrgetter(owner)(loaded), method)
    assert (owner or name) in {node.name for node in source.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


def test_the_description_has_what_the_host_reads_of_it() -> None:
    said = json.loads(resources.files(plugin).joinpath("plugin.json").read_text(encoding="utf-8"))

    assert said["Plugin Name"] == "jainam_prop"
    assert said["broker_type"] == "IN_stock"
    assert set(said["supported_exchanges"]) >= {"NSE", "BSE", "NFO", "BFO", "MCX", "NSE_INDEX", "BSE_INDEX"}
    assert said["leverage_config"] is False


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(wanted(), id="API"),
        pytest.param(wanted(action="buy"), id="basket: lower case"),
        pytest.param(wanted(quantity="10", action="buy", splitsize=10), id="split: text"),
        pytest.param(
            {
                "symbol": "SBIN", "exchange": "NSE", "action": "BUY", "quantity": 10, "pricetype": "MARKET",
                "product": "MIS",
            },
            id="scalping page: no prices",
        ),
        pytest.param(wanted(price="0", trigger_price="0", disclosed_quantity="0", quantity=10.0), id="page: text"),
    ],
)  # fmt: skip
def test_an_order_of_every_caller_is_placed_and_its_request_is_not_changed(world: World, data: dict[str, Any]) -> None:
    before = dict(data)

    res, body, orderid = order_api.place_order_api(data, world.auth)

    assert (res.status, isinstance(res.status, int)) == (200, True)
    assert isinstance(body, dict)
    assert (type(orderid), orderid.isdecimal()) == (str, True)
    assert (data, world.net()) == (before, 10)


@pytest.mark.parametrize(
    "data",
    [wanted(quantity=0), wanted(symbol="NOSUCH"), wanted(exchange="XYZ"), wanted(pricetype="LIMIT"), {}],
    ids=["quantity", "symbol", "exchange", "price", "empty"],
)
def test_a_refusal_is_an_answer_with_a_reason(world: World, data: dict[str, Any]) -> None:
    res, body, orderid = order_api.place_order_api(data, world.auth)

    assert (400 <= res.status < 500, orderid, world.sent()) == (True, None, 0)
    assert body["status"] == "error"
    assert body["message"]


@pytest.mark.parametrize(
    ("position", "asked", "expected"),
    [
        ((0, 0, 10), "place", 10), ((100, 100, 0), "none", 100), ((0, 100, 0), "place", 0), ((0, -100, 0), "place", 0),
        ((50, 0, 0), "place", 50), ((-50, 0, 0), "place", -50), ((70, 20, 0), "place", 70), ((20, 70, 0), "place", 20),
        ((-30, 30, 0), "place", -30), ((0, 0, 0), "none", 0),
    ],
)  # fmt: skip
def test_the_table_of_smart_orders(world: World, position: tuple[int, int, int], asked: str, expected: int) -> None:
    target, current, quantity = position
    if current:
        side = "BUY" if current > 0 else "SELL"
        order_api.place_order_api(wanted(action=side, quantity=abs(current)), world.auth)
    flat_policy = quantity and not target and not current

    res, body, orderid = order_api.place_smartorder_api(
        wanted(quantity=quantity, position_size=float(target)), world.auth
    )

    if flat_policy and res is None:  # a repeated exit on a flat account opens nothing unless the settings say so
        assert "No action needed" in body["message"]
        assert (orderid, world.net()) == (None, 0)
    elif asked == "none":
        assert (res, orderid, body["status"], world.net()) == (None, None, "success", expected)
        assert "No action needed" in body["message"]
    else:
        assert (res.status, type(orderid), world.net()) == (200, str, expected)


def test_a_smart_order_that_cannot_read_the_position_says_so(tmp_path: Path) -> None:
    with a_world(tmp_path, JAINAM_REQUEST_TIMEOUT="2") as world:
        world.sim.faults.add(Fault(FaultKind.SERVER_ERROR, on="dealer_positions", times=None))

        request = wanted(quantity=0, position_size=75.0, product="NRML")
        res, body, orderid = order_api.place_smartorder_api(request, world.auth)

    assert (res.status >= 400, orderid, world.sent()) == (True, None, 0)
    assert isinstance(body["message"], str)


def test_modify_and_cancel_answer_a_dict_and_a_status(world: World) -> None:
    price = float(world.price("0.97"))
    _, _, orderid = order_api.place_order_api(wanted(pricetype="LIMIT", price=price), world.auth)
    change = wanted(orderid=orderid, pricetype="LIMIT", price=str(price), quantity="5", trigger_price=None)

    modified = order_api.modify_order(change, world.auth)
    cancelled = order_api.cancel_order(orderid, world.auth)
    again = order_api.cancel_order(orderid, world.auth)
    unknown = order_api.modify_order(change | {"orderid": "1"}, world.auth)

    assert [(type(body), status) for body, status in (modified, cancelled)] == [(dict, 200)] * 2
    assert cancelled[0].get("status") == "success"
    assert [(type(body), status >= 400, bool(body["message"])) for body, status in (again, unknown)] == [
        (dict, True, True)
    ] * 2


def test_cancel_all_answers_two_lists_and_raises_when_it_cannot_know(world: World) -> None:
    price = float(world.price("0.97"))
    ids = [order_api.place_order_api(wanted(pricetype="LIMIT", price=price), world.auth)[2] for _ in range(3)]

    cancelled, failed = order_api.cancel_all_orders_api({}, world.auth)

    assert (sorted(cancelled), failed) == (sorted(ids), [])
    world.sim.faults.add(Fault(FaultKind.SERVER_ERROR, on="dealer_order_book", times=None))
    with pytest.raises(RuntimeError):
        order_api.cancel_all_orders_api({"strategy": "s", "apikey": "key"}, world.auth)


def test_closing_everything_is_200_only_when_it_is_flat(world: World) -> None:
    order_api.place_order_api(wanted(), world.auth)
    world.sim.faults.add(Fault(FaultKind.RMS_REJECT, on="place", times=None, text="RMS: blocked"))
    refused, status = order_api.close_all_positions(current_api_key="", auth=world.auth)
    assert (status >= 400, "RMS: blocked" in refused["message"], world.net()) == (True, True, 10)

    world.sim.faults.clear()
    body, status = order_api.close_all_positions("", world.auth)

    assert (type(body), status, world.net()) == (dict, 200, 0)
    assert order_api.get_open_position("SBIN", "NSE", "MIS", world.auth) == "0"


def test_the_books_have_what_pages_and_services_read(world: World) -> None:
    order_api.place_order_api(wanted(), world.auth)
    resting = wanted(
        pricetype="SL", price=float(world.price("0.96")), trigger_price=float(world.price("0.97")), action="SELL"
    )
    order_api.place_order_api(resting, world.auth)

    orders = order_data.map_order_data(order_data=order_api.get_order_book(world.auth))
    counts = order_data.calculate_order_statistics(orders)
    rows = order_data.transform_order_data(orders)
    trades = order_data.transform_tradebook_data(
        order_data.map_trade_data(trade_data=order_api.get_trade_book(world.auth))
    )
    positions = order_data.transform_positions_data(order_data.map_position_data(order_api.get_positions(world.auth)))
    held = order_data.map_portfolio_data(order_api.get_holdings(world.auth))
    portfolio = order_data.calculate_portfolio_statistics(held)

    assert {name: type(counts[name]) for name in counts} == dict.fromkeys(counts, int)
    assert (counts["total_buy_orders"], counts["total_completed_orders"], counts["total_open_orders"]) == (1, 1, 1)
    # a stop that waits is "open": only that can be cancelled on the host's page
    assert {row["order_status"] for row in rows} == {"complete", "open"}
    keys = {
        "symbol", "exchange", "action", "quantity", "price", "trigger_price", "pricetype", "product", "orderid",
        "order_status", "timestamp",
    }  # fmt: skip
    assert all(keys <= row.keys() and type(row["orderid"]) is str for row in rows)
    (trade,) = trades
    assert (trade["symbol"], trade["quantity"], trade["trade_value"] > 0) == ("SBIN", 10, True)
    (position,) = positions
    assert (position["symbol"], position["exchange"], position["product"], int(position["quantity"])) == (
        "SBIN", "NSE", "MIS", 10,
    )  # fmt: skip
    assert {"average_price", "ltp", "pnl"} <= position.keys()
    assert type(order_data.transform_holdings_data(held)) is list
    assert {"totalholdingvalue", "totalinvvalue", "totalprofitandloss", "totalpnlpercentage"} <= portfolio.keys()
    json.dumps([rows, trades, positions, portfolio, counts])


def test_what_could_not_be_read_is_never_an_empty_book(world: World) -> None:
    world.sim.faults.add(Fault(FaultKind.SERVER_ERROR, on="*", times=None))

    for read in (order_api.get_order_book, order_api.get_trade_book, order_api.get_positions, order_api.get_holdings):
        try:
            answer = read(world.auth)
        except RuntimeError:
            continue
        assert isinstance(answer, dict)
        assert answer["status"] == "error"


def test_funds_are_text_with_two_decimals(world: World) -> None:
    found = funds.get_margin_data(world.auth)

    assert set(found) == {"availablecash", "collateral", "m2munrealized", "m2mrealized", "utiliseddebits"}
    assert all(type(text) is str and text == f"{float(text):.2f}" for text in found.values())
    assert funds.test_auth_token(world.auth) == (True, None)
    alive, why = funds.test_auth_token("no token of ours")
    assert (alive, bool(why)) == (False, True)


@pytest.mark.parametrize("auth", [None, "", "  ", "jp1.broken"])
def test_a_host_that_lost_its_token_gets_answers_and_no_order_leaves(world: World, auth: str | None) -> None:
    res, body, orderid = order_api.place_order_api(wanted(), auth)
    closed, status = order_api.close_all_positions("", auth)

    assert (res.status >= 400, orderid, status >= 400, world.sent()) == (True, None, True, 0)
    assert body["message"]
    assert closed["message"]


def test_ten_orders_of_a_basket_at_once_without_any_context(world: World) -> None:
    together = threading.Barrier(10)

    def place(_: int) -> str:
        together.wait(10)
        res, _, orderid = order_api.place_order_api(wanted(quantity=1), world.auth)
        assert res.status == 200
        return str(orderid)

    with ThreadPoolExecutor(10) as pool:
        ids = list(pool.map(place, range(10)))

    assert (len(set(ids)), world.net()) == (10, 10)


def test_symbols_are_found_and_checked(world: World) -> None:
    assert transform_data.get_token_from_symbol("SBIN", "NSE") == SBIN.token
    found = instruments.search_symbols(symbol="SBIN", exchange="NSE")
    assert "SBIN" in {row["symbol"] if isinstance(row, dict) else row.symbol for row in found}
    assert transform_data.validate_order_data(wanted())
    assert world.sent() == 0


def test_the_login_of_both_branches(world: World) -> None:
    token, *others = auth_api.authenticate_broker(None)
    four = auth_api.authenticate_broker("jainam_prop")

    assert (others, len(four)) == ([None], 4)
    assert token == world.auth == four[0]
    assert world.sim.exchange.requests["login"] == 1
    feed, user, error = auth_api.get_feed_token()
    assert (bool(feed), user, error) == (True, "PRODESK01", None)
