"""A lost reply, the books row by row, the emergency exit with one contract refused, and the end of the day."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.text import Text

from jainam_prop.adapters.simulator.exchange.orders import Execution, SimOrder
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.application.close_all.report import LegState
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.entrypoints.book_rows import STATUS_WORD
from jainam_prop.entrypoints.cli.demo.environment import ACCOUNT, Check, DemoEnvironment, StepOutcome, Watch, check
from jainam_prop.entrypoints.cli.demo.orders import away, order, records
from jainam_prop.entrypoints.cli.views.books import orders_view, positions_view, trades_view
from jainam_prop.entrypoints.cli.views.closes import STATE_WORDS
from jainam_prop.entrypoints.cli.views.tables import DataTable, Facts, counted, units
from jainam_prop.entrypoints.openalgo import order_api
from jainam_prop.entrypoints.openalgo.order_data import map_order_data, map_position_data, map_trade_data
from jainam_prop.entrypoints.openalgo.replies import BrokerUnavailableError


def lose_and_find(env: DemoEnvironment, _watch: Watch) -> StepOutcome:
    """Let the exchange take an order and hang up without a word."""
    posts = env.exchange.requests["place"]
    env.simulator.faults.add(Fault(FaultKind.REPLY_LOST, on="place"))
    reply, body, order_id = order_api.place_order_api(order(env.instrument("HDFCBANK"), "BUY", 20), env.auth)
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
        Group(Facts("", rows), "", records(env, held)),
    )


def read_books(env: DemoEnvironment, _watch: Watch) -> StepOutcome:
    """Read orders, trades and positions as OpenAlgo would, and compare every row."""
    orders = map_order_data(order_api.get_order_book(env.auth))
    trades = map_trade_data(order_api.get_trade_book(env.auth))
    positions = map_position_data(order_api.get_positions(env.auth))
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


REASON: Final = "RMS: contract blocked by the risk desk"
_SQUARED_OFF: Final = (200, "All Open Positions Squared Off")


def close_with_one_refused(env: DemoEnvironment, _watch: Watch) -> StepOutcome:
    """Close everything while the broker's risk desk refuses one contract."""
    future, before = env.nifty_future(), env.open_positions()
    where = {"exchangeInstrumentID": str(future.token), "exchangeSegment": "NSEFO"}
    env.simulator.faults.add(Fault(FaultKind.RMS_REJECT, on="place", times=None, text=REASON, where=where))
    body, status = order_api.close_all_positions("", env.auth)
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
    body, status = order_api.close_all_positions("", env.auth)
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
    made = DataTable("The answer to the host", "Symbol", "Prod?", ">Held", ">Now", "Outcome", "~Reason")
    for leg in legs:
        now = leg["remaining"]
        made.add_row(
            f"{leg['symbol']} {leg['exchange']}",
            leg["product"],
            units(leg["quantity"]),
            "?" if now is None else units(now) if now else "flat",
            Text(leg["state"], style=STATE_WORDS[LegState(leg["state"])][1]),
            leg["reason"],
        )
    return Group(made, Text(f"“{message}”", style="italic"))


_UNAUTHORIZED = 401


def cancel_the_rest(env: DemoEnvironment, _watch: Watch) -> StepOutcome:
    """Rest a bid below the market, and take it back."""
    reliance = env.instrument("RELIANCE")
    bid: dict[str, Any] = {"pricetype": "LIMIT", "price": away(env, reliance, -4)}
    order_api.place_order_api(order(reliance, "BUY", 25, "CNC", **bid), env.auth)
    env.asked += 1
    before = sorted(str(held.order_id) for held in env.exchange.working_orders())
    try:
        cancelled, failed = order_api.cancel_all_orders_api({}, env.auth)
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
        Facts("", [("Cancelled", f"order {', '.join(cancelled)}" if cancelled else "none")]),
    )


def log_out(env: DemoEnvironment, _watch: Watch) -> StepOutcome:
    """Log out, try to trade with the old key, and count the day."""
    env.app.sessions.log_out()
    live, held = env.simulator.sessions.live(), env.exchange.all_orders()
    reply, body, _ = order_api.place_order_api(order(env.instrument("SBIN"), "BUY", 1), env.auth)
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
        Facts("", [("The order after logout", str(body.get("message")))]),
    )
