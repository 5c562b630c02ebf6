"""``cover``: an entry with the stop that protects it, and the way out of both."""

import click
from returns.pipeline import is_successful

from jainam_prop.domain.orders.linked_order import CoverRequest, LinkedProduct
from jainam_prop.domain.orders.ticket import Ticket, read_ticket
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import Answer, failure, success
from jainam_prop.entrypoints.cli.command import CONTEXT, AnsweringCommand, examples
from jainam_prop.entrypoints.cli.placement import placed
from jainam_prop.entrypoints.cli.trading import REHEARSED, acting, given, refused_by_person, trading_options
from jainam_prop.entrypoints.cli.views.linked import cover_preview, ended, refused
from jainam_prop.entrypoints.cli.workplace import Workplace
from jainam_prop.entrypoints.desk import Desk


@click.group(context_settings=CONTEXT)
def cover() -> None:
    """Cover orders: an entry with the stop that protects it, where the server has them."""


@cover.command(cls=AnsweringCommand, epilog=examples("cover place NSE SBIN BUY 100 --stop 770"))
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
def place(workplace: Workplace, /, *, yes: bool, dry_run: bool, **fields: str | None) -> Answer:
    """Place a cover order: ACTION is BUY or SELL, QUANTITY counts units, SYMBOL is OpenAlgo's."""
    ticket = read_ticket(given(fields))
    with workplace.desk(dry_run=dry_run) as desk:
        prepared = desk.place_cover.prepare(ticket)
        if not is_successful(prepared):
            return failure(prepared.failure())
        order = prepared.unwrap()
        if not dry_run and not yes:
            workplace.terminal.show(cover_preview(order))
        declined = refused_by_person(workplace.terminal, "Send this cover order?", yes=yes or dry_run)
        return declined or acting(lambda: _send(desk, ticket, order, dry_run=dry_run))


def _send(desk: Desk, ticket: Ticket, order: CoverRequest, *, dry_run: bool) -> Answer:
    opened = desk.keeper.log_in()
    if not is_successful(opened):
        return failure(opened.failure())
    outcome = desk.place_cover(opened.unwrap(), ticket)
    if not is_successful(outcome):
        return refused(outcome.failure(), LinkedProduct.COVER, order.instrument.exchange)
    ids = [order_id for order_id in outcome.unwrap() if order_id]
    return placed(desk, opened.unwrap(), ids, order.quantity, dry_run=dry_run)


@cover.command(cls=AnsweringCommand, name="exit")
@click.argument("order_id")
@trading_options
@click.pass_obj
def exit_(workplace: Workplace, order_id: str, *, yes: bool, dry_run: bool) -> Answer:
    """Exit a cover order at market; ORDER_ID is the one of its stop."""

    def leave(desk: Desk, session: Session) -> Answer:
        declined = refused_by_person(workplace.terminal, "Exit this cover order at market?", yes=yes or dry_run)
        return declined or acting(lambda: _exit(desk, session, order_id, dry_run=dry_run))

    return workplace.at_desk(leave, dry_run=dry_run)


def _exit(desk: Desk, session: Session, order_id: str, *, dry_run: bool) -> Answer:
    outcome = desk.exit_cover(session, order_id)
    if not is_successful(outcome):
        return failure(outcome.failure())
    if dry_run:
        return success({"orderid": order_id, "dry_run": True}, None, REHEARSED)
    return ended(desk, session, order_id, "Cover order exited")
