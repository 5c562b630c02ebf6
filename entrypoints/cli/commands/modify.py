"""``modify``: new terms for a working order; what is not named stays as it is."""

import click
from returns.pipeline import is_successful

from jainam_prop.application.orders.prepare import prepare
from jainam_prop.application.orders.working_order import working_order
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.orders.ticket import Ticket, read_ticket
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import Answer, failure, success
from jainam_prop.entrypoints.cli.command import AnsweringCommand
from jainam_prop.entrypoints.cli.placement import look_up, order_terms
from jainam_prop.entrypoints.cli.trading import REHEARSED, acting, given, refused_by_person, trading_options
from jainam_prop.entrypoints.cli.views.books import orders_view
from jainam_prop.entrypoints.cli.workplace import Workplace
from jainam_prop.entrypoints.desk import Desk


@click.command(cls=AnsweringCommand)
@click.argument("order_id")
@click.option("--quantity", help="New total in units, traded ones included.")
@click.option("--type", "-t", "--pricetype", "pricetype", help="MARKET, LIMIT, SL or SL-M.")
@click.option("--price", help="Limit price in rupees.")
@click.option("--trigger", "--trigger-price", "trigger_price", help="Trigger price in rupees.")
@click.option("--disclosed", "disclosed_quantity", help="Units shown to the market; all, if not given.")
@trading_options
@click.pass_obj
def modify(workplace: Workplace, /, order_id: str, *, yes: bool, dry_run: bool, **fields: str | None) -> Answer:
    """Give the working order ORDER_ID new terms; what is not named stays as it is."""

    def change(desk: Desk, session: Session) -> Answer:
        found = desk.read_books.orders(session).bind(lambda orders: working_order(orders, order_id))
        if not is_successful(found):
            return failure(found.failure())
        ticket = read_ticket(_present_terms(desk, found.unwrap()) | given(fields))
        prepared = prepare(ticket, desk.instruments)
        if not is_successful(prepared):
            return failure(prepared.failure())
        if not yes and not dry_run:
            workplace.terminal.show(orders_view(desk.rows.orders([found.unwrap()]), "As it is now"))
        new = f"{prepared.unwrap().quantity} units, {order_terms(prepared.unwrap())}"
        refused = refused_by_person(workplace.terminal, f"Change it to {new}?", yes=yes or dry_run)
        return refused or acting(lambda: _send(desk, session, order_id, ticket, dry_run=dry_run))

    return workplace.at_desk(change, dry_run=dry_run)


def _present_terms(desk: Desk, order: Order) -> dict[str, object]:
    return {
        "symbol": desk.rows.symbol(order.instrument, order.broker_symbol),
        "exchange": order.instrument.exchange.value,
        "product": order.product,
        "action": order.side.value,
        "pricetype": "" if order.price_type is None else order.price_type.value,
        "quantity": order.quantity,
        "price": order.price,
        "trigger_price": order.trigger_price,
    }


def _send(desk: Desk, session: Session, order_id: str, ticket: Ticket, *, dry_run: bool) -> Answer:
    outcome = desk.modify_order(session, order_id, ticket)
    if not is_successful(outcome):
        return failure(outcome.failure())
    data: dict[str, object] = {"orderid": order_id}
    if dry_run:
        return success(data | {"dry_run": True}, None, f"{REHEARSED} The new terms pass every check made here.")
    seen = look_up(desk, session, (order_id,))
    view = orders_view(seen.rows, "Order modified") if seen.rows else None
    return success(data | {"orders": list(seen.rows)}, view, seen.problem)
