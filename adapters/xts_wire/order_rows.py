"""Rows of the order and trade books, and of the socket's ``order`` and ``trade`` events, as orders and trades.

Field names and types: protocol reference, sections 6.1 and 6.2.
"""

import logging
from collections.abc import Mapping
from typing import Any

from jainam_prop.adapters.xts_wire.cells import identity, text, units
from jainam_prop.adapters.xts_wire.columns import (
    INSTRUMENTS,
    MOMENTS,
    PRICE_TYPES,
    PRODUCTS,
    RUPEES,
    SHOWN_RUPEES,
    SIDES,
    STATES,
)
from jainam_prop.adapters.xts_wire.rows import read_rows
from jainam_prop.domain.money import ZERO
from jainam_prop.domain.order import Order, Trade

_log = logging.getLogger(__name__)


def read_orders(answer: object) -> tuple[Order, ...]:
    """Read an order book or the history of one order, in the broker's order.

    Orders are decided upon, so one row that is not understood in its id, contract, side, product, state or quantities
    makes the whole book unreadable; an unknown price type, moment or average price does not.

    Raises:
        UnreadableAnswer: what the answer says of some order is not certain.
    """
    return read_rows(answer, read_order)


def read_order(row: Mapping[str, Any]) -> Order:
    """Read one row, its cells in the order of `Order`'s fields: by name would cost a fifth more on a long book."""
    get = row.get
    return Order(
        identity(row["AppOrderID"]),
        text(get("OrderUniqueIdentifier")),
        INSTRUMENTS[row["ExchangeSegment"], row["ExchangeInstrumentID"]],
        get("TradingSymbol") or "",
        SIDES[row["OrderSide"]],
        PRODUCTS[row["ProductType"]],
        PRICE_TYPES[get("OrderType")],
        STATES[row["OrderStatus"]],
        units(row["OrderQuantity"]),
        units(row["CumulativeQuantity"]),
        units(row["LeavesQuantity"]),
        RUPEES[get("OrderPrice")],
        RUPEES[get("OrderStopPrice")],
        SHOWN_RUPEES[get("OrderAverageTradedPrice")],
        get("CancelRejectReason") or "",
        MOMENTS[get("OrderGeneratedDateTime")],
        MOMENTS[get("LastUpdateDateTime")],
    )


def read_trades(answer: object) -> tuple[Trade, ...]:
    """Read a trade book, one row an execution; a row whose price is not understood is left out and counted in the log.

    Raises:
        UnreadableAnswer: a row is not understood in its order, contract, side, product or quantity.
    """
    trades = read_rows(answer, read_trade)
    priced = tuple(trade for trade in trades if trade.price != ZERO)
    if len(priced) < len(trades):
        _log.warning("%d of %d trades left out: no readable price", len(trades) - len(priced), len(trades))
    return priced


def read_trade(row: Mapping[str, Any]) -> Trade:
    """Read one execution: its own quantity and price, not the order's; a price that is not understood is zero."""
    get = row.get
    return Trade(
        text(get("ExecutionID")),
        identity(row["AppOrderID"]),
        text(get("OrderUniqueIdentifier")),
        INSTRUMENTS[row["ExchangeSegment"], row["ExchangeInstrumentID"]],
        get("TradingSymbol") or "",
        SIDES[row["OrderSide"]],
        PRODUCTS[row["ProductType"]],
        units(row["LastTradedQuantity"]),
        SHOWN_RUPEES[get("LastTradedPrice")],
        MOMENTS[get("LastExecutionTransactTime") or get("LastUpdateDateTime")],
    )
