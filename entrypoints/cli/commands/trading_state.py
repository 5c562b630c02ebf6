"""``trading-state``: show or change what all processes of the store may send."""

import click
from returns.pipeline import is_successful

from jainam_prop.domain.orders.trading_state import TradingState
from jainam_prop.entrypoints.cli.answer import Answer, failure, success
from jainam_prop.entrypoints.cli.command import AnsweringCommand
from jainam_prop.entrypoints.cli.context import CliContext

_MEANING = {
    TradingState.ACTIVE: "everything is sent",
    TradingState.REDUCE: "only orders that make a position smaller are sent",
    TradingState.HALT: "nothing is sent; cancels go on",
}


@click.command(cls=AnsweringCommand)
@click.argument("state", required=False, type=click.Choice(list(TradingState), case_sensitive=False))
@click.pass_obj
def trading_state(context: CliContext, state: str | None) -> Answer:
    """Show or change the trading state: ACTIVE, REDUCE or HALT.

    All running processes of the store obey a change within a second. The setting JAINAM_TRADING_STATE of a process
    still counts where it is stricter.
    """
    with context.app() as app:
        if state is not None:
            changed = app.trading_switch.set(TradingState(state.upper()))
            if not is_successful(changed):
                return failure(changed.failure())
        now = app.trading_switch.state
    note = ""
    if state is not None and now != state.upper():
        note = f" The shared state is {state.upper()}, but the settings say {now}."
    return success({"state": now.value}, None, f"{now}: {_MEANING[now]}.{note}")
