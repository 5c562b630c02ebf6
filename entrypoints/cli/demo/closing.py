"""The emergency exit with one contract refused, then the end of the day: cancel the rest, log out."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.text import Text

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.entrypoints.cli.demo.environment import Check, DemoEnvironment, StepOutcome, Watch, check
from jainam_prop.entrypoints.cli.demo.orders import away, order
from jainam_prop.entrypoints.cli.views.tables import counted, facts, table, units
from jainam_prop.entrypoints.openalgo.order_api import cancel_all_orders_api, close_all_positions, place_order_api
from jainam_prop.entrypoints.openalgo.replies import BrokerUnavailableError

REASON: Final = "RMS: contract blocked by the risk desk"
_STYLE: Final = {
    "closed": "green",
    "rejected": "bold red",
    "not sent": "bold red",
    "unknown": "bold yellow",
    "skipped": "dim",
}
_SQUARED_OFF: Final = (200, "All Open Positions Squared Off")


def close_with_one_refused(env: DemoEnvironment, _watch: Watch) -> StepOutcome:
    """Close everything while the broker's risk desk refuses one contract."""
    future, before = env.nifty_future(), env.open_positions()
    where = {"exchangeInstrumentID": str(future.token), "exchangeSegment": "NSEFO"}
    env.simulator.faults.add(Fault(FaultKind.RMS_REJECT, on="place", times=None, text=REASON, where=where))
    body, status = close_all_positions("", env.auth)
    env.asked += len(before) + 1  # the stop of the refused contract is put back, and refused as well
    legs = body.get("data", [])
    left = env.open_positions()
    stops = [held.state for held in env.exchange.all_orders() if held.terms.price_type.has_trigger]
    return StepOutcome(
        f"close {len(before)}, one is blocked",
        ", ".join(f"{symbol} {units(net)}" for symbol, net in left.items()) or "no position",
        (
            Check("it does not claim to be flat: the host gets no 200", status != _SQUARED_OFF[0], f"status {status}"),
            *_truthful(future, legs, before),
            check("the exchange holds that position and no other", left, {future.symbol: before.get(future.symbol)}),
            check(
                "both stops were cancelled first: nothing can be turned round", stops[:2], [OrderState.CANCELLED] * 2
            ),
            check("nothing works any more that could open a position", env.exchange.working_orders(), []),
        ),
        _report(legs, str(body.get("message"))),
    )


def close_the_rest(env: DemoEnvironment, _watch: Watch) -> StepOutcome:
    """Close again once the contract is free."""
    env.simulator.faults.clear()
    before, count = env.open_positions(), len(env.exchange.all_orders())
    body, status = close_all_positions("", env.auth)
    env.asked += len(before)
    left = env.open_positions()
    return StepOutcome(
        "close what is left",
        counted(len(left), "open position"),
        (
            check("now it says so, in the words the host shows", (status, body.get("message")), _SQUARED_OFF),
            check("the exchange holds no open position", left, {}),
            check("one order did it", len(env.exchange.all_orders()) - count, len(before)),
        ),
        _report(body.get("data", []), str(body.get("message"))),
    )


def _truthful(future: Instrument, legs: Sequence[Mapping[str, Any]], before: Mapping[str, int]) -> tuple[Check, Check]:
    reported = {leg["symbol"]: (leg["state"], leg["remaining"], leg["reason"]) for leg in legs}
    state, remaining, reason = reported.pop(future.symbol, ("", None, ""))
    said = "lost protection" in reason and REASON in reason
    closed = {symbol: ("closed", 0, "") for symbol in before if symbol != future.symbol}
    truth = ("rejected", before.get(future.symbol), True)
    return (
        check(
            f"it names {future.symbol}, what is left of it without a stop, and the broker's reason",
            (state, remaining, said),
            truth,
        ),
        check("every other position is reported closed", reported, closed),
    )


def _report(legs: Sequence[Mapping[str, Any]], message: str) -> RenderableType:
    made = table("The answer to the host", "Symbol", "Prod?", ">Held", ">Now", "Outcome", "~Reason")
    for leg in legs:
        now = leg["remaining"]
        made.add_row(
            f"{leg['symbol']} {leg['exchange']}",
            leg["product"],
            units(leg["quantity"]),
            "?" if now is None else units(now) if now else "flat",
            Text(leg["state"], style=_STYLE[leg["state"]]),
            leg["reason"],
        )
    return Group(made, Text(f"“{message}”", style="italic"))


_UNAUTHORIZED = 401


def cancel_the_rest(env: DemoEnvironment, _watch: Watch) -> StepOutcome:
    """Rest a bid below the market, and take it back."""
    reliance = env.instrument("RELIANCE")
    bid: dict[str, Any] = {"pricetype": "LIMIT", "price": away(env, reliance, -4)}
    place_order_api(order(reliance, "BUY", 25, "CNC", **bid), env.auth)
    env.asked += 1
    before = sorted(str(held.order_id) for held in env.exchange.working_orders())
    try:
        cancelled, failed = cancel_all_orders_api({}, env.auth)
    except BrokerUnavailableError as error:
        return StepOutcome("cancel all", "unknown", (Check(str(error), holds=False),))
    left = [held.order_id for held in env.exchange.working_orders()]
    return StepOutcome(
        "cancel all",
        counted(len(left), "working order"),
        (
            check("exactly what was working is reported cancelled", (sorted(cancelled), failed), (before, [])),
            check("the exchange holds no working order", left, []),
        ),
        facts("", [("Cancelled", f"order {', '.join(cancelled)}" if cancelled else "none")]),
    )


def log_out(env: DemoEnvironment, _watch: Watch) -> StepOutcome:
    """Log out, try to trade with the old key, and count the day."""
    env.app.sessions.log_out()
    live, held = env.simulator.sessions.live(), env.exchange.all_orders()
    reply, body, _ = place_order_api(order(env.instrument("SBIN"), "BUY", 1), env.auth)
    after = (reply.status, len(env.exchange.all_orders()))
    return StepOutcome(
        "and one more order",
        f"{len(live)} sessions, {len(held)} orders today",
        (
            check("both sessions are closed at the exchange", len(live), 0),
            check("an order after that is refused, and none arrives", after, (_UNAUTHORIZED, len(held))),
            check("all day long: as many orders at the exchange as were asked for", len(held), env.asked),
            check("each with an identifier of its own", len({one.intake.identifier for one in held}), len(held)),
            check("and never one request too fast for the broker's rate chart", env.simulator.rate_refusals, 0),
        ),
        facts("", [("The order after logout", str(body.get("message")))]),
    )
