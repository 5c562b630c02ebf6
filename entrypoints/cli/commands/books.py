"""``orders``, ``trades``, ``positions``, ``holdings``, ``funds`` and ``order``: the books of the account."""

from collections.abc import Callable, Sequence
from dataclasses import asdict

import click
from returns.result import Result
from rich.console import Group, RenderableType
from rich.text import Text

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.positions.position import Funds
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import Answer, answer_for, success
from jainam_prop.entrypoints.cli.command import command
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.views import books
from jainam_prop.entrypoints.cli.views.tables import DataTable, grouped, moment, rupees, terms, zoned
from jainam_prop.entrypoints.trading_app import TradingApp


@command()
@click.option("--working", is_flag=True, help="Only those that can still trade.")
def orders(context: CliContext, *, working: bool) -> Answer:
    """Show the day's orders."""

    def read(app: TradingApp, session: Session) -> Result[Sequence[books.Row], BrokerError]:
        found = app.read_books.orders(session)
        return found.map(lambda book: app.rows.orders(one for one in book if one.is_working or not working))

    return _book(context, read, books.orders_view)


@command()
def trades(context: CliContext) -> Answer:
    """Show the day's executions."""
    return _book(context, lambda app, session: app.read_books.trades(session).map(app.rows.trades), books.trades_view)


@command()
def positions(context: CliContext) -> Answer:
    """Show the net positions; those closed today stay, with what they earned."""
    return _book(
        context, lambda app, session: app.read_books.positions(session).map(app.rows.positions), books.positions_view
    )


@command()
def holdings(context: CliContext) -> Answer:
    """Show the shares in the depository."""
    return _book(
        context, lambda app, session: app.read_account.holdings(session).map(app.rows.holdings), books.holdings_view
    )


@command()
def funds(context: CliContext) -> Answer:
    """Show the account's limits, in rupees."""
    return context.with_session(
        lambda app, session: answer_for(
            app.read_account.funds(session), lambda found: success(_figures(found), books.funds_view(found))
        )
    )


def _book(
    context: CliContext,
    read: Callable[[TradingApp, Session], Result[Sequence[books.Row], BrokerError]],
    view: Callable[[Sequence[books.Row]], RenderableType],
) -> Answer:
    def shown(rows: Sequence[books.Row]) -> Answer:
        return success([zoned(row) for row in rows], view(rows))

    return context.with_session(lambda app, session: answer_for(read(app, session), shown))


def _figures(funds: Funds) -> dict[str, object]:
    return {name: value if isinstance(value, bool) else float(value) for name, value in asdict(funds).items()}


@command()
@click.argument("order_id")
def order(context: CliContext, order_id: str) -> Answer:
    """Show every state that the order ORDER_ID passed through, oldest first, in the broker's words."""
    return context.with_session(
        lambda app, session: answer_for(
            app.read_books.order_history(session, order_id),
            lambda states: success([_state_row(state) for state in states], _states_view(app, states)),
        )
    )


def _state_row(state: Order) -> dict[str, object]:
    return {
        "orderid": state.order_id,
        "state": state.state.value,
        "timestamp": None if state.updated_at is None else moment(state.updated_at),
        "pricetype": "UNKNOWN" if state.price_type is None else state.price_type.value,
        "quantity": state.quantity,
        "filled_quantity": state.filled,
        "pending_quantity": state.pending,
        "price": float(state.price),
        "trigger_price": float(state.trigger_price),
        "average_price": float(state.average_price),
        "reason": state.reason,
    }


def _states_view(app: TradingApp, states: Sequence[Order]) -> RenderableType:
    last = states[-1]
    symbol = app.rows.symbol(last.instrument, last.broker_symbol)
    title = f"Order {last.order_id}: {last.side.value} {symbol} {last.instrument.exchange} {last.product}"
    made = DataTable(title, "Time", "State", "Terms?", ">Qty", ">Filled", ">Average")
    for state in states:
        made.add_row(
            "" if state.updated_at is None else f"{state.updated_at:%H:%M:%S}",
            state.state.value,
            terms(_state_row(state)),
            grouped(state.quantity),
            grouped(state.filled) if state.filled else "",
            rupees(state.average_price) if state.filled else "",
        )
    reasons = dict.fromkeys(state.reason for state in states if state.reason)
    return Group(made, *(Text(reason, style="red") for reason in reasons))
