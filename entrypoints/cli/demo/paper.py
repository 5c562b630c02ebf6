"""Orders as the host would hand them over, and how the exchange's own record of one reads."""

from collections.abc import Sequence
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.entrypoints.cli.demo.scene import mark
from jainam_prop.entrypoints.cli.demo.stage import Stage
from jainam_prop.entrypoints.cli.views.tables import rupees, side, table, terms

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


def away(stage: Stage, instrument: Instrument, percent: int) -> float:
    """Return a price so many per cent from the last trade, on the tick."""
    last = stage.exchange.market(instrument.key).last_price
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


def records(stage: Stage, orders: Sequence[SimOrder], marks: Sequence[bool] = ()) -> Table:
    """Show orders as the exchange itself holds them, each with its mark where there are any."""
    made = table("At the exchange", "Order", "Side", ">Qty", "Symbol", "Prod", "Terms", ">Traded", "State", "")
    for index, held in enumerate(orders):
        made.add_row(
            str(held.order_id),
            side(held.side.value),
            str(held.terms.quantity),
            stage.symbol(held.key),
            held.terms.product,
            terms(record(held)),
            f"{held.filled} @ {rupees(held.average)}" if held.filled else "",
            Text(held.state.value, style=_STATE_STYLE.get(held.state, "")),
            mark(holds=marks[index]) if marks else "",
        )
    return made
