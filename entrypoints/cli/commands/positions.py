"""``smart``, ``convert``, ``square-off`` and ``square-off-all``: commands that change a position."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeVar

import click
from returns.pipeline import is_successful
from returns.result import Result
from rich.console import RenderableType

from jainam_prop.application.close_all.report import CloseReport
from jainam_prop.application.instruments.find import FindInstrument
from jainam_prop.domain.errors import BrokerError, Invalid
from jainam_prop.domain.exchange import LISTED_EXCHANGES
from jainam_prop.domain.orders.linked_order import LinkedProduct
from jainam_prop.domain.orders.order import OrderRequest, Product
from jainam_prop.domain.orders.ticket import Ticket, TicketReader, read_smart_ticket
from jainam_prop.domain.positions.conversion import Conversion
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import REHEARSED, Answer, answer_for, failure, refusal, success
from jainam_prop.entrypoints.cli.command import command, given, terms_options, trading_options, when_agreed
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.symbols import Words
from jainam_prop.entrypoints.cli.views.books import positions_view
from jainam_prop.entrypoints.cli.views.closes import report_answer, report_view
from jainam_prop.entrypoints.cli.views.orders import instrument_words, order_terms, smart_answer
from jainam_prop.entrypoints.cli.views.tables import Facts, held, units
from jainam_prop.entrypoints.trading_app import TradingApp


@command("smart NSE SBIN --target 100", "smart NSE SBIN --target -50", "smart NSE SBIN --target 0")
@click.argument("exchange")
@click.argument("symbol")
@click.option(
    "--target", "--position-size", "position_size", required=True, help="Wanted position in signed units; 0 closes."
)
@terms_options
@trading_options
def smart(context: CliContext, /, *, yes: bool, dry_run: bool, **fields: str | None) -> Answer:
    """Take the position in SYMBOL to a target: the difference to what is held and under way is traded."""
    ticket, target = read_smart_ticket(given(fields))
    with context.app(dry_run=dry_run) as app:
        prepared = app.checks.smart_order(ticket)
        if target is None or not is_successful(prepared):
            error = Invalid(ticket.problems) if is_successful(prepared) else prepared.failure()
            return failure(error, misread=ticket.problems)
        return answer_for(
            app.sessions.newest(),
            lambda session: when_agreed(
                context.terminal,
                "Trade the difference?",
                lambda: _trade_difference(app, session, ticket, target, dry_run=dry_run),
                lambda: _smart_preview(app, session, prepared.unwrap(), target),
                yes=yes or dry_run,
            ),
        )


def _smart_preview(app: TradingApp, session: Session, order: OrderRequest, target: int) -> RenderableType:
    instrument = order.instrument
    net = app.read_books.net_position(session, instrument.symbol, instrument.exchange, order.product)
    now = held(net.unwrap()) if is_successful(net) else f"unknown: {net.failure().message}"
    return Facts(
        "Smart order",
        [
            ("Instrument", instrument_words(instrument)),
            ("Product", order.product.value),
            ("Held now", now),
            ("Target", held(target)),
            ("Terms", order_terms(order)),
        ],
    )


def _trade_difference(
    app: TradingApp, session: Session, ticket: Ticket, target: int | None, *, dry_run: bool
) -> Answer:
    outcome = app.smart_order(session, ticket, target)
    if not is_successful(outcome):
        return failure(outcome.failure())
    return smart_answer(app, session, outcome.unwrap(), dry_run=dry_run)


@command("convert NSE SBIN 100 --from MIS --to CNC")
@click.argument("exchange")
@click.argument("symbol")
@click.argument("quantity")
@click.option("--from", "from", required=True, help="What it is carried as now: MIS, NRML or CNC.")
@click.option("--to", required=True, help="What it shall be carried as.")
@trading_options
def convert(context: CliContext, /, *, yes: bool, dry_run: bool, **fields: str | None) -> Answer:
    """Carry QUANTITY units of the position in SYMBOL under another product; they keep their side.

    It ends with 0 only when the position book showed them there.
    """
    reader = TicketReader(given(fields))
    symbol, exchange, quantity = reader.text("symbol"), reader.exchange(), reader.units("quantity")
    source, target = reader.word("from", Product), reader.word("to", Product)
    if symbol is None or exchange is None or quantity is None or source is None or target is None:
        return failure(Invalid(reader.problems), misread=reader.problems)

    def carry(app: TradingApp, session: Session) -> Answer:
        instrument = FindInstrument(app.instruments)(symbol, exchange)
        if not is_successful(instrument):
            return failure(instrument.failure())
        conversion = Conversion(instrument.unwrap(), quantity, source, target)
        what = f"{conversion.quantity} units of {instrument_words(conversion.instrument)}"
        question = f"Carry {what} as {conversion.target} instead of {conversion.source}?"
        act = partial(_convert, app, session, conversion, dry_run=dry_run)
        return when_agreed(context.terminal, question, act, yes=yes or dry_run)

    return context.with_session(carry, dry_run=dry_run)


def _convert(app: TradingApp, session: Session, conversion: Conversion, *, dry_run: bool) -> Answer:
    outcome = app.convert_position(session, conversion)
    if not is_successful(outcome):
        return failure(outcome.failure())
    if dry_run:
        return success({"dry_run": True}, None, f"{REHEARSED} It passes every check made here.")
    source, target = conversion.source.value, conversion.target.value
    nets = {source: outcome.unwrap().source_net or 0, target: outcome.unwrap().target_net or 0}
    view = Facts("Now held", [(product, units(net)) for product, net in nets.items()])
    return success({"symbol": conversion.instrument.symbol, "net": nets}, view)


_Function = TypeVar("_Function", bound=Callable[..., Any])

_TITLE: Final = "Square-off by the broker"
_EXCHANGES: Final = Words([each.value for each in LISTED_EXCHANGES if not each.is_index])
_PRODUCTS: Final = Words([each.value for words in (Product, LinkedProduct) for each in words])


def _native_option(function: _Function) -> _Function:
    return click.option(
        "--native", is_flag=True, help="Use the broker's own call although JAINAM_NATIVE_SQUAREOFF does not allow it."
    )(function)


@command()
@click.argument("exchange", type=_EXCHANGES, metavar="EXCHANGE")
@click.argument("symbol")
@click.option("--product", "-p", type=_PRODUCTS, default="MIS", show_default=True, help="What it is carried as.")
@_native_option
@trading_options
def square_off(  # noqa: PLR0913 (one for each option)
    context: CliContext, /, *, exchange: str, symbol: str, product: str, native: bool, yes: bool, dry_run: bool
) -> Answer:
    """Let the broker square off the whole position in SYMBOL, and cancel its orders.

    The orders are the broker's own; "smart --target 0" does the same with an order of ours. It ends with 0 only when
    the position book was seen flat.
    """

    def close(app: TradingApp, session: Session) -> Answer:
        instrument = app.instruments.find(symbol, exchange)
        if instrument is None:
            return refusal(f"symbol {symbol!r} is not listed on {exchange}", "invalid")
        key = PositionKey(instrument.key, product)
        question = f"Let the broker square off {symbol} {product}?"
        return when_agreed(
            context.terminal,
            question,
            lambda: _squared_off(app.native_square_off.one(session, key, insist=native), dry_run=dry_run),
            yes=yes or dry_run,
        )

    return context.with_session(close, dry_run=dry_run)


@command()
@_native_option
@trading_options
def square_off_all(context: CliContext, *, native: bool, yes: bool, dry_run: bool) -> Answer:
    """Let the broker square off every position of the account.

    The orders are the broker's own, and it leaves working orders alone; "close-all" cancels them first and sends orders
    of ours. It ends with 0 only when the position book was seen flat and no order of these positions works.
    """

    def close(app: TradingApp, session: Session) -> Answer:
        if not yes and not dry_run:
            found = app.native_square_off.open_positions(session)
            if not is_successful(found):
                return failure(found.failure())
            context.terminal.show(positions_view(app.rows.positions(found.unwrap())))
        return when_agreed(
            context.terminal,
            "Let the broker square all of it off?",
            lambda: _squared_off(app.native_square_off.all(session, insist=native), dry_run=dry_run),
            yes=yes or dry_run,
        )

    return context.with_session(close, dry_run=dry_run)


def _squared_off(outcome: Result[CloseReport, BrokerError], *, dry_run: bool) -> Answer:
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
