"""From what the fetchers return to rows and totals; the host passes some of these by keyword."""

from collections.abc import Mapping, Sequence
from typing import Any

from jainam_prop.entrypoints.openalgo import order_data as _rows
from jainam_prop.entrypoints.openalgo.order_data import Rows


def map_order_data(order_data: object) -> Rows:
    """Return the rows of an order book."""
    return _rows.map_order_data(order_data)


def calculate_order_statistics(order_data: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Count orders by side and by status."""
    return _rows.calculate_order_statistics(order_data)


def transform_order_data(orders: object) -> Rows:
    """Return order rows for display."""
    return _rows.transform_order_data(orders)


def map_trade_data(trade_data: object) -> Rows:
    """Return the rows of a trade book."""
    return _rows.map_trade_data(trade_data)


def transform_tradebook_data(tradebook_data: object) -> Rows:
    """Return trade rows for display."""
    return _rows.transform_tradebook_data(tradebook_data)


def transform_trade_book(tradebook_data: object) -> Rows:
    """Return trade rows for display."""
    return _rows.transform_tradebook_data(tradebook_data)


def map_position_data(position_data: object) -> Rows:
    """Return the rows of the net positions."""
    return _rows.map_position_data(position_data)


def transform_positions_data(positions_data: object) -> Rows:
    """Return position rows for display."""
    return _rows.transform_positions_data(positions_data)


def map_portfolio_data(portfolio_data: object) -> Rows:
    """Return the rows of the holdings."""
    return _rows.map_portfolio_data(portfolio_data)


def calculate_portfolio_statistics(holdings_data: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Total the holdings."""
    return _rows.calculate_portfolio_statistics(holdings_data)


def transform_holdings_data(holdings_data: object) -> Rows:
    """Return holding rows for display."""
    return _rows.transform_holdings_data(holdings_data)
