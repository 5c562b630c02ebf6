"""Orders before they are sent, and what became of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from returns.pipeline import is_successful
from rich.console import RenderableType
from rich.text import Text

from jainam_prop.application.orders.place import Placement
from jainam_prop.domain.errors import BrokerError, Rejected
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.orders.capability import slice_quantity
from jainam_prop.domain.orders.linked_order import BracketRequest, CoverRequest, LinkedProduct, parts_of
from jainam_prop.domain.orders.order import Order, OrderRequest
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.positions.smart_order import NoTrade
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import REHEARSED, Answer, contradicted, failure, refusal, success
from jainam_prop.entrypoints.cli.views.books import journal_row, journal_view, orders_view
from jainam_prop.entrypoints.cli.views.tables import Facts, grouped, rupees, side, units, zoned
from jainam_prop.entrypoints.trading_app import TradingApp


@dataclass(frozen=True, slots=True)
class Seen:
    """Orders just placed, as the order book shows them now; ``problem`` says why it could not be read."""

    rows: Sequence[Mapping[str, Any]]
    problem: str = ""

    @property
    def documents(self) -> list[Mapping[str, Any]]:
        """The rows as JSON values."""
        return [zoned(row) for row in self.rows]

    @property
    def rejections(self) -> list[str]:
        """What the broker took and refused afterwards, a sentence each."""
        return [
            f"Order {row['orderid']} was taken and then rejected: {row['rejection_reason'] or 'no reason given'}"
            for row in self.rows
            if row["order_status"] == "rejected"
        ]


def look_up(app: TradingApp, session: Session, order_ids: Sequence[str]) -> Seen:
    """Look into the order book once; "taken" says nothing of margin or market, the book does."""
    found = app.read_books.orders(session)
    if not is_successful(found):
        return Seen((), f"What became of it could not be read yet. {found.failure().message}")
    return Seen(app.rows.orders(order for order in found.unwrap() if order.order_id in order_ids))


def smart_answer(app: TradingApp, session: Session, placement: Placement | NoTrade, *, dry_run: bool) -> Answer:
    """Answer for a smart order, with what was cancelled or changed for it."""
    if isinstance(placement, NoTrade):
        message, nothing = placement.message, {"orderids": list[str](), "quantity": 0}
        is_held = Answer({"status": "success", "data": nothing, "message": message}, None, message)
        return contradicted(message, nothing) if placement.doubt else is_held
    answer = placed(app, session, placement.order_ids, placement.quantity, dry_run=dry_run)
    if not (placement.cancelled or placement.resized or placement.note):
        return answer
    changes = {"cancelled": list(placement.cancelled), "resized": list(placement.resized), "note": placement.note}
    data = answer.document.get("data")
    document = {**answer.document, "data": {**(data if isinstance(data, Mapping) else {}), **changes}}
    message = "\n".join(filter(None, (placement.message.removesuffix(".") + ".", answer.message)))
    return replace(answer, document=document, message=message)


def placed(app: TradingApp, session: Session, order_ids: Sequence[str], quantity: int, *, dry_run: bool) -> Answer:
    """Answer for orders that the broker took."""
    data: dict[str, object] = {"orderid": order_ids[0], "orderids": list(order_ids), "quantity": quantity}
    if dry_run:
        return _rehearsed(app, order_ids, data)
    seen = look_up(app, session, order_ids)
    data["orders"] = seen.documents
    view = orders_view(seen.rows, "Order placed") if seen.rows else None
    if seen.rejections:
        return refusal("\n".join(seen.rejections), "rejected", data=data, view=view)
    return success(data, view, _placed_message(order_ids, seen))


def changed(app: TradingApp, session: Session, order_id: str, parts: Sequence[str], title: str) -> Answer:
    """Answer for an order with new terms: its parts as the order book shows them now."""
    seen = look_up(app, session, parts)
    view = orders_view(seen.rows, title) if seen.rows else None
    return success({"orderid": order_id, "orders": seen.documents}, view, seen.problem)


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
    return Facts("To be sent", rows)


def instrument_words(instrument: Instrument) -> str:
    """Write a symbol with its exchange, and its name where that says more."""
    name = f" ({instrument.name})" if instrument.name != instrument.symbol else ""
    return f"{instrument.symbol} on {instrument.exchange}{name}"


def order_terms(order: OrderRequest) -> str:
    """Write how an order is priced."""
    limit = f" at {rupees(order.price)}" if order.price_type.has_limit else ""
    trigger = f" once {rupees(order.trigger_price)} trades" if order.price_type.has_trigger else ""
    return f"{order.price_type}{limit}{trigger}"


def _rehearsed(app: TradingApp, order_ids: Sequence[str], data: Mapping[str, object]) -> Answer:
    """Show from the journal what would have been sent, since a smart order decides that on its way."""
    entries = [entry for entry in reversed(app.journal.recent(len(order_ids))) if entry.order_id in order_ids]
    document = {**data, "dry_run": True, "orders": [journal_row(entry) for entry in entries]}
    view = journal_view(entries, "Would be sent") if entries else None
    return success(document, view, f"{REHEARSED} It passes every check made here; the broker's own come later.")


def _quantity(order: OrderRequest) -> str:
    instrument = order.instrument
    try:
        slices = slice_quantity(order.quantity, lot_size=instrument.lot_size, largest_order=instrument.largest_order)
    except ValueError:
        return grouped(order.quantity)
    lots = f" ({grouped(order.quantity // instrument.lot_size)} lots)" if instrument.lot_size > 1 else ""
    pieces = f", in {len(slices)} orders because of the freeze quantity" if len(slices) > 1 else ""
    return f"{grouped(order.quantity)}{lots}{pieces}"


def _placed_message(order_ids: Sequence[str], seen: Seen) -> str:
    if seen.problem:
        return f"The broker took order {', '.join(order_ids)}. {seen.problem}"
    if not seen.rows:
        return f"The broker took order {', '.join(order_ids)}; the order book does not show it yet."
    return ""


_SERVER_DEPENDENT = "Whether there are {kind} orders depends on the server; a dealer's account often has none."
_KINDS = {LinkedProduct.COVER: "cover", LinkedProduct.BRACKET: "bracket"}


def cover_preview(order: CoverRequest) -> RenderableType:
    """Show a cover order before it is sent."""
    limit = f" at {rupees(order.price)}" if order.price_type.has_limit else ""
    return _linked_preview(
        order, [("Entry", f"{order.price_type}{limit}"), ("Stop", f"at {rupees(order.trigger_price)}")]
    )


def bracket_preview(order: BracketRequest) -> RenderableType:
    """Show a bracket order before it is sent, with the prices that its distances come to."""
    sign = order.side.sign
    trailing = f", trailing by {rupees(order.trailing_stop)}" if order.trailing_stop else ""
    rows = [
        ("Entry", f"LIMIT at {rupees(order.price)}"),
        ("Target", rupees(order.price + sign * order.target)),
        ("Stop", f"{rupees(order.price - sign * order.stop_loss)}{trailing}"),
    ]
    return _linked_preview(order, rows)


def refused(error: BrokerError, product: LinkedProduct) -> Answer:
    """Answer with an error; the broker's refusal goes with the remark that its server may not have such orders."""
    answer = failure(error)
    if not isinstance(error, Rejected):
        return answer
    return replace(answer, message=f"{answer.message}\n{_SERVER_DEPENDENT.format(kind=_KINDS[product])}")


