"""One call of everything that OpenAlgo calls, by name, and the inventory that shows whether one was forgotten."""

import importlib
import inspect
import pkgutil
import threading
from collections.abc import Callable
from typing import Final

from jainam_prop.entrypoints import openalgo
from jainam_prop.entrypoints.openalgo import (
    auth_api,
    data,
    funds,
    margin_api,
    master_contract_db,
    order_api,
    order_data,
    order_updates,
    streaming_adapter,
    transform_data,
)
from tests.e2e.world import order, smart

Calls = dict[str, Callable[[], object]]

INTERNAL: Final = {
    "plugin",
    "replies",
    "runtime",
    "server_url",
}
"""Modules of the package that no host calls; `plugin` holds the same names again."""

HOST_CLASSES: Final = (data.BrokerData, streaming_adapter.Jainam_propWebSocketAdapter, order_updates.OrderUpdates)

HANDS_TOKENS_OVER: Final = {"authenticate_broker", "get_feed_token"}
"""What these answer is a secret by design: the host asked for it."""


def public_names() -> set[str]:
    """Return the names of all functions, and of all methods of the classes, that the host can call."""
    names = {module.name for module in pkgutil.iter_modules(openalgo.__path__)} - INTERNAL
    modules = [importlib.import_module(f"{openalgo.__name__}.{name}") for name in names]
    functions = {
        name
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
    }
    methods = {
        f"{owner.__name__}.{name}"
        for owner in HOST_CLASSES
        for name in vars(owner)
        if inspect.isfunction(vars(owner)[name])
    }
    return {name for name in functions | methods if not name.rpartition(".")[2].startswith("_")} - {"show_refusal"}


def everything(auth: str) -> Calls:
    """Return a call of every public function and method, by name; streaming comes last."""
    return {**sessions(auth), **orders(auth), **rows(auth), **prices(auth), **streams()}


def sessions(auth: str) -> Calls:
    """Logins, instruments and funds."""
    return {
        "authenticate_broker": lambda: [auth_api.authenticate_broker(word) for word in (auth_api.BROKER, None, "code")],
        "get_feed_token": auth_api.get_feed_token,
        "get_margin_data": lambda: funds.get_margin_data(auth),
        "test_auth_token": lambda: funds.test_auth_token(auth),
        "calculate_margin_api": lambda: margin_api.calculate_margin_api([order()], auth),
        "get_token_from_symbol": lambda: transform_data.get_token_from_symbol("SBIN", "NSE"),
        "master_contract_download": master_contract_db.master_contract_download,
        "save_master_contract_to_db": lambda: master_contract_db.save_master_contract_to_db([]),
        "search_symbols": lambda: master_contract_db.search_symbols("SBIN", "NSE"),
        "validate_order_data": lambda: transform_data.validate_order_data(order()),
    }


def orders(auth: str) -> Calls:
    """Orders, closes and books."""
    key = "host-api-key"
    return {
        "place_order_api": lambda: order_api.place_order_api(order(), auth),
        "place_smartorder_api": lambda: order_api.place_smartorder_api(smart(20), auth),
        "modify_order": lambda: order_api.modify_order(order(orderid="1", pricetype="LIMIT", price=700), auth),
        "cancel_order": lambda: order_api.cancel_order("1", auth),
        "cancel_all_orders_api": lambda: order_api.cancel_all_orders_api({}, auth),
        "close_all_positions": lambda: order_api.close_all_positions(key, auth),
        "get_open_position": lambda: order_api.get_open_position("SBIN", "NSE", "MIS", auth),
        "get_order_book": lambda: order_api.get_order_book(auth),
        "get_trade_book": lambda: order_api.get_trade_book(auth),
        "get_positions": lambda: order_api.get_positions(auth),
        "get_holdings": lambda: order_api.get_holdings(auth),
    }


def rows(auth: str) -> Calls:
    """What turns books into the host's rows."""
    return {
        "map_order_data": lambda: order_data.map_order_data(order_api.get_order_book(auth)),
        "calculate_order_statistics": lambda: order_data.calculate_order_statistics(
            order_data.map_order_data(order_api.get_order_book(auth))
        ),
        "transform_order_data": lambda: order_data.transform_order_data(order_api.get_order_book(auth)),
        "map_trade_data": lambda: order_data.map_trade_data(order_api.get_trade_book(auth)),
        "transform_tradebook_data": lambda: order_data.transform_tradebook_data(order_api.get_trade_book(auth)),
        "transform_trade_book": lambda: order_data.transform_trade_book(order_api.get_trade_book(auth)),
        "transform_order_book": lambda: order_data.transform_order_book(order_api.get_order_book(auth)),
        "map_position_data": lambda: order_data.map_position_data(order_api.get_positions(auth)),
        "transform_positions_data": lambda: order_data.transform_positions_data(order_api.get_positions(auth)),
        "map_portfolio_data": lambda: order_data.map_portfolio_data(order_api.get_holdings(auth)),
        "calculate_portfolio_statistics": lambda: order_data.calculate_portfolio_statistics(
            order_data.map_portfolio_data(order_api.get_holdings(auth))
        ),
        "transform_holdings_data": lambda: order_data.transform_holdings_data(order_api.get_holdings(auth)),
    }


def prices(auth: str) -> Calls:
    """Quotes, depth and history."""
    broker = data.BrokerData(auth)
    sbin = {"symbol": "SBIN", "exchange": "NSE"}
    return {
        "BrokerData.get_quotes": lambda: broker.get_quotes(**sbin),
        "BrokerData.get_multiquotes": lambda: broker.get_multiquotes([sbin]),
        "BrokerData.get_depth": lambda: broker.get_depth(**sbin),
        "BrokerData.get_market_depth": lambda: broker.get_market_depth(**sbin),
        "BrokerData.get_history": lambda: broker.get_history(
            **sbin, interval="D", start_date="2026-01-05", end_date="2026-01-06"
        ),
        "BrokerData.get_intervals": broker.get_intervals,
    }


def streams() -> Calls:
    """The two adapters of the host's streams, from their making to their end."""
    adapter = streaming_adapter.Jainam_propWebSocketAdapter()
    updates: list[order_updates.OrderUpdates | None] = []
    name = streaming_adapter.Jainam_propWebSocketAdapter.__name__
    return {
        f"{name}.initialize": lambda: adapter.initialize("jainam_prop", "trader"),
        f"{name}.connect": adapter.connect,
        f"{name}.subscribe": lambda: adapter.subscribe("SBIN", "NSE"),
        f"{name}.unsubscribe": lambda: adapter.unsubscribe("SBIN", "NSE"),
        f"{name}.unsubscribe_all": adapter.unsubscribe_all,
        f"{name}.disconnect": adapter.disconnect,
        "create_jainam_prop_order_adapter": lambda: updates.append(
            order_updates.create_jainam_prop_order_adapter("trader")
        ),
        "OrderUpdates.connect": lambda: each_of(updates, order_updates.OrderUpdates.connect),
        "OrderUpdates.disconnect": lambda: each_of(updates, leave),
    }


def each_of(made: list[order_updates.OrderUpdates | None], call: Callable[[order_updates.OrderUpdates], None]) -> None:
    """Call a method of every adapter that could be made."""
    for each in made:
        if each is not None:
            call(each)


def leave(updates: order_updates.OrderUpdates) -> None:
    """Let the background login of order updates come to its end, then disconnect."""
    for thread in threading.enumerate():
        if thread.name == "jainam-order-updates":
            thread.join(timeout=30)
    updates.disconnect()
