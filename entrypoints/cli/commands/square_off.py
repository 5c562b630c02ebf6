"""``square-off`` and ``square-off-all``: the broker's own, asked for on purpose and believed only when seen."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, TypeVar

import click
from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.application.close_all.report import CloseReport
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.exchange import LISTED_EXCHANGES
from jainam_prop.domain.orders.linked_order import LinkedProduct
from jainam_prop.domain.orders.order import Product
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import Answer, failure, refusal, success
from jainam_prop.entrypoints.cli.command import AnsweringCommand
from jainam_prop.entrypoints.cli.trading import REHEARSED, acting, refused_by_person, trading_options
from jainam_prop.entrypoints.cli.views.books import positions_view
from jainam_prop.entrypoints.cli.views.closes import report_answer, report_view
from jainam_prop.entrypoints.cli.workplace import Workplace
from jainam_prop.entrypoints.desk import Desk

_Function = TypeVar("_Function", bound=Callable[..., Any])

_TITLE: Final = "Square-off by the broker"
_EXCHANGES: Final = click.Choice([each.value for each in LISTED_EXCHANGES if not each.is_index], case_sensitive=False)
_PRODUCTS: Final = click.Choice([*Product, *LinkedProduct], case_sensitive=False)


def _native_option(function: _Function) -> _Function:
    return click.option(
        "--native", is_flag=True, help="Use the broker's own call although JAINAM_NATIVE_SQUAREOFF does not allow it."
    )(function)


@click.command(cls=AnsweringCommand)
@click.argument("exchange", type=_EXCHANGES, metavar="EXCHANGE")
@click.argument("symbol")
@click.option("--product", "-p", type=_PRODUCTS, default="MIS", show_default=True, help="What it is carried as.")
@_native_option
@trading_options
@click.pass_obj
def square_off(  # noqa: PLR0913 (one for each option)
    workplace: Workplace, /, *, exchange: str, symbol: str, product: str, native: bool, yes: bool, dry_run: bool
) -> Answer:
    """Let the broker square off the whole position in SYMBOL, and cancel its orders.

    The orders are the broker's own; "smart --target 0" does the same with an order of ours. It ends with 0 only when
    the position book was seen flat.
    """

    def close(desk: Desk, session: Session) -> Answer:
        instrument = desk.instruments.find(symbol, exchange)
        if instrument is None:
            return refusal(f"symbol {symbol!r} is not listed on {exchange}", "invalid")
        key = PositionKey(instrument.key, product)
        question = f"Let the broker square off {symbol} {product}?"
        declined = refused_by_person(workplace.terminal, question, yes=yes or dry_run)
        return declined or acting(
            lambda: _told(desk.native_square_off.one(session, key, insist=native), dry_run=dry_run)
        )

    return workplace.at_desk(close, dry_run=dry_run)


@click.command(cls=AnsweringCommand)
@_native_option
@trading_options
@click.pass_obj
def square_off_all(workplace: Workplace, *, native: bool, yes: bool, dry_run: bool) -> Answer:
    """Let the broker square off every position of the account.

    The orders are the broker's own, and it leaves working orders alone; "close-all" cancels them first and sends orders
    of ours. It ends with 0 only when the position book was seen flat and no order of these positions works.
    """

    def close(desk: Desk, session: Session) -> Answer:
        if not yes and not dry_run:
            found = desk.native_square_off.open_positions(session)
            if not is_successful(found):
                return failure(found.failure())
            workplace.terminal.show(positions_view(desk.rows.positions(found.unwrap())))
        declined = refused_by_person(workplace.terminal, "Let the broker square all of it off?", yes=yes or dry_run)
        return declined or acting(lambda: _told(desk.native_square_off.all(session, insist=native), dry_run=dry_run))

    return workplace.at_desk(close, dry_run=dry_run)


def _told(outcome: Result[CloseReport, BrokerError], *, dry_run: bool) -> Answer:
    if not is_successful(outcome):
        return failure(outcome.failure())
    report = outcome.unwrap()
    if not report.legs:
        return report_answer(report, None)
    view = report_view(report, _TITLE)
    if dry_run:
        rows = [{"symbol": leg.symbol, "product": leg.key.product, "held": leg.net} for leg in report.legs]
        return success({"dry_run": True, "legs": rows}, view, REHEARSED)
    return replace(report_answer(report, None), view=view)
