"""An order whose reply was lost, and the books row by row against the exchange's own."""

from collections import Counter
from typing import Any

from rich.console import Group

from jainam_prop.adapters.simulator.exchange.orders import Execution, SimOrder
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.entrypoints.book_rows import STATUS_WORD
from jainam_prop.entrypoints.cli.demo.environment import ACCOUNT, DemoEnvironment, StepOutcome, Watch, check
from jainam_prop.entrypoints.cli.demo.orders import order, records
from jainam_prop.entrypoints.cli.views.books import orders_view, positions_view, trades_view
from jainam_prop.entrypoints.cli.views.tables import facts
from jainam_prop.entrypoints.openalgo.order_api import get_order_book, get_positions, get_trade_book, place_order_api
from jainam_prop.entrypoints.openalgo.order_data import map_order_data, map_position_data, map_trade_data


def lose_and_find(env: DemoEnvironment, _watch: Watch) -> StepOutcome:
    """Let the exchange take an order and hang up without a word."""
    posts = env.exchange.requests["place"]
    env.simulator.faults.add(Fault(FaultKind.REPLY_LOST, on="place"))
    reply, body, order_id = place_order_api(order(env.instrument("HDFCBANK"), "BUY", 20), env.auth)
    env.asked += 1
    newest = env.app.journal.recent(1)
    identifier = newest[0].intent.identifier if newest else ""
    held = env.exchange.orders_by_identifier(identifier)
    rows = (
        ("Written down before it left", f"identifier {identifier}"),
        ("The exchange", "took the order, then closed the connection without a reply"),
        ("Found in the order book", f"by that identifier, as order {order_id}" if order_id else str(body["message"])),
    )
    return StepOutcome(
        "BUY 20 HDFCBANK",
        f"{len(held)} order with that mark",
        (
            check("the exchange holds exactly one order with that identifier", len(held), 1),
            check("we were told the id of that very order", [order_id], [str(one.order_id) for one in held]),
            check("success was said, because the book shows it", reply.status, 200),
            check("the order was posted once and not again", env.exchange.requests["place"] - posts, 1),
            check("the journal knows its fate", [entry.state for entry in newest], [IntentState.ACCEPTED]),
        ),
        Group(facts("", rows), "", records(env, held)),
    )


def read_books(env: DemoEnvironment, _watch: Watch) -> StepOutcome:
    """Read orders, trades and positions as OpenAlgo would, and compare every row."""
    orders = map_order_data(get_order_book(env.auth))
    trades = map_trade_data(get_trade_book(env.auth))
    positions = map_position_data(get_positions(env.auth))
    held, fills = env.exchange.all_orders(), env.exchange.executions()
    nets = {(env.symbol(slot.key), slot.product): line.net for slot, line in env.exchange.positions(ACCOUNT).items()}
    reported = {(row["symbol"], row["product"]): row["quantity"] for row in positions}
    return StepOutcome(
        "all three",
        f"{len(held)} orders, {len(fills)} trades",
        (
            check(
                "every order: id, contract, status, units asked for and traded, average price",
                Counter(map(_reported_order, orders)),
                Counter(_order_held(env, one) for one in held),
            ),
            check(
                "every trade: its own units and price, not those of the whole order",
                Counter(map(_reported_trade, trades)),
                Counter(_trade_held(env, one) for one in fills),
            ),
            check("every position: contract, product, signed units, those closed today included", reported, nets),
        ),
        Group(orders_view(orders), "", trades_view(trades), "", positions_view(positions)),
    )


def _reported_order(row: dict[str, Any]) -> tuple[object, ...]:
    average = round(row["average_price"], 2)
    return row["orderid"], row["symbol"], row["order_status"], row["quantity"], row["filled_quantity"], average


def _order_held(env: DemoEnvironment, one: SimOrder) -> tuple[object, ...]:
    status, average = STATUS_WORD.get(one.state, "open"), round(float(one.average), 2)
    return str(one.order_id), env.symbol(one.key), status, one.terms.quantity, one.filled, average


def _reported_trade(row: dict[str, Any]) -> tuple[object, ...]:
    return row["orderid"], row["symbol"], row["action"], row["quantity"], row["price"]


def _trade_held(env: DemoEnvironment, one: Execution) -> tuple[object, ...]:
    return str(one.order.order_id), env.symbol(one.order.key), one.order.side.value, one.quantity, float(one.price)
