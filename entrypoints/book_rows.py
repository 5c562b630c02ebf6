"""The books in OpenAlgo's rows: canonical words, numbers as numbers, ids as text, Indian wall clock."""

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeAlias

from jainam_prop.application.ports.instruments import InstrumentStore, InstrumentsUnreadableError
from jainam_prop.application.positions.read import ValuedHolding
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey
from jainam_prop.domain.memo import Memo, collector_resting
from jainam_prop.domain.orders.order import Order, OrderState, PriceType, Side, Trade
from jainam_prop.domain.positions.position import Position

Row: TypeAlias = dict[str, Any]

STATUS_WORD: Final[dict[OrderState, str]] = dict.fromkeys(OrderState, "open") | {
    OrderState.FILLED: "complete",
    OrderState.CANCELLED: "cancelled",
    OrderState.EXPIRED: "cancelled",
    OrderState.REJECTED: "rejected",
}
"""OpenAlgo's word for each state; all that are not terminal are ``open``, since such an order can still trade.

A stop that waits for its trigger is ``open`` too: XTS reports it as ``New`` like any resting order, and OpenAlgo's
page lets a person cancel only what is ``open``.
"""

_TEXT: Final[dict[StrEnum, str]] = {word: word.value for words in (Exchange, Side, PriceType) for word in words}
"""The plain text of each word: a look-up costs a third of asking the word for its value."""

_NUMBER: Final[Memo[Decimal, float]] = Memo(lambda amount: float(amount) + 0.0)
"""An amount as a number: to look it up costs a fifth of its conversion. The sum is for a zero with a sign."""

_FILL: Final[Memo[tuple[Decimal, int], tuple[float, float]]] = Memo(
    lambda fill: (float(fill[0]) + 0.0, float(fill[0] * fill[1]) + 0.0)
)
"""Price and worth of a fill as numbers, by its price and units; one look-up costs less than two."""

_WALL_CLOCK: Final[Memo[datetime, str]] = Memo(lambda moment: moment.isoformat(" ", "seconds"))
"""Indian wall clock as ``YYYY-MM-DD HH:MM:SS``, which every reader in the host parses."""

_SOME_KEY: Final = InstrumentKey(Exchange.NSE, 0)


