"""``cover`` and ``bracket``: entries with protective exits, where the server has them."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import click
from returns.pipeline import is_successful
from returns.result import Result
from rich.console import RenderableType

from jainam_prop.domain.errors import BrokerError, Invalid
from jainam_prop.domain.orders.linked_order import BracketRequest, CoverRequest, LinkedProduct, parts_of
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.orders.ticket import BracketTicket, Ticket, read_bracket, read_bracket_change, read_ticket
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import REHEARSED, Answer, answer_for, failure, success
from jainam_prop.entrypoints.cli.command import command, given, group, order_arguments, trading_options, when_agreed
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.views.books import orders_view
from jainam_prop.entrypoints.cli.views.orders import bracket_preview, changed, cover_preview, ended, placed, refused
from jainam_prop.entrypoints.trading_app import TradingApp


class _Kind(NamedTuple):
    """How one kind of linked order is checked, shown and sent; the ids are of the entry and of its exits."""

    product: LinkedProduct
    prepare: Callable[[TradingApp, Any], Result[CoverRequest, BrokerError] | Result[BracketRequest, BrokerError]]
    preview: Callable[[Any], RenderableType]
    send: Callable[[TradingApp, Session, Any], Result[list[str], BrokerError]]


_COVER: Final = _Kind(
    LinkedProduct.COVER,
    lambda app, ticket: app.cover_orders.prepare(ticket),
    cover_preview,
    lambda app, session, ticket: app.cover_orders.place(session, ticket).map(
        lambda ids: [order_id for order_id in ids if order_id]
    ),
)
_BRACKET: Final = _Kind(
    LinkedProduct.BRACKET,
    lambda app, ticket: app.bracket_orders.prepare(ticket),
    bracket_preview,
    lambda app, session, ticket: app.bracket_orders.place(session, ticket).map(
        lambda entry_id: [entry_id, *(part.order_id for part in _parts(app, session, entry_id)[1:])]
    ),
)


@group
def cover() -> None:
    """Cover orders: an entry with the stop that protects it, where the server has them."""


@command("cover place NSE SBIN BUY 100 --stop 770", name="place", of=cover)
@order_arguments
@click.option("--stop", "trigger_price", required=True, help="Where the stop fires, in rupees.")
@click.option("--type", "-t", "--pricetype", "pricetype", help="Of the entry: MARKET (the default) or LIMIT.")
@click.option("--price", help="Limit of the entry in rupees, for LIMIT.")
@click.option("--disclosed", "disclosed_quantity", help="Units shown to the market; all, if not given.")
@trading_options
def place_cover(context: CliContext, /, *, yes: bool, dry_run: bool, **fields: str | None) -> Answer:
    """Place a cover order. ACTION is BUY or SELL, QUANTITY counts units, SYMBOL is OpenAlgo's."""
    return _place(context, _COVER, read_ticket(given(fields)), yes=yes, dry_run=dry_run)


@command(name="exit", of=cover)
@click.argument("order_id")
@trading_options
def exit_cover(context: CliContext, order_id: str, *, yes: bool, dry_run: bool) -> Answer:
    """Exit a cover order at market. ORDER_ID is that of its stop."""
    exiting = _Change(
        "Exit this cover order at market?",
        lambda app, session: app.cover_orders.exit(session, order_id),
        lambda app, session: ended(app, session, order_id, "Cover order exited"),
    )
    return _change(context, order_id, exiting, yes=yes, dry_run=dry_run)


@group
def bracket() -> None:
    """Bracket orders: an entry with a target and a stop, where the server has them."""


@command("bracket place NSE SBIN BUY 100 --price 780 --target 8 --stop-loss 4", name="place", of=bracket)
@order_arguments
@click.option("--price", required=True, help="Limit of the entry in rupees.")
@click.option("--target", required=True, help="Rupees from the price to the target.")
@click.option("--stop-loss", required=True, help="Rupees from the price to the stop.")
@click.option("--trailing-stop", help="Rupees by which the stop follows the market; not at all, if not given.")
@click.option("--disclosed", "disclosed_quantity", help="Units shown to the market; all, if not given.")
@trading_options
def place_bracket(context: CliContext, /, *, yes: bool, dry_run: bool, **fields: str | None) -> Answer:
    """Place a bracket order. ACTION is BUY or SELL, QUANTITY counts units, SYMBOL is OpenAlgo's."""
    return _place(context, _BRACKET, read_bracket(given(fields)), yes=yes, dry_run=dry_run)


