"""From what the fetchers of `order_api` return to the rows and totals that OpenAlgo shows.

The fetchers already speak OpenAlgo's words, so rows of theirs pass through. An XTS reply that was fetched
otherwise, whole or only its rows, is translated; a reply that reports a failure is never an empty book. Parameter names
are the host's, since it passes them by keyword.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.application.positions.read import ValuedHolding
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.positions.position import Holding
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
    """Return order rows for display; a MARKET order that has filled shows its average price as price."""
    return [
        row | {"price": row["average_price"], "pricetype": _FILLED_MARKET}
        if row["pricetype"] == "MARKET" and row["filled_quantity"]
        else row
        for row in _mapped(orders, _orders)
    ]


def map_trade_data(trade_data: object) -> Rows:
    """Return the rows of a trade book."""
    return _mapped(trade_data, _trades)


def transform_tradebook_data(tradebook_data: object) -> Rows:
    """Return trade rows for display; for the host's order status, with the average of each order.

    The order status takes ``average_price`` from the first row of an order, where the trade page shows the price of the
    execution.
    """
    rows = _mapped(tradebook_data, _trades)
    if not _is_for_order_status():
        return rows
    units, value = Counter[str](), defaultdict[str, Decimal](Decimal)
    for row in rows:
        units[row["orderid"]] += row["quantity"]
        value[row["orderid"]] += Decimal(str(row["price"])) * row["quantity"]
    averages = {order_id: float(value[order_id] / count) for order_id, count in units.items() if count}
    return [row | {"average_price": averages.get(row["orderid"], row["price"])} for row in rows]


transform_trade_book = transform_tradebook_data
transform_order_book = transform_order_data


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
    """Total the holdings, in rupees and per cent; profit is that of the holdings whose average price is known.

    A holding without a current price counts with what was paid for it.
    """
    bought = [row for row in holdings_data if row.get("average_known", True)]
    given = [row for row in holdings_data if not row.get("average_known", True)]
    invested = sum(row["average_price"] * row["quantity"] for row in bought)
    profit = sum(row["pnl"] for row in bought)
    return {
        "totalholdingvalue": round(invested + profit + sum(row["ltp"] * row["quantity"] for row in given), 2),
        "totalinvvalue": round(invested, 2),
        "totalprofitandloss": round(profit, 2),
        "totalpnlpercentage": round(profit / invested * 100, 2) if invested else 0.0,
    }


def transform_holdings_data(holdings_data: object) -> Rows:
    """Return holding rows for display."""
    return _mapped(holdings_data, _holdings)


class _FilledPriceType(str):
    """A price type that the host's order service does not recognise as MARKET, which it shows with a price of zero."""

    __slots__ = ()

    def upper(self) -> str:
        """Return a text that is no price type."""
        return f"{self} (FILLED)"


_FILLED_MARKET: Final = _FilledPriceType("MARKET")
_ORDER_STATUS: Final = "services.orderstatus_service"
_DEEPEST: Final = 8


def _is_for_order_status() -> bool:
    """Return whether the host's order status service is among the callers."""
    frame = sys._getframe(1)  # noqa: SLF001 (there is no public way up the stack that is as fast)
    for _ in range(_DEEPEST):
        caller = frame.f_back
        if caller is None:
            return False
        if caller.f_globals.get("__name__") == _ORDER_STATUS:
            return True
        frame = caller
    return False


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
