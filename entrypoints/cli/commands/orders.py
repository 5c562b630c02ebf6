"""``place``, ``modify``, ``cancel`` and ``cancel-all``: orders of one contract, and working orders."""

from collections.abc import Sequence

import click
from returns.pipeline import is_successful
from rich.console import Group, RenderableType
from rich.text import Text

from jainam_prop.application.orders.cancel import Cancellations
from jainam_prop.application.orders.modify import working_order
from jainam_prop.domain.errors import BrokerError, Invalid
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.orders.ticket import Ticket, read_ticket
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import REHEARSED, Answer, ExitStatus, answer_for, failure, may_be_live, success
from jainam_prop.entrypoints.cli.command import (
    command,
    given,
    order_arguments,
    terms_options,
    trading_options,
    when_agreed,
)
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.views.books import orders_view
from jainam_prop.entrypoints.cli.views.orders import changed, look_up, order_terms, placed, preview
from jainam_prop.entrypoints.cli.views.tables import DataTable
from jainam_prop.entrypoints.trading_app import TradingApp


@command("place NSE SBIN BUY 100", "place NSE:RELIANCE SELL 75 --type LIMIT --price 1400")
@order_arguments
@terms_options
@trading_options
def place(context: CliContext, /, *, yes: bool, dry_run: bool, **fields: str | None) -> Answer:
    """Place an order: ACTION is BUY or SELL, QUANTITY counts units (not lots), SYMBOL is OpenAlgo's."""
    ticket = read_ticket(given(fields))
    with context.app(dry_run=dry_run) as app:
        prepared = app.checks.order(ticket)
        if not is_successful(prepared):
            return failure(prepared.failure(), misread=ticket.problems)
        return when_agreed(
            context.terminal,
            "Send this order?",
            lambda: answer_for(app.sessions.newest(), lambda session: _place(app, session, ticket, dry_run=dry_run)),
            lambda: preview(prepared.unwrap()),
            yes=yes or dry_run,
        )


def _place(app: TradingApp, session: Session, ticket: Ticket, *, dry_run: bool) -> Answer:
    outcome = app.place_order(session, ticket)
    return answer_for(outcome, lambda done: placed(app, session, done.order_ids, done.quantity, dry_run=dry_run))


@command()
@click.argument("order_id")
@click.option("--quantity", help="New total in units, traded ones included.")
@click.option("--type", "-t", "--pricetype", "pricetype", help="MARKET, LIMIT, SL or SL-M.")
@click.option("--price", help="Limit price in rupees.")
@click.option("--trigger", "--trigger-price", "trigger_price", help="Trigger price in rupees.")
@click.option("--disclosed", "disclosed_quantity", help="Units shown to the market; all, if not given.")
@trading_options
def modify(context: CliContext, /, order_id: str, *, yes: bool, dry_run: bool, **fields: str | None) -> Answer:
    """Give the working order ORDER_ID new terms; what is not named stays as it is."""
    terms = given(fields)
    misread = [problem for problem in read_ticket(terms).problems if problem.partition(" ")[0] in terms]
    if misread:
        return failure(Invalid(tuple(misread)), misread=misread)

    def change(app: TradingApp, session: Session) -> Answer:
        found = app.read_books.orders(session).bind(lambda orders: working_order(orders, order_id))
        if not is_successful(found):
            return failure(found.failure())
        ticket = read_ticket(_present_terms(app, found.unwrap()) | terms)
        prepared = app.checks.order(ticket)
        if not is_successful(prepared):
            return failure(prepared.failure())
        new = f"{prepared.unwrap().quantity} units, {order_terms(prepared.unwrap())}"
        return when_agreed(
            context.terminal,
            f"Change it to {new}?",
            lambda: _modify(app, session, order_id, ticket, dry_run=dry_run),
            lambda: orders_view(app.rows.orders([found.unwrap()]), "As it is now"),
            yes=yes or dry_run,
        )

    return context.with_session(change, dry_run=dry_run)


def _present_terms(app: TradingApp, order: Order) -> dict[str, object]:
    return {
        "symbol": app.rows.symbol(order.instrument, order.broker_symbol),
        "exchange": order.instrument.exchange.value,
        "product": order.product,
        "action": order.side.value,
        "pricetype": "" if order.price_type is None else order.price_type.value,
        "quantity": order.quantity,
        "price": order.price,
        "trigger_price": order.trigger_price,
    }


