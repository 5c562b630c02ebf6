"""Orders of all four price types, then smart orders; each is compared with the exchange's own record."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from rich.text import Text

from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.entrypoints.cli.demo.environment import Check, DemoEnvironment, StepOutcome, Watch, check, mark
from jainam_prop.entrypoints.cli.views.tables import DataTable, rupees, side, terms, units
from jainam_prop.entrypoints.openalgo.order_api import place_order_api, place_smartorder_api

_STATE_STYLE: Final = {
    OrderState.FILLED: "green",
    OrderState.NEW: "yellow",
    OrderState.REJECTED: "bold red",
    OrderState.CANCELLED: "dim",
}


def order(instrument: Instrument, action: str, quantity: int, product: str = "MIS", **terms: object) -> dict[str, Any]:
    """Write an order in the host's words; a market order unless its terms say otherwise."""
    plain: dict[str, Any] = {
        "symbol": instrument.symbol,
        "exchange": instrument.exchange.value,
        "action": action,
        "quantity": quantity,
        "pricetype": "MARKET",
        "product": product,
        "price": 0.0,
        "trigger_price": 0.0,
        "disclosed_quantity": 0,
    }
    return plain | terms


def away(env: DemoEnvironment, instrument: Instrument, percent: int) -> float:
    """Return a price so many per cent from the last trade, on the tick."""
    last = env.exchange.market(instrument.key).last_price
    wanted = last * (100 + percent) / 100
    return float(wanted // instrument.tick_size * instrument.tick_size)


def record(held: SimOrder) -> dict[str, object]:
    """Write the exchange's own record of an order in the host's words, to be compared with what was asked."""
    return {
        "action": held.side.value,
        "quantity": held.terms.quantity,
        "product": held.terms.product,
        "pricetype": held.terms.price_type.value,
        "price": float(held.terms.price),
        "trigger_price": float(held.terms.trigger),
    }


def records(env: DemoEnvironment, orders: Sequence[SimOrder], marks: Sequence[bool] = ()) -> DataTable:
    """Show orders as the exchange itself holds them, each with its mark where there are any."""
    made = DataTable("At the exchange", "Order", "Side", ">Qty", "Symbol", "Prod?", "Terms?", ">Traded", "State", "")
    for index, held in enumerate(orders):
        made.add_row(
            str(held.order_id),
            side(held.side.value),
            str(held.terms.quantity),
            env.symbol(held.key),
            held.terms.product,
            terms(record(held)),
            f"{held.filled} @ {rupees(held.average)}" if held.filled else "",
            Text(held.state.value, style=_STATE_STYLE.get(held.state, "")),
            mark(holds=marks[index]) if marks else "",
        )
    return made


class DemoOrder(NamedTuple):
    """An order in the host's words, and the state in which the exchange should hold it."""

    instrument: Instrument
    asked: Mapping[str, Any]
    state: OrderState


def place_all_types(env: DemoEnvironment, watch: Watch) -> StepOutcome:
    """Place MARKET, LIMIT, SL and SL-M orders, and compare each with the exchange's own record of it."""
    checks: list[Check] = []
    held: list[SimOrder] = []
    requests = _order_requests(env)
    for request in requests:
        reply, body, order_id = place_order_api(request.asked, env.auth)
        env.asked += 1
        found = env.order(order_id)
        if found is None:
            checks.append(Check(_sentence(request), holds=False, seen=str(body.get("message"))))
            continue
        held.append(found)
        checks.append(_check_order(request, reply.status, found))
        watch(records(env, held, [one.holds for one in checks if one.marked]))
    view = records(env, held, [one.holds for one in checks if one.marked])
    count = len(env.exchange.all_orders())
    checks.append(check(f"the exchange holds {len(requests)} orders, no more", count, env.asked))
    working = sum(one.state.is_working for one in held)
    return StepOutcome("MARKET, LIMIT, SL, SL-M", f"{count} orders, {working} working", tuple(checks), view)


def _order_requests(env: DemoEnvironment) -> tuple[DemoOrder, ...]:
    sbin, reliance, future = env.instrument("SBIN"), env.instrument("RELIANCE"), env.nifty_future()
    lot = future.lot_size
    stop: dict[str, Any] = {"pricetype": "SL", "trigger_price": away(env, sbin, -2), "price": away(env, sbin, -3)}
    cover: dict[str, Any] = {"pricetype": "SL-M", "trigger_price": away(env, future, 2)}
    bid: dict[str, Any] = {"pricetype": "LIMIT", "price": away(env, reliance, -4)}
    return (
        DemoOrder(sbin, order(sbin, "BUY", 100), OrderState.FILLED),
        DemoOrder(sbin, order(sbin, "SELL", 100, **stop), OrderState.NEW),
        DemoOrder(future, order(future, "SELL", lot), OrderState.FILLED),
        DemoOrder(future, order(future, "BUY", lot, **cover), OrderState.NEW),
        DemoOrder(reliance, order(reliance, "BUY", 25, "CNC", **bid), OrderState.NEW),
    )


def _check_order(request: DemoOrder, status: int, found: SimOrder) -> Check:
    """Compare everything: the reply, the contract, every term, and whether it traded or rests."""
    reported = record(found)
    seen = (status, found.key, reported, found.state)
    wanted = (200, request.instrument.key, {name: request.asked[name] for name in reported}, request.state)
    return check(_sentence(request), seen, wanted, marked=True)


def _sentence(request: DemoOrder) -> str:
    asked = request.asked
    order_words = f"{asked['pricetype']} {asked['action']} {asked['quantity']} {asked['symbol']}"
    return f"{order_words}: at the exchange exactly as asked, {request.state}"


_SYMBOL: Final = "INFY"
_PRODUCT: Final = "MIS"


class SignalTarget(NamedTuple):
    """A target, and the signed units that the exchange should see traded to get there."""

    name: str
    target: int
    trade: int


class TargetReached(NamedTuple):
    """What one smart order came to at the exchange: positions before and after, and the orders between."""

    wanted: SignalTarget
    before: int
    sent: tuple[SimOrder, ...]
    after: int
    message: str


TARGETS: Final = (
    SignalTarget("open", 50, 50),
    SignalTarget("increase", 120, 70),
    SignalTarget("reduce", 40, -80),
    SignalTarget("reverse", -60, -100),
    SignalTarget("no change", -60, 0),
    SignalTarget("close", 0, 60),
)


def reach_targets(env: DemoEnvironment, watch: Watch) -> StepOutcome:
    """Walk a position through its targets; after each the exchange's own position decides."""
    infy = env.instrument(_SYMBOL)
    made = DataTable(f"{_SYMBOL} {_PRODUCT}", "Signal", ">Held", ">Target", "Order sent", ">Held after", "")
    checks: list[Check] = []
    for wanted in TARGETS:
        reached = _reach(env, infy, wanted)
        checks.append(_check_target(reached))
        _add(made, reached, holds=checks[-1].holds)
        watch(made)
    orders = sum(bool(wanted.trade) for wanted in TARGETS)
    after = env.net(infy.key, _PRODUCT)
    holds = f"{orders} orders, {'flat' if after == 0 else units(after)} at the end"
    return StepOutcome(f"{len(TARGETS)} targets for {_SYMBOL}", holds, tuple(checks), made)


def _reach(env: DemoEnvironment, instrument: Instrument, wanted: SignalTarget) -> TargetReached:
    before, count = env.net(instrument.key, _PRODUCT), len(env.exchange.all_orders())
    asked = order(instrument, "BUY", 0, _PRODUCT, position_size=wanted.target)
    _, body, _ = place_smartorder_api(asked, env.auth)
    env.asked += 1 if wanted.trade else 0
    sent = tuple(env.exchange.all_orders()[count:])
    return TargetReached(wanted, before, sent, env.net(instrument.key, _PRODUCT), str(body.get("message")))


def _check_target(reached: TargetReached) -> Check:
    wanted = reached.wanted
    traded = [one.side.sign * one.filled for one in reached.sent]
    reported = wanted.trade != 0 or "No action needed" in reached.message
    what = f"one order for {units(wanted.trade)}" if wanted.trade else "no order at all, and it says so"
    text = f"{wanted.name}: from {units(reached.before)} to {units(wanted.target)} with {what}"
    holds = reported and reached.after == wanted.target and traded == ([wanted.trade] if wanted.trade else [])
    seen = f"traded {traded}, holds {units(reached.after)}, told {reached.message!r}"
    return Check(text, holds, seen, marked=True)


def _add(made: DataTable, reached: TargetReached, *, holds: bool) -> None:
    words = [Text.assemble(side(one.side.value), f" {one.terms.quantity}") for one in reached.sent]
    made.add_row(
        reached.wanted.name,
        units(reached.before),
        units(reached.wanted.target),
        Text(", ").join(words) if words else Text("none needed", style="dim"),
        units(reached.after),
        mark(holds=holds),
    )
