"""``cover`` and ``bracket``: entries with protective exits, where the server has them."""

import click
from returns.pipeline import is_successful

from jainam_prop.domain.errors import Invalid
from jainam_prop.domain.orders.linked_order import BracketRequest, CoverRequest, LinkedProduct
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.orders.ticket import (
    BracketChangeTicket,
    BracketTicket,
    Ticket,
    read_bracket,
    read_bracket_change,
    read_ticket,
)
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import REHEARSED, Answer, failure, success
from jainam_prop.entrypoints.cli.command import AnsweringCommand, acting, given, refused_by_person, trading_options
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.usage import HELP_SETTINGS, SuggestingGroup, examples
from jainam_prop.entrypoints.cli.views.books import orders_view
from jainam_prop.entrypoints.cli.views.orders import (
    bracket_preview,
    cover_preview,
    ended,
    look_up,
    parts_of,
    placed,
    refused,
)
from jainam_prop.entrypoints.trading_app import TradingApp


@click.group(cls=SuggestingGroup, context_settings=HELP_SETTINGS)
def cover() -> None:
    """Cover orders: an entry with the stop that protects it, where the server has them."""


@cover.command(name="place", cls=AnsweringCommand, epilog=examples("cover place NSE SBIN BUY 100 --stop 770"))
@click.argument("exchange")
@click.argument("symbol")
@click.argument("action")
@click.argument("quantity")
@click.option("--stop", "trigger_price", required=True, help="Where the stop fires, in rupees.")
@click.option("--type", "-t", "--pricetype", "pricetype", help="Of the entry: MARKET (the default) or LIMIT.")
@click.option("--price", help="Limit of the entry in rupees, for LIMIT.")
@click.option("--disclosed", "disclosed_quantity", help="Units shown to the market; all, if not given.")
@trading_options
@click.pass_obj
def place_cover(context: CliContext, /, *, yes: bool, dry_run: bool, **fields: str | None) -> Answer:
    """Place a cover order: ACTION is BUY or SELL, QUANTITY counts units, SYMBOL is OpenAlgo's."""
    ticket = read_ticket(given(fields))
    with context.app(dry_run=dry_run) as app:
        prepared = app.cover_orders.prepare(ticket)
        if not is_successful(prepared):
            return failure(prepared.failure(), misread=ticket.problems)
        order = prepared.unwrap()
        if not dry_run and not yes:
            context.terminal.show(cover_preview(order))
        declined = refused_by_person(context.terminal, "Send this cover order?", yes=yes or dry_run)
        return declined or acting(lambda: _place_cover(app, ticket, order, dry_run=dry_run))


def _place_cover(app: TradingApp, ticket: Ticket, order: CoverRequest, *, dry_run: bool) -> Answer:
    opened = app.sessions.newest()
    if not is_successful(opened):
        return failure(opened.failure())
    outcome = app.cover_orders.place(opened.unwrap(), ticket)
    if not is_successful(outcome):
        return refused(outcome.failure(), LinkedProduct.COVER)
    ids = [order_id for order_id in outcome.unwrap() if order_id]
    return placed(app, opened.unwrap(), ids, order.quantity, dry_run=dry_run)


@cover.command(cls=AnsweringCommand, name="exit")
@click.argument("order_id")
@trading_options
@click.pass_obj
def exit_cover(context: CliContext, order_id: str, *, yes: bool, dry_run: bool) -> Answer:
    """Exit a cover order at market; ORDER_ID is the one of its stop."""

    def leave(app: TradingApp, session: Session) -> Answer:
        declined = refused_by_person(context.terminal, "Exit this cover order at market?", yes=yes or dry_run)
        return declined or acting(lambda: _exit_cover(app, session, order_id, dry_run=dry_run))

    return context.with_session(leave, dry_run=dry_run)


def _exit_cover(app: TradingApp, session: Session, order_id: str, *, dry_run: bool) -> Answer:
    outcome = app.cover_orders.exit(session, order_id)
    if not is_successful(outcome):
        return failure(outcome.failure())
    if dry_run:
        return success({"orderid": order_id, "dry_run": True}, None, REHEARSED)
    return ended(app, session, order_id, "Cover order exited")


@click.group(cls=SuggestingGroup, context_settings=HELP_SETTINGS)
def bracket() -> None:
    """Bracket orders: an entry with a target and a stop, where the server has them."""


