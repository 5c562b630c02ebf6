"""An emergency close as tables: what it would do, how far it has come, what it came to."""

from collections.abc import Mapping
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from jainam_prop.application.close_all.report import CloseReport, LegReport, LegState
from jainam_prop.domain.positions.close_all import ClosePlan
from jainam_prop.entrypoints.cli.answer import STATUS_WORD, Answer, ExitStatus
from jainam_prop.entrypoints.cli.views.books import orders_view
from jainam_prop.entrypoints.cli.views.tables import DataTable, contract_text, counted, grouped, side, units, zoned
from jainam_prop.entrypoints.trading_app import TradingApp

STATE_WORDS: Final = {
    LegState.CLOSED: ("✓ closed", "green"),
    LegState.REJECTED: ("✗ rejected", "bold red"),
    LegState.NOT_SENT: ("✗ not sent", "bold red"),
    LegState.UNKNOWN: ("? unknown", "bold yellow"),
    LegState.SKIPPED: ("- skipped", "dim"),
}
_ADVICE: Final = {
    ExitStatus.REFUSED: "Not flat. Mend what the reasons name and run close-all again: it only closes what is left.",
    ExitStatus.UNKNOWN: (
        "Not everything is known. Next: jainam-prop positions and jainam-prop orders; close-all may be run again, "
        "it reads the books before it sends anything."
    ),
}


def plan_view(app: TradingApp, plan: ClosePlan) -> RenderableType:
    """Show what will be cancelled, squared off and left alone."""
    made = DataTable("Positions to square off", "Symbol", "Prod", ">Held", "~Order")
    for leg in plan.legs:
        order = Text.assemble(side(leg.side.value), f" {grouped(leg.quantity)} at market")
        made.add_row(
            contract_text(leg.instrument.symbol, leg.key.instrument.exchange), leg.key.product, units(leg.net), order
        )
    for leg in plan.doubtful:
        doubt = Text("may be open: not every fill is in the books yet", style="yellow")
        made.add_row(
            contract_text(leg.instrument.symbol, leg.key.instrument.exchange), leg.key.product, units(0), doubt
        )
    for skip in plan.skipped:
        name = contract_text(app.rows.symbol(skip.key.instrument, skip.broker_symbol), skip.key.instrument.exchange)
        why = Text("left alone: " * skip.is_open + skip.reason, "yellow")
        made.add_row(name, skip.key.product, units(skip.net), why)
    working = (*plan.cancels, *plan.entries)
    if not working:
        return made
    return Group(orders_view(app.rows.orders(working), "Working orders, cancelled first"), "", made)


def plan_rows(app: TradingApp, plan: ClosePlan) -> dict[str, object]:
    """Write a plan as JSON values."""
    return {
        "cancels": [zoned(row) for row in app.rows.orders((*plan.cancels, *plan.entries))],
        "legs": [
            {
                "symbol": leg.instrument.symbol,
                "exchange": leg.key.instrument.exchange.value,
                "product": leg.key.product,
                "held": leg.net,
                "action": leg.side.value,
                "quantity": leg.quantity,
            }
            for leg in plan.legs
        ],
        "skipped": [
            {
                "symbol": app.rows.symbol(skip.key.instrument, skip.broker_symbol),
                "exchange": skip.key.instrument.exchange.value,
                "product": skip.key.product,
                "held": skip.net,
                "reason": skip.reason,
            }
            for skip in plan.skipped
        ],
    }


def progress_view(report: CloseReport) -> RenderableType:
    """Show how far a close has come; what is not closed yet is under way."""
    return _legs(report, "Closing…", STATE_WORDS | {LegState.UNKNOWN: ("… under way", "cyan")})


def report_view(report: CloseReport, title: str = "Emergency close") -> RenderableType:
    """Show every position with what became of it; reasons follow below."""
    reasons = [
        Text(f"{leg.symbol}: {leg.reason}", style=STATE_WORDS[leg.state][1]) for leg in report.legs if leg.reason
    ]
    return Group(_legs(report, title, STATE_WORDS), *reasons)


def _legs(report: CloseReport, title: str, words: Mapping[LegState, tuple[str, str]]) -> RenderableType:
    made = DataTable(title, "Symbol", "Prod?", ">Held", ">Now", "~Orders?", "Outcome")
    for leg in report.legs:
        word, style = words[leg.state]
        made.add_row(
            contract_text(leg.symbol, leg.key.instrument.exchange),
            leg.key.product,
            units(leg.net),
            "?" if leg.remaining is None else units(leg.remaining) if leg.remaining else "flat",
            ", ".join(leg.order_ids),
            Text(word, style=style),
        )
    return made


def report_answer(report: CloseReport, products: frozenset[str] | None) -> Answer:
    """Answer with the end of a close; done only when everything in scope was seen flat."""
    status = _status(report, products)
    document: dict[str, object] = {
        "status": STATUS_WORD[status],
        "message": report.message,
        "data": {
            "cancelled": len(report.cancelled),
            "cancelled_orders": list(report.cancelled),
            "legs": [_leg(leg) for leg in report.legs],
        },
    }
    lines = (_summary(report), _ADVICE.get(status, ""))
    view = report_view(report) if report.legs else None
    return Answer(document, view, "\n".join(line for line in lines if line), status)


def _summary(report: CloseReport) -> str:
    if not report.legs:
        return f"{report.message}."
    closed = f"{report.count(LegState.CLOSED)} of {counted(len(report.legs), 'position')} closed"
    cancelled = f"{counted(len(report.cancelled), 'working order')} cancelled first" if report.cancelled else ""
    return "; ".join(part for part in (closed, cancelled, report.problem, report.note.removesuffix(".")) if part) + "."


def _status(report: CloseReport, products: frozenset[str] | None) -> ExitStatus:
    """A position that was left out on request is no failure."""
    legs = [leg for leg in report.legs if products is None or leg.key.product in products]
    if report.problem or any(leg.state is LegState.UNKNOWN for leg in legs):
        return ExitStatus.UNKNOWN
    closed = all(leg.state is LegState.CLOSED for leg in legs)
    return ExitStatus.DONE if closed else ExitStatus.REFUSED


def _leg(leg: LegReport) -> dict[str, object]:
    return {
        "symbol": leg.symbol,
        "exchange": leg.key.instrument.exchange.value,
        "product": leg.key.product,
        "held": leg.net,
        "remaining": leg.remaining,
        "orderids": list(leg.order_ids),
        "state": leg.state.value,
        "reason": leg.reason,
    }
