"""``cancel`` and ``cancel-all``: take working orders back."""

from collections.abc import Sequence

import click
from returns.pipeline import is_successful
from rich.text import Text

from jainam_prop.application.orders.cancel import Cancellations
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import Answer, ExitStatus, failure, may_be_live, success
from jainam_prop.entrypoints.cli.command import AnsweringCommand
from jainam_prop.entrypoints.cli.trading import REHEARSED, acting, refused_by_person, trading_options
from jainam_prop.entrypoints.cli.views.books import orders_view
from jainam_prop.entrypoints.cli.views.tables import table
from jainam_prop.entrypoints.cli.workplace import Workplace
from jainam_prop.entrypoints.desk import Desk


@click.command(cls=AnsweringCommand)
@click.argument("order_ids", nargs=-1, required=True)
@trading_options
@click.pass_obj
def cancel(workplace: Workplace, order_ids: tuple[str, ...], *, yes: bool, dry_run: bool) -> Answer:
    """Cancel orders by their ids."""

    def take_back(desk: Desk, session: Session) -> Answer:
        if not yes and not dry_run:
            _show_orders(workplace, desk, session, order_ids)
        refused = refused_by_person(workplace.terminal, f"Cancel {_count(order_ids)}?", yes=yes or dry_run)
        return refused or acting(lambda: _told(_cancel_each(desk, session, order_ids), dry_run=dry_run))

    return workplace.at_desk(take_back, dry_run=dry_run)


@click.command(cls=AnsweringCommand)
@trading_options
@click.pass_obj
def cancel_all(workplace: Workplace, *, yes: bool, dry_run: bool) -> Answer:
    """Cancel every order that can still trade, whatever its state is called."""

    def take_back(desk: Desk, session: Session) -> Answer:
        if not yes or dry_run:
            found = desk.read_books.orders(session)
            if not is_successful(found):
                return failure(found.failure())
            working = [order for order in found.unwrap() if order.is_working]
            if not working or dry_run:
                return _rehearsed(desk, working, dry_run=dry_run)
            workplace.terminal.show(orders_view(desk.rows.orders(working), "Working orders"))
        refused = refused_by_person(workplace.terminal, "Cancel all of them?", yes=yes)
        return refused or acting(lambda: _cancel_all(desk, session))

    return workplace.at_desk(take_back)


def _cancel_all(desk: Desk, session: Session) -> Answer:
    outcome = desk.cancel_all_orders(session)
    return _told(outcome.unwrap()) if is_successful(outcome) else failure(outcome.failure())


def _cancel_each(desk: Desk, session: Session, order_ids: Sequence[str]) -> Cancellations:
    cancelled: list[str] = []
    failed: list[tuple[str, BrokerError]] = []
    for order_id in order_ids:
        outcome = desk.cancel_order(session, order_id)
        if is_successful(outcome):
            cancelled.append(order_id)
        else:
            failed.append((order_id, outcome.failure()))
    return Cancellations(tuple(cancelled), tuple(failed))


def _rehearsed(desk: Desk, working: Sequence[Order], *, dry_run: bool) -> Answer:
    rows = desk.rows.orders(working)
    view = orders_view(rows, "Would be cancelled") if rows else None
    message = "No order is working." if not rows else REHEARSED
    return success({"dry_run": dry_run, "orderids": [row["orderid"] for row in rows]}, view, message)


def _show_orders(workplace: Workplace, desk: Desk, session: Session, order_ids: Sequence[str]) -> None:
    found = desk.read_books.orders(session)
    if is_successful(found):
        rows = desk.rows.orders(order for order in found.unwrap() if order.order_id in order_ids)
        workplace.terminal.show(orders_view(rows, "To be cancelled"))


def _told(done: Cancellations, *, dry_run: bool = False) -> Answer:
    """Answer with every order's own outcome."""
    unknown = any(may_be_live(error) for _, error in done.failed)
    status = ExitStatus.UNKNOWN if unknown else ExitStatus.REFUSED if done.failed else ExitStatus.DONE
    word = "unknown" if unknown else "error" if done.failed else "success"
    data = {
        "dry_run": dry_run,
        "cancelled": list(done.cancelled),
        "failed": [{"orderid": order_id, "message": error.message} for order_id, error in done.failed],
    }
    made = table("Cancelled" if not dry_run else "Would be cancelled", "Order", "~Outcome")
    for order_id in done.cancelled:
        made.add_row(order_id, "the broker agreed" if not dry_run else "would be asked for")
    for order_id, error in done.failed:
        made.add_row(order_id, Text(error.message, style="red"))
    view = made if done.cancelled or done.failed else None
    message = REHEARSED if dry_run else "" if view else "No order was working."
    return Answer({"status": word, "data": data}, view, message, status)


def _count(order_ids: Sequence[str]) -> str:
    return "this order" if len(order_ids) == 1 else f"these {len(order_ids)} orders"
