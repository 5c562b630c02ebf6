"""``orders``, ``trades``, ``positions``, ``holdings`` and ``funds``: what the account has and did today."""

from collections.abc import Callable, Sequence
from dataclasses import asdict

import click
from returns.pipeline import is_successful
from returns.result import Result
from rich.console import RenderableType

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.positions.account_books import Funds
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import Answer, failure, success
from jainam_prop.entrypoints.cli.command import AnsweringCommand
from jainam_prop.entrypoints.cli.views.books import (
    Row,
    funds_view,
    holdings_view,
    orders_view,
    positions_view,
    trades_view,
)
from jainam_prop.entrypoints.cli.workplace import Workplace
from jainam_prop.entrypoints.desk import Desk


@click.command(cls=AnsweringCommand)
@click.option("--working", is_flag=True, help="Only those that can still trade.")
@click.pass_obj
def orders(place: Workplace, *, working: bool) -> Answer:
    """Show the day's orders."""

    def read(desk: Desk, session: Session) -> Result[Sequence[Row], BrokerError]:
        found = desk.read_books.orders(session)
        return found.map(lambda book: desk.rows.orders(one for one in book if one.is_working or not working))

    return _book(place, read, orders_view)


@click.command(cls=AnsweringCommand)
@click.pass_obj
def trades(place: Workplace) -> Answer:
    """Show the day's executions."""
    return _book(place, lambda desk, session: desk.read_books.trades(session).map(desk.rows.trades), trades_view)


@click.command(cls=AnsweringCommand)
@click.pass_obj
def positions(place: Workplace) -> Answer:
    """Show the net positions; those closed today stay, with what they earned."""
    return _book(
        place, lambda desk, session: desk.read_books.positions(session).map(desk.rows.positions), positions_view
    )


@click.command(cls=AnsweringCommand)
@click.pass_obj
def holdings(place: Workplace) -> Answer:
    """Show the shares in the depository."""
    return _book(place, lambda desk, session: desk.read_holdings(session).map(desk.rows.holdings), holdings_view)


@click.command(cls=AnsweringCommand)
@click.pass_obj
def funds(place: Workplace) -> Answer:
    """Show the account's limits, in rupees."""

    def read(desk: Desk, session: Session) -> Answer:
        found = desk.read_funds(session)
        if not is_successful(found):
            return failure(found.failure())
        return success(_figures(found.unwrap()), funds_view(found.unwrap()))

    return place.at_desk(read)


def _book(
    place: Workplace,
    read: Callable[[Desk, Session], Result[Sequence[Row], BrokerError]],
    view: Callable[[Sequence[Row]], RenderableType],
) -> Answer:
    def show(desk: Desk, session: Session) -> Answer:
        found = read(desk, session)
        return success(found.unwrap(), view(found.unwrap())) if is_successful(found) else failure(found.failure())

    return place.at_desk(show)


def _figures(funds: Funds) -> dict[str, object]:
    return {name: value if isinstance(value, bool) else float(value) for name, value in asdict(funds).items()}