@command(name="modify", of=bracket)
@click.argument("order_id")
@click.option("--stop-loss", required=True, help="Rupees from the price to the stop; no book shows the present one.")
@click.option("--price", help="Limit of the entry in rupees; stays, if not given.")
@click.option("--quantity", help="New total in units; stays, if not given.")
@trading_options
def modify_bracket(context: CliContext, /, order_id: str, *, yes: bool, dry_run: bool, **fields: str | None) -> Answer:
    """Give a bracket new terms while its entry ORDER_ID works."""
    ticket = read_bracket_change(given(fields))
    if ticket.problems:
        return failure(Invalid(ticket.problems), misread=ticket.problems)
    change = _Change(
        "Change this bracket?",
        lambda app, session: app.bracket_orders.modify(session, order_id, ticket),
        lambda app, session: _changed(app, session, order_id),
        "As it is now",
        f"{REHEARSED} The new terms pass every check.",
    )
    return _change(context, order_id, change, yes=yes, dry_run=dry_run)


@command(name="cancel", of=bracket)
@click.argument("order_id")
@trading_options
def cancel_bracket(context: CliContext, order_id: str, *, yes: bool, dry_run: bool) -> Answer:
    """Cancel what still works of the bracket of entry ORDER_ID. What it has filled stays held."""
    cancel = _Change(
        "Cancel this bracket?",
        lambda app, session: app.bracket_orders.cancel(session, order_id),
        lambda app, session: ended(app, session, order_id, "Bracket cancelled"),
        "To be cancelled",
    )
    return _change(context, order_id, cancel, yes=yes, dry_run=dry_run)


def _place(context: CliContext, kind: _Kind, ticket: Ticket | BracketTicket, *, yes: bool, dry_run: bool) -> Answer:
    def send(app: TradingApp, session: Session, quantity: int) -> Answer:
        sent = kind.send(app, session, ticket)
        if not is_successful(sent):
            return refused(sent.failure(), kind.product)
        return placed(app, session, sent.unwrap(), quantity, dry_run=dry_run)

    with context.app(dry_run=dry_run) as app:
        prepared = kind.prepare(app, ticket)
        if not is_successful(prepared):
            return failure(prepared.failure(), misread=ticket.problems)
        order = prepared.unwrap()
        return when_agreed(
            context.terminal,
            f"Send this {kind.product.name.lower()} order?",
            lambda: answer_for(app.sessions.newest(), lambda session: send(app, session, order.quantity)),
            lambda: kind.preview(order),
            yes=yes or dry_run,
        )


class _Change(NamedTuple):
    """A change of a linked order: the question, the act, the answer after it, and what is shown before."""

    question: str
    act: Callable[[TradingApp, Session], Result[Any, BrokerError]]
    after: Callable[[TradingApp, Session], Answer]
    title: str = ""
    rehearsed: str = REHEARSED


def _change(context: CliContext, order_id: str, change: _Change, *, yes: bool, dry_run: bool) -> Answer:
    def made(app: TradingApp, session: Session) -> Answer:
        rehearsed = success({"orderid": order_id, "dry_run": True}, None, change.rehearsed)
        return answer_for(change.act(app, session), lambda _: rehearsed if dry_run else change.after(app, session))

    def before(app: TradingApp, session: Session) -> RenderableType | None:
        parts = _parts(app, session, order_id) if change.title else ()
        return orders_view(app.rows.orders(parts), change.title) if change.title else None

    return context.with_session(
        lambda app, session: when_agreed(
            context.terminal,
            change.question,
            lambda: made(app, session),
            lambda: before(app, session),
            yes=yes or dry_run,
        ),
        dry_run=dry_run,
    )


def _changed(app: TradingApp, session: Session, entry_id: str) -> Answer:
    parts = [part.order_id for part in _parts(app, session, entry_id)]
    return changed(app, session, entry_id, parts, "Bracket changed")


def _parts(app: TradingApp, session: Session, entry_id: str) -> tuple[Order, ...]:
    return parts_of(entry_id, app.read_books.orders(session).value_or(()))
