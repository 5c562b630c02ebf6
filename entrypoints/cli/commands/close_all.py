"""``close-all``: the emergency exit, shown before, while and after it happens."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import click
from returns.pipeline import is_successful
from rich.live import Live

from jainam_prop.application.close_all.close_all import Progress
from jainam_prop.application.close_all.report import CloseReport
from jainam_prop.domain.orders.order import Product
from jainam_prop.domain.positions.close_all import ClosePlan
from jainam_prop.domain.positions.net_position import Trust
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import REHEARSED, Answer, answer_for, contradicted, failure, success
from jainam_prop.entrypoints.cli.command import acting, command, refused_by_person, trading_options
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.symbols import Words
from jainam_prop.entrypoints.cli.terminal import Terminal
from jainam_prop.entrypoints.cli.views.closes import plan_rows, plan_view, progress_view, report_answer
from jainam_prop.entrypoints.trading_app import TradingApp


def _products(_ctx: click.Context, _parameter: click.Parameter, text: str | None) -> frozenset[str] | None:
    if text is None:
        return None
    words = frozenset(word.strip().upper() for word in text.split(",") if word.strip())
    unknown = sorted(words - set(Product))
    if unknown or not words:
        message = f"use some of {', '.join(Product)}, separated by commas"
        raise click.BadParameter(message)
    return words


@command()
@click.option("--products", callback=_products, help="Close only these: some of MIS,NRML,CNC.")
@click.option("--keep-entries", is_flag=True, help="Leave working orders of flat contracts alone.")
@click.option("--without-store", is_flag=True, help="Use no database and no master: log in anew, go by the books.")
@click.option(
    "--trust",
    type=Words([*Trust]),
    callback=lambda _context, _option, word: None if word is None else Trust(word),
    help="Which book counts where the two contradict each other.",
)
@trading_options
def close_all(  # noqa: PLR0913 (one for each option)
    context: CliContext,
    *,
    products: frozenset[str] | None,
    keep_entries: bool,
    trust: Trust | None,
    without_store: bool,
    yes: bool,
    dry_run: bool,
) -> Answer:
    """Square off every open position: cancel all orders, send market orders, and believe only the books.

    Working orders of flat contracts are cancelled too, since they could open a position again.

    With --without-store it logs in anew, which ends the desk's running session, unless JAINAM_AUTH_TOKEN holds one.

    It ends with 0 only when everything in scope was seen flat, and with 3 when something is not known.
    """

    def close(app: TradingApp, session: Session) -> Answer:
        if not yes or dry_run:
            planned = app.close_all_positions.plan(session, products)
            if not is_successful(planned):
                return failure(planned.failure())
            plan = replace(planned.unwrap(), entries=()) if keep_entries else planned.unwrap()
            is_chosen = trust is not None and any(not skip.is_open for skip in plan.skipped)
            if dry_run or (plan.finds_nothing and not is_chosen):
                return _rehearsed(app, plan, dry_run=dry_run)
            context.terminal.show(plan_view(app, plan))
        refused = refused_by_person(context.terminal, "Square all of this off now?", yes=yes)
        return refused or acting(
            lambda: _close(context.terminal, app, session, products, keep_entries=keep_entries, trust=trust)
        )

    return context.without_store(close) if without_store else context.with_session(close)


def _close(  # noqa: PLR0913 (one for each option)
    terminal: Terminal,
    app: TradingApp,
    session: Session,
    products: frozenset[str] | None,
    *,
    keep_entries: bool,
    trust: Trust | None,
) -> Answer:
    with _watched(terminal) as progress:
        outcome = app.close_all_positions(
            session, products, progress, keep_entries=keep_entries, trust=trust, confirm=True
        )
    return answer_for(outcome, lambda report: report_answer(report, products))


@contextmanager
def _watched(terminal: Terminal) -> Iterator[Progress]:
    """Show the progress of the close, on a terminal only."""
    console = terminal.watched
    if not console.is_terminal:
        yield lambda _report: None
        return
    with Live(console=console, transient=True) as live:

        def show(report: CloseReport) -> None:
            live.update(progress_view(report), refresh=True)

        yield show


def _rehearsed(app: TradingApp, plan: ClosePlan, *, dry_run: bool) -> Answer:
    view = None if plan.is_empty else plan_view(app, plan)
    rows = {"dry_run": dry_run, **plan_rows(app, plan)}
    unclear = [f"{skip.broker_symbol} {skip.key.product}: {skip.reason}." for skip in plan.skipped if not skip.is_open]
    if unclear:
        message = " ".join(["Not known to be flat.", *unclear])
        return contradicted(message, rows, view)
    message = "No open position to close." if plan.finds_nothing else REHEARSED
    return success(rows, view, message)
