"""``journal``: what became of every order that was meant."""

import click
from returns.pipeline import is_successful
from rich.console import RenderableType
from rich.text import Text

from jainam_prop.application.use_cases.resolve_open_orders import Resolution
from jainam_prop.domain.calendar import IST
from jainam_prop.domain.journal import IntentState, JournalEntry
from jainam_prop.domain.session import Session
from jainam_prop.entrypoints.cli.answer import STATUS_WORD, Answer, ExitStatus, failure, success
from jainam_prop.entrypoints.cli.command import AnsweringCommand
from jainam_prop.entrypoints.cli.tables import side, table
from jainam_prop.entrypoints.cli.workplace import Workplace
from jainam_prop.entrypoints.desk import Desk

_ADVICE = "{count} orders are of unknown fate. Next: jainam-prop journal --resolve looks for them in the order book."


@click.command(cls=AnsweringCommand)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many, latest first.")
@click.option("--open", "open_only", is_flag=True, help="Only those whose fate nobody knows.")
@click.option("--resolve", is_flag=True, help="Look for those in the broker's order book.")
@click.pass_obj
def journal(workplace: Workplace, *, limit: int, open_only: bool, resolve: bool) -> Answer:
    """Show what became of every order that was meant; each was written down before it left.

    With --resolve it ends with 3 when some stay unknown.
    """
    if resolve:
        return workplace.at_desk(_resolve)
    with workplace.desk() as desk:
        unresolved = desk.journal.open_entries()
        entries = unresolved[-limit:][::-1] if open_only else desk.journal.recent(limit)
    message = _ADVICE.format(count=len(unresolved)) if unresolved else "" if entries else "Nothing in the journal."
    return success([_row(entry) for entry in entries], _view(entries) if entries else None, message)


def _resolve(desk: Desk, session: Session) -> Answer:
    outcome = desk.resolve_open_orders(session)
    return _resolved(outcome.unwrap()) if is_successful(outcome) else failure(outcome.failure())


def _resolved(found: Resolution) -> Answer:
    status = ExitStatus.UNKNOWN if found.unknown else ExitStatus.DONE
    message = f"{found.resolved} resolved, {len(found.unknown)} still unknown."
    if found.unknown:
        message += (
            "\nThe order book does not show these. Ask the broker's desk about them before trading the same again."
        )
    data = {"resolved": found.resolved, "unknown": [_row(entry) for entry in found.unknown]}
    document = {"status": STATUS_WORD[status], "message": message, "data": data}
    return Answer(document, _view(found.unknown) if found.unknown else None, message, status)


def _view(entries: tuple[JournalEntry, ...]) -> RenderableType:
    made = table("Journal", "Time", "Identifier", "Side", ">Qty", "~Symbol", "Prod", "Type", "Fate", "Order")
    for entry in entries:
        intent = entry.intent
        made.add_row(
            f"{intent.made_at.astimezone(IST):%d-%b %H:%M:%S}",
            intent.identifier,
            side(intent.side),
            str(intent.quantity),
            Text.assemble(intent.symbol, " ", (intent.exchange, "dim")),
            intent.product,
            intent.price_type,
            _fate(entry.state),
            entry.order_id,
        )
    return made


def _fate(state: IntentState) -> Text:
    if state.is_open:
        return Text(state.value, style="bold yellow")
    return Text(state.value, style="red" if state is IntentState.REJECTED else "")


def _row(entry: JournalEntry) -> dict[str, object]:
    intent = entry.intent
    return {
        "identifier": intent.identifier,
        "made_at": intent.made_at.isoformat(),
        "symbol": intent.symbol,
        "exchange": intent.exchange,
        "action": intent.side,
        "quantity": intent.quantity,
        "product": intent.product,
        "pricetype": intent.price_type,
        "price": float(intent.price),
        "trigger_price": float(intent.trigger_price),
        "state": entry.state.value,
        "is_open": entry.state.is_open,
        "orderid": entry.order_id,
        "note": entry.note,
    }
