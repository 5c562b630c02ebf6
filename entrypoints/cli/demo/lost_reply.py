"""The order whose reply was lost: found again by its identifier, never sent twice."""

from rich.console import Group

from jainam_prop.adapters.simulator.faults.fault import Fault, FaultKind
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.entrypoints.cli.demo.paper import order, records
from jainam_prop.entrypoints.cli.demo.scene import Shown, Watch, check
from jainam_prop.entrypoints.cli.demo.stage import Stage
from jainam_prop.entrypoints.cli.views.tables import facts
from jainam_prop.entrypoints.openalgo.order_api import place_order_api


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