class BookRows:
    """Writes rows; symbols come from today's instruments, or from the broker where they do not list the contract."""

    def __init__(self, instruments: InstrumentStore) -> None:
        self._instruments = instruments

    @collector_resting()
    def orders(self, orders: Iterable[Order]) -> list[Row]:
        """Write the order book.

        Unpacked and in one piece, because a book of thousands of rows is written whole at every refresh of a page.
        """
        find = self._finder()
        return [
            {
                "symbol": broker_symbol or str(key.token) if (found := find(key)) is None else found.symbol,
                "exchange": _TEXT[key.exchange],
                "action": _TEXT[side],
                "quantity": quantity,
                "price": _NUMBER[price],
                "trigger_price": _NUMBER[trigger_price] if trigger_price else 0.0,
                "pricetype": "UNKNOWN" if price_type is None else _TEXT[price_type],
                "product": product,
                "orderid": order_id,
                "order_status": STATUS_WORD[state],
                "timestamp": "" if placed_at is None else _WALL_CLOCK[placed_at],
                "filled_quantity": filled,
                "pending_quantity": pending,
                "average_price": _NUMBER[average_price] if average_price else 0.0,
                "rejection_reason": reason,
            }
            for (
                order_id,
                _identifier,
                key,
                broker_symbol,
                side,
                product,
                price_type,
                state,
                quantity,
                filled,
                pending,
                price,
                trigger_price,
                average_price,
                reason,
                placed_at,
                _updated_at,
            ) in orders
        ]

    @collector_resting()
    def trades(self, trades: Iterable[Trade]) -> list[Row]:
        """Write the trade book, one row for each execution.

        ``average_price`` is the price of the execution, which the host's trade page shows under that name.
        """
        find = self._finder()
        return [
            {
                "symbol": broker_symbol or str(key.token) if (found := find(key)) is None else found.symbol,
                "exchange": _TEXT[key.exchange],
                "product": product,
                "action": _TEXT[side],
                "quantity": quantity,
                "price": (fill := _FILL[price, quantity])[0],
                "average_price": fill[0],
                "trade_value": fill[1]
                if found is None or found.multiplier == 1
                else float(price * quantity * found.multiplier),
                "orderid": order_id,
                "tradeid": trade_id,
                "timestamp": "" if executed_at is None else _WALL_CLOCK[executed_at],
            }
            for (
                trade_id,
                order_id,
                _identifier,
                key,
                broker_symbol,
                side,
                product,
                quantity,
                price,
                executed_at,
            ) in trades
        ]

    @collector_resting()
    def positions(self, positions: Iterable[Position]) -> list[Row]:
        """Write the net position book; positions closed today stay, with what they realised.

        ``lot_size`` is the host's name for the multiplier by which its pages value an open position, and
        ``today_realized_pnl`` for the profit that they add to that of the open units.
        """
        find = self._finder()
        return [
            {
                "symbol": broker_symbol or str(key.token) if (found := find(key)) is None else found.symbol,
                "exchange": _TEXT[key.exchange],
                "product": product,
                "quantity": net,
                "average_price": round(average := _NUMBER[buy_average if net > 0 else sell_average] if net else 0.0, 4),
                "ltp": _marked_price(average, open_profit := float(unrealised), net, multiplier),
                "pnl": round(_NUMBER[realised] + open_profit, 2),
            }
            | ({} if multiplier == 1 else {"lot_size": _NUMBER[multiplier]})
            | ({"today_realized_pnl": _NUMBER[realised]} if net and realised else {})
            for (
                (key, product),
                broker_symbol,
                net,
                buy_average,
                sell_average,
                realised,
                unrealised,
                multiplier,
            ) in positions
        ]

    def holdings(self, holdings: Iterable[ValuedHolding]) -> list[Row]:
        """Write the holdings.

        Profit is zero while it is unknown: then ``price_known`` or ``average_known`` is False.
        """
        return [self._holding(valued) for valued in holdings]

    def _finder(self) -> Callable[[InstrumentKey], Instrument | None]:
        """Return what finds contracts, which finds none where the instruments cannot be read."""
        try:
            self._instruments.find_key(_SOME_KEY)
        except InstrumentsUnreadableError:
            return lambda _key: None
        return self._instruments.find_key

    def symbol(self, key: InstrumentKey, broker_symbol: str) -> str:
        """Name a contract in OpenAlgo's words, else in the broker's, else by its number."""
        instrument = self._finder()(key)
        return instrument.symbol if instrument is not None else broker_symbol or str(key.token)

    def _holding(self, valued: ValuedHolding) -> Row:
        holding, price, average = valued.holding, valued.last_price, valued.holding.average_price
        first = holding.instruments[0] if holding.instruments else None
        profit = None if price is None or average is None else (price - average) * holding.quantity
        invested = average * holding.quantity if average else None
        return {
            "symbol": holding.isin if first is None else self.symbol(first, holding.isin),
            "exchange": "NSE" if first is None else first.exchange.value,
            "quantity": holding.quantity,
            "product": "CNC",
            "average_price": float(average or 0),
            "ltp": float(price or 0),
            "pnl": round(float(profit or 0), 2),
            "pnlpercent": 0.0 if profit is None or invested is None else round(float(profit / invested * 100), 2),
            "price_known": price is not None,
            "average_known": average is not None,
            "pledged_quantity": holding.pledged,
        }


def _marked_price(average: float, unrealised: float, net: int, multiplier: Decimal) -> float:
    """Return the price at which the broker marked an open position: the one its unrealised profit implies."""
    return round(average + unrealised / (net * _NUMBER[multiplier]), 4) if net and multiplier else 0.0
