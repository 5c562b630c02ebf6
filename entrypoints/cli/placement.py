"""From an order as typed to what became of it: ask, send, and look once into the order book."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from returns.pipeline import is_successful
from rich.console import RenderableType
from rich.text import Text

from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.orders.order import OrderRequest
from jainam_prop.domain.orders.slicing import slice_quantity
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import Answer, ExitStatus, success
from jainam_prop.entrypoints.cli.trading import REHEARSED
from jainam_prop.entrypoints.cli.views.books import orders_view
from jainam_prop.entrypoints.cli.views.journal import journal_row, journal_view
from jainam_prop.entrypoints.cli.views.tables import facts, rupees, side
from jainam_prop.entrypoints.desk import Desk


@dataclass(frozen=True, slots=True)
class Seen:
    """Orders just placed, as the order book shows them now; ``problem`` says why it could not be read."""

    rows: Sequence[Mapping[str, Any]]
    problem: str = ""

    @property
    def rejections(self) -> list[str]:
        """What the broker took and refused afterwards, a sentence each."""
        return [
            f"Order {row['orderid']} was taken and then rejected: {row['rejection_reason'] or 'no reason given'}"
            for row in self.rows
            if row["order_status"] == "rejected"
        ]


def look_up(desk: Desk, session: Session, order_ids: Sequence[str]) -> Seen:
    """Look into the order book once; "taken" says nothing of margin or market, the book does."""
    found = desk.read_books.orders(session)
    if not is_successful(found):
        return Seen((), f"What became of it could not be read yet. {found.failure().message}")
    return Seen(desk.rows.orders(order for order in found.unwrap() if order.order_id in order_ids))


def placed(desk: Desk, session: Session, order_ids: Sequence[str], quantity: int, *, dry_run: bool) -> Answer:
    """Answer for orders that the broker took."""
    data: dict[str, object] = {"orderid": order_ids[0], "orderids": list(order_ids), "quantity": quantity}
    if dry_run:
        return _rehearsed(desk, order_ids, data)
    seen = look_up(desk, session, order_ids)
    data["orders"] = list(seen.rows)
    view = orders_view(seen.rows, "Order placed") if seen.rows else None
    if seen.rejections:
        message = "\n".join(seen.rejections)
        document = {"status": "error", "kind": "rejected", "message": message, "data": data}
        return Answer(document, view, message, ExitStatus.REFUSED)
    return success(data, view, _told(order_ids, seen))


def preview(order: OrderRequest) -> RenderableType:
    """Show an order before it is sent."""
    instrument = order.instrument
    rows: list[tuple[str, str | Text]] = [
        ("Side", side(order.side.value)),
        ("Quantity", _quantity(order)),
        ("Instrument", instrument_words(instrument)),
        ("Product", order.product.value),
        ("Terms", order_terms(order)),
    ]
    return facts("To be sent", rows)


def instrument_words(instrument: Instrument) -> str:
    """Write a symbol with its exchange, and its name where that says more."""
    name = f" ({instrument.name})" if instrument.name != instrument.symbol else ""
    return f"{instrument.symbol} on {instrument.exchange}{name}"


def order_terms(order: OrderRequest) -> str:
    """Write how an order is priced."""
    limit = f" at {rupees(order.price)}" if order.price_type.has_limit else ""
    trigger = f" once {rupees(order.trigger_price)} trades" if order.price_type.has_trigger else ""
    return f"{order.price_type}{limit}{trigger}"


def _rehearsed(desk: Desk, order_ids: Sequence[str], data: Mapping[str, object]) -> Answer:
    """Show from the journal what would have been sent, since a smart order decides that on its way."""
    entries = [entry for entry in reversed(desk.journal.recent(len(order_ids))) if entry.order_id in order_ids]
    document = {**data, "dry_run": True, "orders": [journal_row(entry) for entry in entries]}
    view = journal_view(entries, "Would be sent") if entries else None
    return success(document, view, f"{REHEARSED} It passes every check made here; the broker's own come later.")


def _quantity(order: OrderRequest) -> str:
    instrument = order.instrument
    try:
        slices = slice_quantity(order.quantity, lot_size=instrument.lot_size, largest_order=instrument.largest_order)
    except ValueError:
        return str(order.quantity)
    lots = f" ({order.quantity // instrument.lot_size} lots)" if instrument.lot_size > 1 else ""
    pieces = f", in {len(slices)} orders because of the freeze quantity" if len(slices) > 1 else ""
    return f"{order.quantity}{lots}{pieces}"


def _told(order_ids: Sequence[str], seen: Seen) -> str:
    if seen.problem:
        return f"The broker took order {', '.join(order_ids)}. {seen.problem}"
    if not seen.rows:
        return f"The broker took order {', '.join(order_ids)}; the order book does not show it yet."
    return ""
