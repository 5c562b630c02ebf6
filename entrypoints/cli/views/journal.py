"""Entries of the journal as tables and as JSON values."""

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from jainam_prop.application.dry_run import is_dry_run_id
from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.orders.journal import IntentState, JournalEntry
from jainam_prop.entrypoints.cli.views.tables import side, table


def journal_view(entries: Sequence[JournalEntry], title: str = "Journal") -> RenderableType:
    """Show entries; a rehearsed one has no order."""
    made = table(title, "Time", "Identifier", "Side", ">Qty", "~Symbol", "Prod", "Type", "Fate", "Order")
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
            "dry run" if is_dry_run_id(entry.order_id) else entry.order_id,
        )
    return made


def _fate(state: IntentState) -> Text:
    if state.is_open:
        return Text(state.value, style="bold yellow")
    return Text(state.value, style="red" if state is IntentState.REJECTED else "")


def journal_row(entry: JournalEntry) -> dict[str, object]:
    """Write an entry as JSON values."""
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
