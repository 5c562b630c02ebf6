"""An order whose reply was lost, and the books row by row against the exchange's own."""

from collections import Counter
from typing import Any

from rich.console import Group

from jainam_prop.adapters.simulator.exchange.orders import Execution, SimOrder
from jainam_prop.adapters.simulator.faults.fault import Fault, FaultKind
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.entrypoints.cli.demo.environment import ACCOUNT, Stage
from jainam_prop.entrypoints.cli.demo.orders import order, records
from jainam_prop.entrypoints.cli.demo.step import Shown, Watch, check
from jainam_prop.entrypoints.cli.views.books import orders_view, positions_view, trades_view
from jainam_prop.entrypoints.cli.views.tables import facts
from jainam_prop.entrypoints.openalgo.order_api import get_order_book, get_positions, get_trade_book, place_order_api
from jainam_prop.entrypoints.openalgo.order_data import map_order_data, map_position_data, map_trade_data
from jainam_prop.entrypoints.openalgo.rows.orders import STATUS_WORD


def lose_and_find(stage: Stage, _watch: Watch) -> Shown:
    """Let the exchange take an order and hang up without a word."""
    posts = stage.exchange.requests["place"]
    stage.simulator.faults.add(Fault(FaultKind.REPLY_LOST, on="place"))
    reply, body, order_id = place_order_api(order(stage.instrument("HDFCBANK"), "BUY", 20), stage.auth)
    stage.asked += 1
    newest = stage.desk.journal.recent(1)
    identifier = newest[0].intent.identifier if newest else ""
    held = stage.exchange.orders_by_identifier(identifier)
    rows = (
        ("Written down before it left", f"identifier {identifier}"),
        ("The exchange", "took the order, then closed the connection without a reply"),
        ("Found in the order book", f"by that identifier, as order {order_id}" if order_id else str(body["message"])),
    )
    return Shown(
        "BUY 20 HDFCBANK",
        f"{len(held)} order with that mark",
        (
            check("the exchange holds exactly one order with that identifier", len(held), 1),
            check("we were told the id of that very order", [order_id], [str(one.order_id) for one in held]),
            check("success was said, because the book shows it", reply.status, 200),
            check("the order was posted once and not again", stage.exchange.requests["place"] - posts, 1),
            check("the journal knows its fate", [entry.state for entry in newest], [IntentState.ACCEPTED]),
        ),
        Group(facts("", rows), "", records(stage, held)),
    )


def read_books(stage: Stage, _watch: Watch) -> Shown:
    """Read orders, trades and positions as OpenAlgo would, and compare every row."""
    orders = map_order_data(get_order_book(stage.auth))
    trades = map_trade_data(get_trade_book(stage.auth))
    positions = map_position_data(get_positions(stage.auth))
    held, fills = stage.exchange.all_orders(), stage.exchange.executions()
    nets = {
        (stage.symbol(slot.key), slot.product): line.net for slot, line in stage.exchange.positions(ACCOUNT).items()
    }
    told = {(row["symbol"], row["product"]): row["quantity"] for row in positions}
    return Shown(
        "all three",
        f"{len(held)} orders, {len(fills)} trades",
        (
            check(
                "every order: id, contract, status, units asked for and traded, average price",
                Counter(map(_order_told, orders)),
                Counter(_order_held(stage, one) for one in held),
            ),
            check(
                "every trade: its own units and price, not those of the whole order",
                Counter(map(_trade_told, trades)),
                Counter(_trade_held(stage, one) for one in fills),
            ),
            check("every position: contract, product, signed units, those closed today included", told, nets),
        ),
        Group(orders_view(orders), "", trades_view(trades), "", positions_view(positions)),
    )


def _order_told(row: dict[str, Any]) -> tuple[object, ...]:
    average = round(row["average_price"], 2)
    return row["orderid"], row["symbol"], row["order_status"], row["quantity"], row["filled_quantity"], average


def _order_held(stage: Stage, one: SimOrder) -> tuple[object, ...]:
    status, average = STATUS_WORD.get(one.state, "open"), round(float(one.average), 2)
    return str(one.order_id), stage.symbol(one.key), status, one.terms.quantity, one.filled, average


def _trade_told(row: dict[str, Any]) -> tuple[object, ...]:
    return row["orderid"], row["symbol"], row["action"], row["quantity"], row["price"]


def _trade_held(stage: Stage, one: Execution) -> tuple[object, ...]:
    return str(one.order.order_id), stage.symbol(one.order.key), one.order.side.value, one.quantity, float(one.price)