def ended(app: TradingApp, session: Session, entry_id: str, title: str) -> Answer:
    """Answer for an order that was taken back or exited: its parts now, and what is still held of it."""
    data: dict[str, object] = {"orderid": entry_id}
    found = app.read_books.orders(session)
    if not is_successful(found):
        return success(data, None, f"The broker agreed. What became of it is not known: {found.failure().message}")
    parts = parts_of(entry_id, found.unwrap())
    data["orders"] = [zoned(row) for row in app.rows.orders(parts)]
    view = orders_view(app.rows.orders(parts), title) if parts else None
    return success(data, view, _still_held(app, session, parts))


def _still_held(app: TradingApp, session: Session, parts: Iterable[Order]) -> str:
    keys = {PositionKey(part.instrument, part.product) for part in parts}
    positions = app.read_books.positions(session)
    if not is_successful(positions):
        return f"Whether anything is still held is not known: {positions.failure().message}"
    return "\n".join(
        f"Still held: {units(position.net)} {app.rows.symbol(position.key.instrument, position.broker_symbol)} "
        f"{position.key.product}, and nothing that works protects it."
        for position in positions.unwrap()
        if position.net and position.key in keys
    )


def _linked_preview(order: CoverRequest | BracketRequest, terms: Iterable[tuple[str, str]]) -> RenderableType:
    rows: list[tuple[str, str | Text]] = [
        ("Side", side(order.side.value)),
        ("Quantity", grouped(order.quantity)),
        ("Instrument", instrument_words(order.instrument)),
        ("Product", f"{order.product.value}, if the server has it"),
        *terms,
    ]
    return Facts("To be sent", rows)
