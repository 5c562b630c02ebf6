"""The evening: what still works is cancelled, and both sessions end."""

from jainam_prop.entrypoints.cli.demo.paper import order
from jainam_prop.entrypoints.cli.demo.scene import Check, Shown, Watch, check
from jainam_prop.entrypoints.cli.demo.stage import Stage
from jainam_prop.entrypoints.cli.views.tables import counted, facts
from jainam_prop.entrypoints.openalgo.order_api import cancel_all_orders_api, place_order_api
from jainam_prop.entrypoints.openalgo.replies import BrokerUnavailableError

_UNAUTHORIZED = 401


def cancel_the_rest(stage: Stage, _watch: Watch) -> Shown:
    """Take back the bid that still rests."""
    before = sorted(str(held.order_id) for held in stage.exchange.working_orders())
    try:
        cancelled, failed = cancel_all_orders_api({}, stage.auth)
    except BrokerUnavailableError as error:
        return Shown("cancel all", "unknown", (Check(str(error), holds=False),))
    left = [held.order_id for held in stage.exchange.working_orders()]
    return Shown(
        "cancel all",
        counted(len(left), "working order"),
        (
            check("exactly what was working is told cancelled", (sorted(cancelled), failed), (before, [])),
            check("the exchange holds no working order", left, []),
        ),
        facts("", [("Cancelled", f"order {', '.join(cancelled)}" if cancelled else "none")]),
    )


def log_out(stage: Stage, _watch: Watch) -> Shown:
    """Log out, try to trade with the old key, and count the day."""
    stage.desk.keeper.log_out()
    live, held = stage.simulator.sessions.live(), stage.exchange.all_orders()
    reply, body, _ = place_order_api(order(stage.instrument("SBIN"), "BUY", 1), stage.auth)
    after = (reply.status, len(stage.exchange.all_orders()))
    return Shown(
        "and one more order",
        f"{len(live)} sessions, {len(held)} orders today",
        (
            check("both sessions are closed at the exchange", len(live), 0),
            check("an order after that is refused, and none arrives", after, (_UNAUTHORIZED, len(held))),
            check("all day long: as many orders at the exchange as were asked for", len(held), stage.asked),
            check("each with an identifier of its own", len({one.intake.identifier for one in held}), len(held)),
            check("and never one request too fast for the broker's rate chart", stage.simulator.rate_refusals, 0),
        ),
        facts("", [("The order after logout", str(body.get("message")))]),
    )
