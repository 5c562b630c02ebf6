"""Orders of all four price types: two positions with a stop each, and a bid below the market."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.entrypoints.cli.demo.paper import away, order, record, records
from jainam_prop.entrypoints.cli.demo.scene import Check, Shown, Watch, check
from jainam_prop.entrypoints.cli.demo.stage import Stage
from jainam_prop.entrypoints.openalgo.order_api import place_order_api


class Wish(NamedTuple):
    """An order in the host's words, and the state in which the exchange should hold it."""

    instrument: Instrument
    asked: Mapping[str, Any]
    state: OrderState


def place_all_types(stage: Stage, watch: Watch) -> Shown:
    """Place MARKET, LIMIT, SL and SL-M orders, and compare each with the exchange's own record of it."""
    checks: list[Check] = []
    held: list[SimOrder] = []
    wishes = _wishes(stage)
    for wish in wishes:
        reply, body, order_id = place_order_api(wish.asked, stage.auth)
        stage.asked += 1
        found = stage.order(order_id)
        if found is None:
            checks.append(Check(_sentence(wish), holds=False, seen=str(body.get("message"))))
            continue
        held.append(found)
        checks.append(_check(wish, reply.status, found))
        watch(records(stage, held, [one.holds for one in checks if one.marked]))
    view = records(stage, held, [one.holds for one in checks if one.marked])
    count = len(stage.exchange.all_orders())
    checks.append(check(f"the exchange holds {len(wishes)} orders, no more", count, stage.asked))
    working = sum(one.state.is_working for one in held)
    return Shown("MARKET, LIMIT, SL, SL-M", f"{count} orders, {working} working", tuple(checks), view)


def _wishes(stage: Stage) -> tuple[Wish, ...]:
    sbin, reliance, future = stage.instrument("SBIN"), stage.instrument("RELIANCE"), stage.nifty_future()
    lot = future.lot_size
    stop: dict[str, Any] = {"pricetype": "SL", "trigger_price": away(stage, sbin, -2), "price": away(stage, sbin, -3)}
    cover: dict[str, Any] = {"pricetype": "SL-M", "trigger_price": away(stage, future, 2)}
    bid: dict[str, Any] = {"pricetype": "LIMIT", "price": away(stage, reliance, -4)}
    return (
        Wish(sbin, order(sbin, "BUY", 100), OrderState.FILLED),
        Wish(sbin, order(sbin, "SELL", 100, **stop), OrderState.NEW),
        Wish(future, order(future, "SELL", lot), OrderState.FILLED),
        Wish(future, order(future, "BUY", lot, **cover), OrderState.NEW),
        Wish(reliance, order(reliance, "BUY", 25, "CNC", **bid), OrderState.NEW),
    )


def _check(wish: Wish, status: int, found: SimOrder) -> Check:
    """Compare everything: the reply, the contract, every term, and whether it traded or rests."""
    told = record(found)
    seen = (status, found.key, told, found.state)
    wanted = (200, wish.instrument.key, {name: wish.asked[name] for name in told}, wish.state)
    return check(_sentence(wish), seen, wanted, marked=True)


def _sentence(wish: Wish) -> str:
    asked = wish.asked
    order_words = f"{asked['pricetype']} {asked['action']} {asked['quantity']} {asked['symbol']}"
    return f"{order_words}: at the exchange exactly as asked, {wish.state}"
