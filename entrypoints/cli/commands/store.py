"""``journal``, ``store`` and ``trading-state``: what a desk keeps, and what all of its processes may send."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import click
from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.application.ports.journal import UNCHECKED, DatabaseFacts
from jainam_prop.application.recovery import Resolution
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.market_data.calendar import IST, book_day
from jainam_prop.domain.orders.journal import CLEARANCE, IntentState, JournalEntry
from jainam_prop.domain.orders.trading_state import TradingState
from jainam_prop.entrypoints.cli.answer import STATUS_WORD, Answer, ExitStatus, answer_for, failure, refusal, success
from jainam_prop.entrypoints.cli.command import command, group
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.views.books import journal_row, journal_view
from jainam_prop.entrypoints.cli.views.tables import DataTable, counted, grouped, moment
from jainam_prop.entrypoints.trading_app import TradingApp

_SETTLED = frozenset({IntentState.RESOLVED, IntentState.NEVER_ARRIVED})
_ADVICE = "{orders} of unknown fate. Next: jainam-prop journal --resolve looks in the broker's order book."


@command()
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many, latest first.")
@click.option("--open", "open_only", is_flag=True, help="Only those of unknown outcome, and how today's were settled.")
@click.option("--resolve", is_flag=True, help="Look for those in the broker's order book.")
@click.option("--prune", type=click.IntRange(7), metavar="DAYS", help="Forget settled orders older than so many days.")
def journal(context: CliContext, *, limit: int, open_only: bool, resolve: bool, prune: int | None) -> Answer:
    """Show the journal: each order as it was written down before it left, and its outcome.

    With --resolve it ends with 3 when some stay unknown. Those of unknown outcome are never forgotten.
    """
    if resolve:
        return context.with_session(lambda app, session: answer_for(app.recovery.resolve(session), _resolved))
    if prune is not None:
        return _pruned(context, prune)
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


def _pruned(context: CliContext, days: int) -> Answer:
    with context.app() as app:
        forgotten = app.journal.prune(context.now() - timedelta(days=days))
    return success({"forgotten": forgotten}, message=f"{counted(forgotten, 'order')} forgotten.")


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


_MEANING = {
    TradingState.ACTIVE: "everything is sent",
    TradingState.REDUCE: "only orders that make a position smaller are sent",
    TradingState.HALT: "nothing is sent; cancels go on",
}
_KEPT_DAYS = 90


@group
def store() -> None:
    """Check, back up, prune, migrate or move the sessions and the journal of a desk."""


@command(of=store)
def check(context: CliContext) -> Answer:
    """Show size, age, versions, integrity and locks of the store."""
    with context.app() as app:
        return answer_for(app.store.check(), _checked)


def _checked(found: Sequence[DatabaseFacts]) -> Answer:
    view = DataTable("Store", "Database", ">Size", ">Schema", "~Integrity", "~Rows", "Oldest order", "~Locks")
    for one in found:
        rows = ", ".join(f"{name} {grouped(count)}" for name, count in one.rows.items())
        oldest = f"{one.oldest.astimezone(IST):%d-%b-%Y %H:%M} IST" if one.oldest else ""
        size = f"{one.size_bytes / 1_000_000:.1f} MB"
        view.add_row(one.name, size, str(one.schema), one.integrity, rows, oldest, "\n".join(one.locks))
    data = [one._asdict() | {"oldest": moment(one.oldest) if one.oldest else None} for one in found]
    broken = [one for one in found if one.integrity not in {"ok", UNCHECKED}]
    if not broken:
        return success(data, view)
    return refusal(f"{broken[0].name} is damaged: {broken[0].integrity}", "damaged", data=data, view=view)


@command(of=store)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(context: CliContext, file: Path) -> Answer:
    """Copy sessions and journal into a new SQLite FILE. The journal goes to FILE-orders; rows are compared."""
    with context.app() as app:
        return _copied(app.store.copy_to(f"sqlite:///{file.absolute()}"), f"Copied into {file}.")


@command(of=store)
@click.argument("url", callback=lambda _context, _parameter, text: _store_url(text))
def move(context: CliContext, url: str) -> Answer:
    """Copy sessions and journal into the empty store at URL.

    The copy is compared row by row. Stop all processes of the desk first. The old store stays as it is; set
    JAINAM_DATABASE_URL to the new one, with the same JAINAM_TOKEN_KEY, and run ``instruments sync``.
    """
    with context.app() as app:
        return _copied(app.store.copy_to(url), "Copied. Next: set JAINAM_DATABASE_URL to it, then instruments sync.")


@command(of=store)
@click.option("--days", type=click.IntRange(7), default=_KEPT_DAYS, show_default=True, help="Keep so many.")
def prune(context: CliContext, days: int) -> Answer:
    """Forget settled orders, never those of unknown outcome."""
    return _pruned(context, days)


@command(of=store)
def migrate(context: CliContext) -> Answer:
    """Bring the tables to the version of this package. The first process that trades does so by itself."""
    with context.app() as app:
        return answer_for(
            app.store.migrate(),
            lambda versions: success(
                dict(zip(("before", "after"), versions, strict=True)),
                message=f"The tables are of version {versions[1]}, were of {versions[0]}.",
            ),
        )


def _store_url(text: str) -> str:
    from jainam_prop.entrypoints.settings_text import database_url  # noqa: PLC0415 (help must not wait for it)

    if not text.startswith(("sqlite:", "postgres")):
        message = "must be a URL of SQLite or PostgreSQL"
        raise click.BadParameter(message)
    try:
        return database_url(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


def _copied(outcome: Result[dict[str, int], BrokerError], message: str) -> Answer:
    def compared(rows: dict[str, int]) -> Answer:
        return success(rows, message=f"{counted(sum(rows.values()), 'row')}, each compared. {message}")

    return answer_for(outcome, compared)


@command()
@click.argument("state", required=False, type=click.Choice(list(TradingState), case_sensitive=False))
def trading_state(context: CliContext, state: str | None) -> Answer:
    """Show or change the trading state: ACTIVE, REDUCE or HALT.

    All running processes of the store obey a change within a second. The setting JAINAM_TRADING_STATE of a process
    still counts where it is stricter.
    """
    with context.app() as app:
        if state is not None:
            changed = app.trading_switch.set(TradingState(state.upper()))
            if not is_successful(changed):
                return failure(changed.failure())
        now = app.trading_switch.state
    note = ""
    if state is not None and now != state.upper():
        note = f" The shared state is {state.upper()}, but the settings say {now}."
    return success({"state": now.value}, None, f"{now}: {_MEANING[now]}.{note}")
