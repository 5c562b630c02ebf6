"""The books and the journal as tables."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, TypeAlias

from rich.console import Group, RenderableType
from rich.text import Text

from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.orders.client_order_id import is_dry_run_id
from jainam_prop.domain.orders.journal import IntentState, JournalEntry
from jainam_prop.domain.positions.position import Funds
from jainam_prop.entrypoints.cli.views import tables

Row: TypeAlias = Mapping[str, Any]

NOTHING: Final = Text("Nothing today.", style="dim")

_UNKNOWN: Final = "–"  # noqa: RUF001 (a dash, no minus)


def orders_view(rows: Sequence[Row], title: str = "Orders") -> RenderableType:
    """Show orders with their states; rejection reasons follow below."""
    if not rows:
        return NOTHING
    made = tables.DataTable(title, "Time?", "Order", "Side", ">Qty", "Symbol", "Prod?", "Terms?", ">Filled", "Status")
    for row in rows:
        made.add_row(
            tables.clock_time(row["timestamp"]),
            row["orderid"],
            tables.side(row["action"]),
            tables.grouped(row["quantity"]),
            contract(row),
            row["product"],
            tables.terms(row),
            _filled(row),
            tables.status(row["order_status"]),
        )
    reasons = [f"{row['orderid']}: {row['rejection_reason']}" for row in rows if row["rejection_reason"]]
    return Group(made, *(Text(reason, style="red") for reason in reasons))


def trades_view(rows: Sequence[Row]) -> RenderableType:
    """Show executions, one a row."""
    if not rows:
        return NOTHING
    made = tables.DataTable(
        "Trades", "Time?", "Trade?", "Order", "Side", ">Qty", "Symbol", "Prod?", ">Price", ">Value?"
    )
    for row in rows:
        made.add_row(
            tables.clock_time(row["timestamp"]),
            row["tradeid"],
            row["orderid"],
            tables.side(row["action"]),
            tables.grouped(row["quantity"]),
            contract(row),
            row["product"],
            tables.rupees(row["price"]),
            tables.rupees(row["trade_value"]),
        )
    return made


def positions_view(rows: Sequence[Row]) -> RenderableType:
    """Show net positions, those closed today dimmed, and what they earn together."""
    if not rows:
        return NOTHING
    made = tables.DataTable("Positions", "Symbol", "Prod", ">Net", ">Average?", ">Last?", ">P&L")
    for row in rows:
        open_now = row["quantity"] != 0
        made.add_row(
            contract(row),
            row["product"],
            tables.held(row["quantity"]),
            tables.rupees(row["average_price"]) if open_now else "",
            tables.rupees(row["ltp"]) if open_now else "",
            tables.profit(row["pnl"]),
            style="" if open_now else "dim",
        )
    return _with_total(made, rows, columns=6)


def holdings_view(rows: Sequence[Row]) -> RenderableType:
    """Show shares in the depository; what is unknown is no zero, and counts towards no total."""
    if not rows:
        return Text("No holdings.", style="dim")
    made = tables.DataTable("Holdings", "Symbol", ">Qty", ">Pledged?", ">Average?", ">Last?", ">P&L", ">%?")
    for row in rows:
        known = row["price_known"] and row["average_known"]
        made.add_row(
            contract(row),
            tables.grouped(row["quantity"]),
            tables.grouped(row["pledged_quantity"]) if row["pledged_quantity"] else "",
            tables.rupees(row["average_price"]) if row["average_known"] else _UNKNOWN,
            tables.rupees(row["ltp"]) if row["price_known"] else Text("unknown", style="yellow"),
            tables.profit(row["pnl"]) if known else _UNKNOWN,
            f"{row['pnlpercent']:.2f}" if known else _UNKNOWN,
        )
    known_rows = [row for row in rows if row["price_known"] and row["average_known"]]
    return _with_total(made, known_rows, columns=7, place=5)


def funds_view(funds: Funds) -> RenderableType:
    """Show limits in rupees."""
    if not funds.known:
        return Text("The broker keeps no balance for this kind of account.", style="yellow")
    return tables.Facts(
        "Funds, rupees",
        [
            ("Available cash", tables.rupees(funds.available_cash)),
            ("Collateral", tables.rupees(funds.collateral)),
            ("Utilised", tables.rupees(funds.utilised)),
            ("Realised P&L", tables.profit(funds.realised)),
            ("Unrealised P&L", tables.profit(funds.unrealised)),
        ],
    )


def contract(row: Row) -> Text:
    """Write a symbol with its exchange."""
    return tables.contract_text(str(row["symbol"]), str(row["exchange"]))


def _filled(row: Row) -> str:
    if not row["filled_quantity"]:
        return ""
    return f"{tables.grouped(row['filled_quantity'])} @ {tables.rupees(row['average_price'])}"


def _with_total(
    made: tables.DataTable, rows: Iterable[Row], *, columns: int, place: int | None = None
) -> tables.DataTable:
    """Add a last line with the total profit below the column of profits."""
    at = columns - 1 if place is None else place
    total = sum((Decimal(str(row["pnl"])) for row in rows), Decimal(0))
    cells: list[str | Text] = [""] * columns
    cells[0], cells[at] = Text("Total", style="bold"), tables.profit(total)
    made.add_section()
    made.add_row(*cells)
    return made


def journal_view(entries: Sequence[JournalEntry], title: str = "Journal") -> RenderableType:
    """Show entries; a rehearsed one has no order."""
    made = tables.DataTable(
        title, "Time?", "Identifier", "Side", ">Qty", "Symbol", "Prod?", "Type?", "Fate", "Order", "How?"
    )
    for entry in entries:
        intent = entry.intent
        made.add_row(
            f"{intent.made_at.astimezone(IST):%d-%b %H:%M:%S}",
            intent.identifier,
            tables.side(intent.side),
            tables.grouped(intent.quantity),
            tables.contract_text(intent.symbol, intent.exchange),
            intent.product,
            intent.price_type,
            _fate(entry.state),
            "dry run" if is_dry_run_id(entry.order_id) else entry.order_id,
            entry.note if entry.state is IntentState.NEVER_ARRIVED else "",
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
        "made_at": tables.moment(intent.made_at),
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
