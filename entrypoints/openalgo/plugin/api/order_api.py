"""Orders, books and positions.

What OpenAlgo's other brokers do with a lock per symbol (``_get_symbol_lock``, ``symbol_lock``) is done below this
file: a smart order holds a guard that all processes of the account share, and decides on books that it reads itself.
Nothing decides on the short memory of positions that is kept here for who asks about one and the same position again
and again.
"""

import threading
import time
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from jainam_prop.entrypoints.openalgo import order_api
from jainam_prop.entrypoints.openalgo.replies import also_named

_MEMORY_SECONDS: Final = 1.0

_Key: TypeAlias = tuple[str, str, str]
_memory_lock = threading.Lock()
_memory: dict[str, tuple[float, dict[_Key, str]]] = {}


def place_order_api(data: Mapping[str, object], auth: str) -> order_api.Placed:
    """Place one order; the reply's ``status`` is 200 only with an order id."""
    try:
        return order_api.place_order_api(data, auth)
    finally:
        _invalidate_position_cache(auth)


def place_smartorder_api(data: Mapping[str, object], auth: str) -> order_api.Smart:
    """Take a position to ``position_size``; "No action needed" when it is there."""
    try:
        return order_api.place_smartorder_api(data, auth)
    finally:
        _invalidate_position_cache(auth)


def modify_order(data: Mapping[str, object], auth: str) -> tuple[dict[str, Any], int]:
    """Give a working order new terms."""
    return order_api.modify_order(data, auth)


def cancel_order(orderid: str, auth: str) -> tuple[dict[str, Any], int]:
    """Cancel one order."""
    return order_api.cancel_order(orderid, auth)


def cancel_all_orders_api(data: Mapping[str, object], auth: str) -> tuple[list[str], list[str]]:
    """Cancel everything that can still trade; raises when the order book cannot be read."""
    return order_api.cancel_all_orders_api(data, auth)


def close_all_positions(current_api_key: str, auth: str) -> tuple[dict[str, Any], int]:
    """Square off every open position; 200 only when the books were seen flat."""
    try:
        return order_api.close_all_positions(current_api_key, auth)
    finally:
        _invalidate_position_cache(auth)


@also_named({"tradingsymbol": "symbol", "producttype": "product", "auth_token": "auth"})
def get_open_position(symbol: str, exchange: str, product: str, auth: str) -> str:
    """Return the signed net units of one position as text, at most a second old; see the package for what "0" means."""
    key = symbol, exchange, product
    remembered = _get_cached_positions(auth)
    if key not in remembered:
        # Kept in the memory as it was before the question: one that an order has emptied meanwhile is gone for good.
        remembered[key] = order_api.get_open_position(symbol, exchange, product, auth)
    return remembered[key]


@also_named({"auth_token": "auth"})
def get_order_book(auth: str) -> list[dict[str, Any]] | dict[str, Any]:
    """Return the day's orders, or an error body."""
    return order_api.get_order_book(auth)


@also_named({"auth_token": "auth"})
def get_trade_book(auth: str) -> list[dict[str, Any]] | dict[str, Any]:
    """Return the day's executions, or an error body."""
    return order_api.get_trade_book(auth)


@also_named({"auth_token": "auth"})
def get_positions(auth: str) -> list[dict[str, Any]] | dict[str, Any]:
    """Return the net positions, or an error body."""
    return order_api.get_positions(auth)


@also_named({"auth_token": "auth"})
def get_holdings(auth: str) -> list[dict[str, Any]] | dict[str, Any]:
    """Return the holdings, or an error body."""
    return order_api.get_holdings(auth)


def _get_cached_positions(auth: str) -> dict[_Key, str]:
    """Return what was asked about a login's positions within the last second."""
    now = time.monotonic()
    with _memory_lock:
        since, remembered = _memory.get(auth, (now - _MEMORY_SECONDS, {}))
        if now - since >= _MEMORY_SECONDS:
            _memory.clear()
            since, remembered = _memory[auth] = now, {}
    return remembered


def _invalidate_position_cache(auth: str) -> None:
    """Forget a login's positions, because an order may have changed them."""
    with _memory_lock:
        _memory.pop(auth, None)
