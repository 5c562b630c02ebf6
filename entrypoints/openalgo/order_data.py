"""From what the fetchers of `order_api` return to the rows and totals that OpenAlgo shows.

The fetchers already speak OpenAlgo's words, so mapping is only a check of shape; raw XTS answers are refused rather
than guessed at. Parameter names are the host's, since it passes them by keyword.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Rows: TypeAlias = list[dict[str, Any]]


def map_order_data(order_data: object) -> Rows:
    """Return the rows of an order book."""
    return _rows(order_data)


def calculate_order_statistics(order_data: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Count orders by side and by status."""
    sides = Counter(row["action"] for row in order_data)
    states = Counter(row["order_status"] for row in order_data)
    return {
        "total_buy_orders": sides["BUY"],
        "total_sell_orders": sides["SELL"],
        "total_completed_orders": states["complete"],
        "total_open_orders": states["open"] + states["trigger pending"],
        "total_rejected_orders": states["rejected"],
    }


def transform_order_data(orders: object) -> Rows:
    """Return order rows for display."""
    return _rows(orders)


def map_trade_data(trade_data: object) -> Rows:
    """Return the rows of a trade book."""
    return _rows(trade_data)


def transform_tradebook_data(tradebook_data: object) -> Rows:
    """Return trade rows for display."""
    return _rows(tradebook_data)


def map_position_data(position_data: object) -> Rows:
    """Return the rows of the net positions."""
    return _rows(position_data)


def transform_positions_data(positions_data: object) -> Rows:
    """Return position rows for display."""
    return _rows(positions_data)


def map_portfolio_data(portfolio_data: object) -> Rows:
    """Return the rows of the holdings."""
    return _rows(portfolio_data)


def calculate_portfolio_statistics(holdings_data: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Total the holdings, in rupees and per cent; only holdings whose price is known count towards profit."""
    invested = sum(row["average_price"] * row["quantity"] for row in holdings_data)
    profit = sum(row["pnl"] for row in holdings_data)
    return {
        "totalholdingvalue": round(invested + profit, 2),
        "totalinvvalue": round(invested, 2),
        "totalprofitandloss": round(profit, 2),
        "totalpnlpercentage": round(profit / invested * 100, 2) if invested else 0.0,
    }


def transform_holdings_data(holdings_data: object) -> Rows:
    """Return holding rows for display."""
    return _rows(holdings_data)


def _rows(data: object) -> Rows:
    if isinstance(data, list):
        return data
    message = data.get("message") if isinstance(data, Mapping) else None
    text = str(message or "the book could not be read")
    raise ValueError(text)
