"""``smart``: whatever takes a position to its target."""

import click
from returns.pipeline import is_successful
from rich.console import RenderableType

from jainam_prop.application.orders.prepare import prepare_smart
from jainam_prop.domain.errors import Invalid
from jainam_prop.domain.orders.order import OrderRequest
from jainam_prop.domain.orders.ticket import Ticket, read_smart_ticket
from jainam_prop.domain.positions.smart_order import NoTrade
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import Answer, failure, success
from jainam_prop.entrypoints.cli.command import AnsweringCommand, examples
from jainam_prop.entrypoints.cli.placement import instrument_words, order_terms, placed
from jainam_prop.entrypoints.cli.trading import acting, given, refused_by_person, terms_options, trading_options
from jainam_prop.entrypoints.cli.views.tables import facts
from jainam_prop.entrypoints.cli.workplace import Workplace
from jainam_prop.entrypoints.desk import Desk


@click.command(
    cls=AnsweringCommand,
    epilog=examples("smart NSE SBIN --target 100", "smart NSE SBIN --target -50", "smart NSE SBIN --target 0"),
)
@click.argument("exchange")
@click.argument("symbol")
@click.option(
    "--target", "--position-size", "position_size", required=True, help="Wanted position in signed units; 0 closes."
)
@terms_options
@trading_options
@click.pass_obj
def smart(workplace: Workplace, /, *, yes: bool, dry_run: bool, **fields: str | None) -> Answer:
    """Take the position in SYMBOL to a target: the difference to what is held and under way is traded."""
    ticket, target = read_smart_ticket(given(fields))
    with workplace.desk(dry_run=dry_run) as desk:
        prepared = prepare_smart(ticket, desk.instruments)
        if target is None or not is_successful(prepared):
            return failure(Invalid(ticket.problems) if is_successful(prepared) else prepared.failure())
        opened = desk.keeper.log_in()
        if not is_successful(opened):
            return failure(opened.failure())
        session = opened.unwrap()
        if not yes and not dry_run:
            workplace.terminal.show(_preview(desk, session, prepared.unwrap(), target))
        refused = refused_by_person(workplace.terminal, "Trade the difference?", yes=yes or dry_run)
        return refused or acting(lambda: _send(desk, session, ticket, target, dry_run=dry_run))


def _preview(desk: Desk, session: Session, order: OrderRequest, target: int) -> RenderableType:
    instrument = order.instrument
    held = desk.open_position(session, instrument.symbol, instrument.exchange, order.product)
    now = f"{held.unwrap():+d}" if is_successful(held) else f"unknown: {held.failure().message}"
    return facts(
        "Smart order",
        [
            ("Instrument", instrument_words(instrument)),
            ("Product", order.product.value),
            ("Held now", now),
            ("Target", f"{target:+d}"),
            ("Terms", order_terms(order)),
        ],
    )


def _send(desk: Desk, session: Session, ticket: Ticket, target: int | None, *, dry_run: bool) -> Answer:
    outcome = desk.smart_order(session, ticket, target)
    if not is_successful(outcome):
        return failure(outcome.failure())
    done = outcome.unwrap()
    if isinstance(done, NoTrade):
        message = f"{done.reason}. No action needed."
        answer = success({"orderids": [], "quantity": 0}, None, message)
        return Answer({**answer.document, "message": message}, None, message)
    return placed(desk, session, done.order_ids, done.quantity, dry_run=dry_run)
