"""``history``: every state that one order passed through."""

from collections.abc import Sequence

import click
from returns.pipeline import is_successful
from rich.console import Group, RenderableType
from rich.text import Text

from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import Answer, failure, success
from jainam_prop.entrypoints.cli.command import AnsweringCommand
from jainam_prop.entrypoints.cli.views.tables import rupees, table, terms
from jainam_prop.entrypoints.cli.workplace import Workplace
from jainam_prop.entrypoints.desk import Desk


@click.command(cls=AnsweringCommand)
@click.argument("order_id")
@click.pass_obj
def history(workplace: Workplace, order_id: str) -> Answer:
    """Show every state that the order ORDER_ID passed through, oldest first, in the broker's words."""

    def read(desk: Desk, session: Session) -> Answer:
        found = desk.order_history(session, order_id)
        if not is_successful(found):
            return failure(found.failure())
        states = found.unwrap()
        return success([_row(state) for state in states], _view(desk, states))

    return workplace.at_desk(read)


def _row(state: Order) -> dict[str, object]:
    return {
        "orderid": state.order_id,
        "state": state.state.value,
        "timestamp": "" if state.updated_at is None else state.updated_at.isoformat(" ", "seconds"),
        "pricetype": "UNKNOWN" if state.price_type is None else state.price_type.value,
        "quantity": state.quantity,
        "filled_quantity": state.filled,
        "pending_quantity": state.pending,
        "price": float(state.price),
        "trigger_price": float(state.trigger_price),
        "average_price": float(state.average_price),
        "reason": state.reason,
    }


def _view(desk: Desk, states: Sequence[Order]) -> RenderableType:
    last = states[-1]
    symbol = desk.rows.symbol(last.instrument, last.broker_symbol)
    title = f"Order {last.order_id}: {last.side.value} {symbol} {last.instrument.exchange} {last.product}"
    made = table(title, "Time", "State", "~Terms", ">Qty", ">Filled", ">Average")
    for state in states:
        made.add_row(
            "" if state.updated_at is None else f"{state.updated_at:%H:%M:%S}",
            state.state.value,
            terms(_row(state)),
            str(state.quantity),
            str(state.filled) if state.filled else "",
            rupees(state.average_price) if state.filled else "",
        )
    reasons = dict.fromkeys(state.reason for state in states if state.reason)
    return Group(made, *(Text(reason, style="red") for reason in reasons))