@bracket.command(
    name="place",
    cls=AnsweringCommand,
    epilog=examples("bracket place NSE SBIN BUY 100 --price 780 --target 8 --stop-loss 4"),
)
@click.argument("exchange")
@click.argument("symbol")
@click.argument("action")
@click.argument("quantity")
@click.option("--price", required=True, help="Limit of the entry in rupees.")
@click.option("--target", required=True, help="Rupees from the price to the target.")
@click.option("--stop-loss", required=True, help="Rupees from the price to the stop.")
@click.option("--trailing-stop", help="Rupees by which the stop follows the market; not at all, if not given.")
@click.option("--disclosed", "disclosed_quantity", help="Units shown to the market; all, if not given.")
@trading_options
@click.pass_obj
def place_bracket(context: CliContext, /, *, yes: bool, dry_run: bool, **fields: str | None) -> Answer:
    """Place a bracket order: ACTION is BUY or SELL, QUANTITY counts units, SYMBOL is OpenAlgo's."""
    ticket = read_bracket(given(fields))
    with context.app(dry_run=dry_run) as app:
        prepared = app.bracket_orders.prepare(ticket)
        if not is_successful(prepared):
            return failure(prepared.failure(), misread=ticket.problems)
        order = prepared.unwrap()
        if not dry_run and not yes:
            context.terminal.show(bracket_preview(order))
        declined = refused_by_person(context.terminal, "Send this bracket order?", yes=yes or dry_run)
        return declined or acting(lambda: _place_bracket(app, ticket, order, dry_run=dry_run))


def _place_bracket(app: TradingApp, ticket: BracketTicket, order: BracketRequest, *, dry_run: bool) -> Answer:
    opened = app.sessions.newest()
    if not is_successful(opened):
        return failure(opened.failure())
    session = opened.unwrap()
    outcome = app.bracket_orders.place(session, ticket)
    if not is_successful(outcome):
        return refused(outcome.failure(), LinkedProduct.BRACKET)
    entry_id = outcome.unwrap()
    exits = [] if dry_run else [part.order_id for part in _parts(app, session, entry_id)[1:]]
    return placed(app, session, [entry_id, *exits], order.quantity, dry_run=dry_run)


@bracket.command(name="modify", cls=AnsweringCommand)
@click.argument("order_id")
@click.option("--stop-loss", required=True, help="Rupees from the price to the stop; no book shows the present one.")
@click.option("--price", help="Limit of the entry in rupees; stays, if not given.")
@click.option("--quantity", help="New total in units; stays, if not given.")
@trading_options
@click.pass_obj
def modify_bracket(context: CliContext, /, order_id: str, *, yes: bool, dry_run: bool, **fields: str | None) -> Answer:
    """Give the bracket with the entry ORDER_ID new terms, while that entry still works."""
    ticket = read_bracket_change(given(fields))
    if ticket.problems:
        return failure(Invalid(ticket.problems), misread=ticket.problems)

    def change(app: TradingApp, session: Session) -> Answer:
        if not yes and not dry_run:
            rows = app.rows.orders(_parts(app, session, order_id))
            context.terminal.show(orders_view(rows, "As it is now"))
        declined = refused_by_person(context.terminal, "Change this bracket?", yes=yes or dry_run)
        return declined or acting(lambda: _modify_bracket(app, session, order_id, ticket, dry_run=dry_run))

    return context.with_session(change, dry_run=dry_run)


def _modify_bracket(
    app: TradingApp, session: Session, order_id: str, ticket: BracketChangeTicket, *, dry_run: bool
) -> Answer:
    outcome = app.bracket_orders.modify(session, order_id, ticket)
    if not is_successful(outcome):
        return failure(outcome.failure())
    if dry_run:
        return success({"orderid": order_id, "dry_run": True}, None, f"{REHEARSED} The new terms pass every check.")
    seen = look_up(app, session, [part.order_id for part in _parts(app, session, order_id)])
    view = orders_view(seen.rows, "Bracket changed") if seen.rows else None
    return success({"orderid": order_id, "orders": seen.documents}, view, seen.problem)


@bracket.command(name="cancel", cls=AnsweringCommand)
@click.argument("order_id")
@trading_options
@click.pass_obj
def cancel_bracket(context: CliContext, order_id: str, *, yes: bool, dry_run: bool) -> Answer:
    """Cancel whatever still works of the bracket with the entry ORDER_ID; what it has filled stays held."""

    def end(app: TradingApp, session: Session) -> Answer:
        if not yes and not dry_run:
            rows = app.rows.orders(_parts(app, session, order_id))
            context.terminal.show(orders_view(rows, "To be cancelled"))
        declined = refused_by_person(context.terminal, "Cancel this bracket?", yes=yes or dry_run)
        return declined or acting(lambda: _cancel_bracket(app, session, order_id, dry_run=dry_run))

    return context.with_session(end, dry_run=dry_run)


def _cancel_bracket(app: TradingApp, session: Session, order_id: str, *, dry_run: bool) -> Answer:
    outcome = app.bracket_orders.cancel(session, order_id)
    if not is_successful(outcome):
        return failure(outcome.failure())
    if dry_run:
        return success({"orderid": order_id, "dry_run": True}, None, REHEARSED)
    return ended(app, session, order_id, "Bracket cancelled")


def _parts(app: TradingApp, session: Session, entry_id: str) -> tuple[Order, ...]:
    return parts_of(entry_id, app.read_books.orders(session).value_or(()))