def _modify(app: TradingApp, session: Session, order_id: str, ticket: Ticket, *, dry_run: bool) -> Answer:
    outcome = app.modify_order(session, order_id, ticket)
    rehearsed = f"{REHEARSED} The new terms pass every check made here."
    if dry_run:
        return answer_for(outcome, lambda _: success({"orderid": order_id, "dry_run": True}, None, rehearsed))
    return answer_for(outcome, lambda _: changed(app, session, order_id, (order_id,), "Order modified"))


@command()
@click.argument("order_ids", nargs=-1, required=True)
@trading_options
def cancel(context: CliContext, order_ids: tuple[str, ...], *, yes: bool, dry_run: bool) -> Answer:
    """Cancel orders by their ids."""

    def take_back(app: TradingApp, session: Session) -> Answer:
        which = "this order" if len(order_ids) == 1 else f"these {len(order_ids)} orders"
        return when_agreed(
            context.terminal,
            f"Cancel {which}?",
            lambda: _cancelled(_cancel_each(app, session, order_ids), dry_run=dry_run),
            lambda: _orders_now(app, session, order_ids),
            yes=yes or dry_run,
        )

    return context.with_session(take_back, dry_run=dry_run)


@command()
@trading_options
def cancel_all(context: CliContext, *, yes: bool, dry_run: bool) -> Answer:
    """Cancel every order that can still trade, whatever its state is called."""

    def take_back(app: TradingApp, session: Session) -> Answer:
        if not yes or dry_run:
            found = app.read_books.orders(session)
            if not is_successful(found):
                return failure(found.failure())
            working = [order for order in found.unwrap() if order.is_working]
            if not working or dry_run:
                return _would_cancel(app, working, dry_run=dry_run)
            context.terminal.show(orders_view(app.rows.orders(working), "Working orders"))
        every = "Cancel all of them?"
        return when_agreed(
            context.terminal, every, lambda: answer_for(app.cancel_orders.all(session), _cancelled), yes=yes
        )

    return context.with_session(take_back)


def _cancel_each(app: TradingApp, session: Session, order_ids: Sequence[str]) -> Cancellations:
    cancelled: list[str] = []
    failed: list[tuple[str, BrokerError]] = []
    for order_id in order_ids:
        outcome = app.cancel_orders.one(session, order_id)
        if is_successful(outcome):
            cancelled.append(order_id)
        else:
            failed.append((order_id, outcome.failure()))
    return Cancellations(tuple(cancelled), tuple(failed))


def _would_cancel(app: TradingApp, working: Sequence[Order], *, dry_run: bool) -> Answer:
    rows = app.rows.orders(working)
    view = orders_view(rows, "Would be cancelled") if rows else None
    message = "No order is working." if not rows else REHEARSED
    return success({"dry_run": dry_run, "orderids": [row["orderid"] for row in rows]}, view, message)


def _orders_now(app: TradingApp, session: Session, order_ids: Sequence[str]) -> RenderableType | None:
    seen = look_up(app, session, order_ids)
    if seen.problem:
        return None
    missing = ", ".join(sorted({*order_ids} - {row["orderid"] for row in seen.rows}))
    parts = [orders_view(seen.rows, "To be cancelled")] if seen.rows else []
    return Group(*parts, *([Text(f"Not in the order book: {missing}")] if missing else []))


def _cancelled(done: Cancellations, *, dry_run: bool = False) -> Answer:
    """Answer with every order's own outcome."""
    unknown = any(may_be_live(error) for _, error in done.failed)
    status = ExitStatus.UNKNOWN if unknown else ExitStatus.REFUSED if done.failed else ExitStatus.DONE
    word = "unknown" if unknown else "error" if done.failed else "success"
    data = {
        "dry_run": dry_run,
        "cancelled": list(done.cancelled),
        "failed": [{"orderid": order_id, "message": error.message} for order_id, error in done.failed],
    }
    made = DataTable("Cancelled" if not dry_run else "Would be cancelled", "Order", "~Outcome")
    for order_id in done.cancelled:
        made.add_row(order_id, "cancelled" if not dry_run else "would be asked for")
    for order_id, error in done.failed:
        made.add_row(order_id, Text(error.message, style="red"))
    view = made if done.cancelled or done.failed else None
    message = REHEARSED if dry_run else done.note if view else "No order was working."
    return Answer({"status": word, "data": data}, view, message, status)
