"""``journal``: the intended orders with their outcomes."""

from datetime import timedelta

import click
from returns.pipeline import is_successful

from jainam_prop.application.recovery import Resolution
from jainam_prop.domain.market_data.calendar import book_day
from jainam_prop.domain.orders.journal import CLEARANCE, IntentState, JournalEntry
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import STATUS_WORD, Answer, ExitStatus, failure, success
from jainam_prop.entrypoints.cli.command import AnsweringCommand
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.views.books import journal_row, journal_view
from jainam_prop.entrypoints.cli.views.tables import counted
from jainam_prop.entrypoints.trading_app import TradingApp

_SETTLED = frozenset({IntentState.RESOLVED, IntentState.NEVER_ARRIVED})
_ADVICE = "{orders} of unknown fate. Next: jainam-prop journal --resolve looks in the broker's order book."


@click.command(cls=AnsweringCommand)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many, latest first.")
@click.option("--open", "open_only", is_flag=True, help="Only those of unknown outcome, and how today's were settled.")
@click.option("--resolve", is_flag=True, help="Look for those in the broker's order book.")
@click.option("--prune", type=click.IntRange(7), metavar="DAYS", help="Forget settled orders older than so many days.")
@click.pass_obj
def journal(context: CliContext, *, limit: int, open_only: bool, resolve: bool, prune: int | None) -> Answer:
    """Show what became of every order that was meant; each was written down before it left.

    With --resolve it ends with 3 when some stay unknown. Those of unknown fate are never forgotten.
    """
    if resolve:
        return context.with_session(_resolve)
    if prune is not None:
        with context.app() as app:
            forgotten = app.journal.prune(context.now() - timedelta(days=prune))
        return success({"forgotten": forgotten}, message=f"{counted(forgotten, 'order')} forgotten.")
    with context.app() as app:
        unresolved = app.journal.open_entries()
        entries = (
            (*unresolved[-limit:][::-1], *_settled_today(app, context)) if open_only else app.journal.recent(limit)
        )
    nothing = "No order is of unknown fate." if open_only else "Nothing in the journal."
    advice = _ADVICE.format(orders=counted(len(unresolved), "order")) if unresolved else ""
    message = advice or ("" if entries else nothing)
    return success([journal_row(entry) for entry in entries], journal_view(entries) if entries else None, message)


def _settled_today(app: TradingApp, context: CliContext) -> list[JournalEntry]:
    """Return the orders of unknown outcome that the books have settled today, newest first."""
    entries = app.journal.entries_since(context.now() - timedelta(days=1))
    today = [entry for entry in entries if book_day(entry.intent.made_at) == book_day(context.now())]
    return [each for each in today if each.state in _SETTLED and each.intent.price_type != CLEARANCE][::-1]


def _resolve(app: TradingApp, session: Session) -> Answer:
    outcome = app.recovery.resolve(session)
    return _resolved(outcome.unwrap()) if is_successful(outcome) else failure(outcome.failure())


def _resolved(found: Resolution) -> Answer:
    status = ExitStatus.UNKNOWN if found.unknown else ExitStatus.DONE
    message = f"{found.resolved} resolved, {len(found.unknown)} still unknown."
    if found.unknown:
        message += (
            "\nThe order book does not show these. Ask the broker's desk about them before trading the same again."
        )
    data = {"resolved": found.resolved, "unknown": [journal_row(entry) for entry in found.unknown]}
    document = {"status": STATUS_WORD[status], "message": message, "data": data}
    return Answer(document, journal_view(found.unknown) if found.unknown else None, message, status)
