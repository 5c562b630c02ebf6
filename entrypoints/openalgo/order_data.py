"""From what the fetchers of `order_api` return to the rows and totals that OpenAlgo shows.

The fetchers already speak OpenAlgo's words, so rows of theirs pass through. An XTS reply that was fetched
otherwise, whole or only its rows, is translated; a reply that reports a failure is never an empty book. Parameter names
are the host's, since it passes them by keyword.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.application.positions.read import ValuedHolding
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.positions.account_books import Holding
from jainam_prop.entrypoints.openalgo.replies import BrokerUnavailableError
from jainam_prop.entrypoints.openalgo.runtime import trading_app

if TYPE_CHECKING:
    from jainam_prop.entrypoints.trading_app import TradingApp

Rows: TypeAlias = list[dict[str, Any]]


def map_order_data(order_data: object) -> Rows:
    """Return the rows of an order book."""
    return _mapped(order_data, _orders)


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
    return _mapped(orders, _orders)


def map_trade_data(trade_data: object) -> Rows:
    """Return the rows of a trade book."""
    return _mapped(trade_data, _trades)


def transform_tradebook_data(tradebook_data: object) -> Rows:
    """Return trade rows for display."""
    return _mapped(tradebook_data, _trades)


def map_position_data(position_data: object) -> Rows:
    """Return the rows of the net positions."""
    return _mapped(position_data, _positions)


def transform_positions_data(positions_data: object) -> Rows:
    """Return position rows for display."""
    return _mapped(positions_data, _positions)


def map_portfolio_data(portfolio_data: object) -> Rows:
    """Return the rows of the holdings."""
    return _mapped(portfolio_data, _holdings)


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
    return _mapped(holdings_data, _holdings)


def _orders(at: "TradingApp", answer: object) -> Result[Rows, BrokerError]:
    return at.raw_books.orders(answer).map(at.rows.orders)


def _trades(at: "TradingApp", answer: object) -> Result[Rows, BrokerError]:
    return at.raw_books.trades(answer).map(at.rows.trades)


def _positions(at: "TradingApp", answer: object) -> Result[Rows, BrokerError]:
    return at.raw_books.positions(answer).map(at.rows.positions)


def _holdings(at: "TradingApp", answer: object) -> Result[Rows, BrokerError]:
    def unpriced(holdings: tuple[Holding, ...]) -> Rows:
        return at.rows.holdings(ValuedHolding(holding, None) for holding in holdings)

    return at.raw_books.holdings(answer).map(unpriced)


def _mapped(data: object, translate: Callable[["TradingApp", object], Result[Rows, BrokerError]]) -> Rows:
    """Return rows that are OpenAlgo's already, or translate what is the broker's.

    Raises:
        BrokerUnavailableError: the data report a failure, or are not understood.
    """
    if isinstance(data, list) and all(isinstance(row, dict) and "exchange" in row for row in data):
        return data
    if isinstance(data, dict) and data.get("status") == "error":
        raise BrokerUnavailableError(str(data.get("message") or "the book could not be read"))
    read = translate(trading_app(), data)
    if not is_successful(read):
        raise BrokerUnavailableError(read.failure().message)
    return read.unwrap()
