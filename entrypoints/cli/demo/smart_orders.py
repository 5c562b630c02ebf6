"""One smart order after another: open, increase, reduce, reverse, nothing to do, close."""

from typing import Final, NamedTuple

from rich.table import Table
from rich.text import Text

from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.entrypoints.cli.demo.paper import order
from jainam_prop.entrypoints.cli.demo.scene import Check, Shown, Watch, mark
from jainam_prop.entrypoints.cli.demo.stage import Stage
from jainam_prop.entrypoints.cli.views.tables import side, table, units
from jainam_prop.entrypoints.openalgo.order_api import place_smartorder_api

_SYMBOL: Final = "INFY"
_PRODUCT: Final = "MIS"


class Turn(NamedTuple):
    """A target, and the signed units that the exchange should see traded to get there."""

    name: str
    target: int
    trade: int


class Walked(NamedTuple):
    """What one smart order came to at the exchange: positions before and after, and the orders between."""

    turn: Turn
    before: int
    sent: tuple[SimOrder, ...]
    after: int
    message: str


TURNS: Final = (
    Turn("open", 50, 50),
    Turn("increase", 120, 70),
    Turn("reduce", 40, -80),
    Turn("reverse", -60, -100),
    Turn("no change", -60, 0),
    Turn("close", 0, 60),
)


def walk(stage: Stage, watch: Watch) -> Shown:
    """Walk a position through its targets; after each the exchange's own position decides."""
    infy = stage.instrument(_SYMBOL)
    made = table(f"{_SYMBOL} {_PRODUCT}", "Signal", ">Held", ">Target", "Order sent", ">Held after", "")
    checks: list[Check] = []
    for turn in TURNS:
        walked = _walk(stage, infy, turn)
        checks.append(_check(walked))
        _add(made, walked, holds=checks[-1].holds)
        watch(made)
    orders = sum(bool(turn.trade) for turn in TURNS)
    after = stage.net(infy.key, _PRODUCT)
    holds = f"{orders} orders, {'flat' if after == 0 else units(after)} at the end"
    return Shown(f"{len(TURNS)} targets for {_SYMBOL}", holds, tuple(checks), made)


def _walk(stage: Stage, instrument: Instrument, turn: Turn) -> Walked:
    before, count = stage.net(instrument.key, _PRODUCT), len(stage.exchange.all_orders())
    asked = order(instrument, "BUY", 0, _PRODUCT, position_size=turn.target)
    _, body, _ = place_smartorder_api(asked, stage.auth)
    stage.asked += 1 if turn.trade else 0
    sent = tuple(stage.exchange.all_orders()[count:])
    return Walked(turn, before, sent, stage.net(instrument.key, _PRODUCT), str(body.get("message")))


def _check(walked: Walked) -> Check:
    turn = walked.turn
    traded = [one.side.sign * one.filled for one in walked.sent]
    told = turn.trade != 0 or "No action needed" in walked.message
    what = f"one order for {units(turn.trade)}" if turn.trade else "no order at all, and it says so"
    text = f"{turn.name}: from {units(walked.before)} to {units(turn.target)} with {what}"
    holds = told and walked.after == turn.target and traded == ([turn.trade] if turn.trade else [])
    seen = f"traded {traded}, holds {units(walked.after)}, told {walked.message!r}"
    return Check(text, holds, seen, marked=True)


def _add(made: Table, walked: Walked, *, holds: bool) -> None:
    words = [Text.assemble(side(one.side.value), f" {one.terms.quantity}") for one in walked.sent]
    made.add_row(
        walked.turn.name,
        units(walked.before),
        units(walked.turn.target),
        Text(", ").join(words) if words else Text("none needed", style="dim"),
        units(walked.after),
        mark(holds=holds),
    )
