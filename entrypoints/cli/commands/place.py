"""``place``: one order."""

import click
from returns.pipeline import is_successful

from jainam_prop.application.orders.prepare import prepare
from jainam_prop.domain.orders.ticket import Ticket, read_ticket
from jainam_prop.entrypoints.cli.answer import Answer, failure
from jainam_prop.entrypoints.cli.command import AnsweringCommand, examples
from jainam_prop.entrypoints.cli.placement import placed, preview
from jainam_prop.entrypoints.cli.trading import acting, given, refused_by_person, terms_options, trading_options
from jainam_prop.entrypoints.cli.workplace import Workplace
from jainam_prop.entrypoints.desk import Desk


@click.command(
    cls=AnsweringCommand,
    epilog=examples(
        "place NSE SBIN BUY 100", "place NFO NIFTY26MAR26FUT SELL 75 --product NRML --type LIMIT --price 25010"
    ),
)
@click.argument("exchange")
@click.argument("symbol")
@click.argument("action")
@click.argument("quantity")
@terms_options
@trading_options
@click.pass_obj
def place(workplace: Workplace, /, *, yes: bool, dry_run: bool, **fields: str | None) -> Answer:
    """Place an order: ACTION is BUY or SELL, QUANTITY counts units (not lots), SYMBOL is OpenAlgo's."""
    ticket = read_ticket(given(fields))
    with workplace.desk(dry_run=dry_run) as desk:
        prepared = prepare(ticket, desk.instruments)
        if not is_successful(prepared):
            return failure(prepared.failure())
        if not dry_run and not yes:
            workplace.terminal.show(preview(prepared.unwrap()))
        refused = refused_by_person(workplace.terminal, "Send this order?", yes=yes or dry_run)
        return refused or acting(lambda: _send(desk, ticket, dry_run=dry_run))


def _send(desk: Desk, ticket: Ticket, *, dry_run: bool) -> Answer:
    opened = desk.keeper.log_in()
    if not is_successful(opened):
        return failure(opened.failure())
    outcome = desk.place_order(opened.unwrap(), ticket)
    if not is_successful(outcome):
        return failure(outcome.failure())
    done = outcome.unwrap()
    return placed(desk, opened.unwrap(), done.order_ids, done.quantity, dry_run=dry_run)
