"""The books in OpenAlgo's rows: canonical words, numbers as numbers, ids as text, Indian wall clock."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from jainam_prop.application.ports.instrument_store import InstrumentStore
from jainam_prop.application.use_cases.read_account import ValuedHolding
from jainam_prop.domain.instrument import InstrumentKey
from jainam_prop.domain.order import Order, OrderState, Trade
from jainam_prop.domain.position import Position

Row: TypeAlias = dict[str, Any]

STATUS_WORD: Final[dict[OrderState, str]] = {
    OrderState.FILLED: "complete",
    OrderState.CANCELLED: "cancelled",
    OrderState.EXPIRED: "cancelled",
    OrderState.REJECTED: "rejected",
}
"""OpenAlgo's word for each terminal state; every other state is ``open``, since it can still trade.

A stop that waits for its trigger is ``open`` too: XTS reports it as ``New`` like any resting order, and OpenAlgo's
page lets a person cancel only what is ``open``.
"""


class RowWriter:
    """Writes rows; symbols come from today's instruments, or from the broker where they do not list the contract."""

    def __init__(self, instruments: InstrumentStore) -> None:
        """Name contracts by the instruments of the day."""
        self._instruments = instruments

    def orders(self, orders: Iterable[Order]) -> list[Row]:
        """Write the order book."""
        return [self._order(order) for order in orders]

    def trades(self, trades: Iterable[Trade]) -> list[Row]:
        """Write the trade book, one row for each execution.

        ``price`` and ``trade_value`` are the execution's own. ``average_price`` is that of the whole order, because
        the host takes it from the first row it finds for the order's final price.
        """
        executions = list(trades)
        averages = _averages(executions)
        return [self._trade(trade, averages[trade.order_id]) for trade in executions]

    def positions(self, positions: Iterable[Position]) -> list[Row]:
        """Write the net position book; positions closed today stay, with what they realised."""
        return [self._position(position) for position in positions]

    def holdings(self, holdings: Iterable[ValuedHolding]) -> list[Row]:
        """Write the holdings; without a price, profit is shown as zero and ``price_known`` is False."""
        return [self._holding(valued) for valued in holdings]

    def symbol(self, key: InstrumentKey, broker_symbol: str) -> str:
        """Name a contract in OpenAlgo's words, else in the broker's, else by its number."""
        instrument = self._instruments.find_key(key)
        return instrument.symbol if instrument is not None else broker_symbol or str(key.token)

    def _order(self, order: Order) -> Row:
        return {
            "symbol": self.symbol(order.instrument, order.broker_symbol),
            "exchange": order.instrument.exchange.value,
            "action": order.side.value,
            "quantity": order.quantity,
            "price": float(order.price),
            "trigger_price": float(order.trigger_price),
            "pricetype": "UNKNOWN" if order.price_type is None else order.price_type.value,
            "product": order.product,
            "orderid": order.order_id,
            "order_status": STATUS_WORD.get(order.state, "open"),
            "timestamp": _wall_clock(order.placed_at),
            "filled_quantity": order.filled,
            "pending_quantity": order.pending,
            "average_price": float(order.average_price),
            "rejection_reason": order.reason,
        }

    def _trade(self, trade: Trade, average: Decimal) -> Row:
        return {
            "symbol": self.symbol(trade.instrument, trade.broker_symbol),
            "exchange": trade.instrument.exchange.value,
            "product": trade.product,
            "action": trade.side.value,
            "quantity": trade.quantity,
            "price": float(trade.price),
            "average_price": float(average),
            "trade_value": float(trade.price * trade.quantity),
            "orderid": trade.order_id,
            "tradeid": trade.trade_id,
            "timestamp": _wall_clock(trade.executed_at),
        }

    def _position(self, position: Position) -> Row:
        key = position.key
        return {
            "symbol": self.symbol(key.instrument, position.broker_symbol),
            "exchange": key.instrument.exchange.value,
            "product": key.product,
            "quantity": position.net,
            "average_price": round(float(position.average_price), 4),
            "ltp": round(float(_marked_price(position)), 4),
            "pnl": round(float(position.profit), 2),
        }

    def _holding(self, valued: ValuedHolding) -> Row:
        holding, price = valued.holding, valued.last_price
        first = holding.instruments[0] if holding.instruments else None
        profit = Decimal(0) if price is None else (price - holding.average_price) * holding.quantity
        invested = holding.average_price * holding.quantity
        return {
            "symbol": holding.isin if first is None else self.symbol(first, holding.isin),
            "exchange": "NSE" if first is None else first.exchange.value,
            "quantity": holding.quantity,
            "product": "CNC",
            "average_price": float(holding.average_price),
            "ltp": 0.0 if price is None else float(price),
            "pnl": round(float(profit), 2),
            "pnlpercent": round(float(profit / invested * 100), 2) if invested else 0.0,
            "price_known": price is not None,
        }


def _averages(trades: Iterable[Trade]) -> dict[str, Decimal]:
    """Return the average price of each order over its executions."""
    units: dict[str, int] = defaultdict(int)
    value: dict[str, Decimal] = defaultdict(Decimal)
    for trade in trades:
        units[trade.order_id] += trade.quantity
        value[trade.order_id] += trade.price * trade.quantity
    return {order_id: value[order_id] / count if count else Decimal(0) for order_id, count in units.items()}


def _marked_price(position: Position) -> Decimal:
    """Return the price at which the broker marked an open position: the one its unrealised profit implies."""
    exposure = position.net * position.multiplier
    return position.average_price + position.unrealised / exposure if exposure else Decimal(0)


def _wall_clock(moment: datetime | None) -> str:
    """Write Indian wall clock as ``YYYY-MM-DD HH:MM:SS``, which every reader in the host parses."""
    return "" if moment is None else moment.isoformat(" ", "seconds")
