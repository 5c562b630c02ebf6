"""What ``cover`` and ``bracket`` show: an order before it is sent, its parts afterwards, and what a refusal means."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from returns.pipeline import is_successful
from rich.console import RenderableType
from rich.text import Text

from jainam_prop.domain.errors import BrokerError, Rejected
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.orders.linked_order import BracketRequest, CoverRequest, LinkedProduct, exits_of
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.positions.capability import Availability, availability
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.cli.answer import Answer, failure, success
from jainam_prop.entrypoints.cli.placement import instrument_words
from jainam_prop.entrypoints.cli.views.books import orders_view
from jainam_prop.entrypoints.cli.views.tables import facts, rupees, side, units
from jainam_prop.entrypoints.desk import Desk

_SERVER_DEPENDENT = "Whether there are {kind} orders depends on the server; a desk's account often has none."
_KINDS = {LinkedProduct.COVER: "cover", LinkedProduct.BRACKET: "bracket"}


def cover_preview(order: CoverRequest) -> RenderableType:
    """Show a cover order before it is sent."""
    limit = f" at {rupees(order.price)}" if order.price_type.has_limit else ""
    return _preview(order, [("Entry", f"{order.price_type}{limit}"), ("Stop", f"at {rupees(order.trigger_price)}")])


def bracket_preview(order: BracketRequest) -> RenderableType:
    """Show a bracket order before it is sent, with the prices that its distances come to."""
    sign = order.side.sign
    trailing = f", trailing by {rupees(order.trailing_stop)}" if order.trailing_stop else ""
    rows = [
        ("Entry", f"LIMIT at {rupees(order.price)}"),
        ("Target", rupees(order.price + sign * order.target)),
        ("Stop", f"{rupees(order.price - sign * order.stop_loss)}{trailing}"),
    ]
    return _preview(order, rows)


def refused(error: BrokerError, product: LinkedProduct, exchange: Exchange) -> Answer:
    """Answer with an error; the broker's refusal goes with the remark that its server may not have such orders."""
    answer = failure(error)
    if not isinstance(error, Rejected) or availability(exchange, product) is not Availability.SERVER_DEPENDENT:
        return answer
    return replace(answer, message=f"{answer.message}\n{_SERVER_DEPENDENT.format(kind=_KINDS[product])}")


def parts_of(entry_id: str, orders: Sequence[Order]) -> tuple[Order, ...]:
    """Return an entry and the orders that protect it, as far as the order book shows them."""
    entry = next((order for order in orders if order.order_id == entry_id), None)
    return () if entry is None else (entry, *exits_of(entry, orders))


def ended(desk: Desk, session: Session, entry_id: str, title: str) -> Answer:
    """Answer for an order that was taken back or exited: its parts now, and what is still held of it."""
    data: dict[str, object] = {"orderid": entry_id}
    found = desk.read_books.orders(session)
    if not is_successful(found):
        return success(data, None, f"The broker agreed. What became of it is not known: {found.failure().message}")
    parts = parts_of(entry_id, found.unwrap())
    data["orders"] = desk.rows.orders(parts)
    view = orders_view(desk.rows.orders(parts), title) if parts else None
    return success(data, view, _still_held(desk, session, parts))


def _still_held(desk: Desk, session: Session, parts: Iterable[Order]) -> str:
    keys = {PositionKey(part.instrument, part.product) for part in parts}
    positions = desk.read_books.positions(session)
    if not is_successful(positions):
        return f"Whether anything is still held is not known: {positions.failure().message}"
    return "\n".join(
        f"Still held: {units(position.net)} {desk.rows.symbol(position.key.instrument, position.broker_symbol)} "
        f"{position.key.product}, and nothing that works protects it."
        for position in positions.unwrap()
        if position.net and position.key in keys
    )


def _preview(order: CoverRequest | BracketRequest, terms: Iterable[tuple[str, str]]) -> RenderableType:
    rows: list[tuple[str, str | Text]] = [
        ("Side", side(order.side.value)),
        ("Quantity", str(order.quantity)),
        ("Instrument", instrument_words(order.instrument)),
        ("Product", f"{order.product.value}, if the server has it"),
        *terms,
    ]
    return facts("To be sent", rows)
