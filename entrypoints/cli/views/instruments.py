"""Instruments, and a sync of them, as tables and as JSON values."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from jainam_prop.application.instruments.sync import SyncProgress, SyncReport
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.entrypoints.cli.answer import Answer, success
from jainam_prop.entrypoints.cli.views.tables import DataTable, Facts, contract_text, grouped, rupees


def instruments_view(found: Sequence[Instrument]) -> RenderableType:
    """Show instruments, one a row."""
    made = DataTable("Instruments", "Symbol", ">Token?", "Type?", "Expiry", ">Strike", ">Lot", ">Tick?", "~Name?")
    for one in found:
        made.add_row(
            contract_text(one.symbol, one.exchange.value),
            str(one.token),
            one.kind.value,
            f"{one.expiry:%d-%b-%y}" if one.expiry else "",
            rupees(one.strike) if one.strike is not None else "",
            grouped(one.lot_size),
            str(one.tick_size),
            one.name,
        )
    return made


def instrument_facts(one: Instrument) -> RenderableType:
    """Show all that is known of one instrument."""
    rows = [
        ("Exchange", one.exchange.value),
        ("Token", str(one.token)),
        ("Name", one.name),
        ("Type", f"{one.kind.value} {one.series}".strip()),
        ("Broker's symbol", one.broker_symbol),
        ("Lot", f"{grouped(one.lot_size)} units"),
        ("Tick", f"{one.tick_size} rupees"),
        ("Largest order", f"{grouped(one.largest_order)} units" if one.largest_order else "no limit"),
        ("Expiry", f"{one.expiry:%d-%b-%Y}" if one.expiry else ""),
        ("Strike", rupees(one.strike) if one.strike is not None else ""),
        ("ISIN", one.isin),
    ]
    return Facts(one.symbol, [row for row in rows if row[1]])


def instrument_row(one: Instrument) -> dict[str, object]:
    """Write an instrument as JSON values."""
    return {
        "symbol": one.symbol,
        "exchange": one.exchange.value,
        "token": one.token,
        "brsymbol": one.broker_symbol,
        "name": one.name,
        "instrumenttype": one.kind.value,
        "expiry": one.expiry.isoformat() if one.expiry else None,
        "strike": float(one.strike) if one.strike is not None else None,
        "lotsize": one.lot_size,
        "tick_size": float(one.tick_size),
        "freeze_quantity": one.freeze_quantity,
        "isin": one.isin,
    }


class SyncBar:
    """A bar that a sync moves forward."""

    def __init__(self, console: Console | None = None) -> None:
        self.bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task = self.bar.add_task("", total=None)

    def move(self, progress: SyncProgress) -> None:
        """Show how far the sync has come."""
        self.bar.update(self._task, description=f"{progress.step:8}", completed=progress.done, total=progress.total)


@contextmanager
def sync_progress(console: Console) -> Iterator[Callable[[SyncProgress], None]]:
    """Show a progress bar for the length of a block, on a terminal only."""
    moving = SyncBar(console)
    if not console.is_terminal:
        yield moving.move
        return
    with moving.bar:
        yield moving.move


def sync_view(report: SyncReport) -> RenderableType:
    """Show what came in from each exchange, and how many rows were left out and why."""
    made = DataTable("Instruments", "Exchange", ">Listed", ">Left out", "~Because")
    for exchange in dict.fromkeys((*report.dropped, *report.counts)):
        expired = {"expired": report.expired[exchange]} if exchange in report.expired else {}
        reasons = report.dropped.get(exchange, {}) | expired
        because = ", ".join(f"{reason} ({grouped(count)})" for reason, count in reasons.items() if count)
        left_out = sum(reasons.values())
        listed = report.counts.get(exchange, 0)
        made.add_row(exchange.value, grouped(listed), grouped(left_out) if left_out else "", because)
    made.add_section()
    made.add_row("Together", grouped(report.total), grouped(_left_out(report)), "")
    kept = [
        Text(f"{exchange} keeps its instruments of the day before: {reason}", style="yellow")
        for exchange, reason in report.kept.items()
    ]
    unnamed = [
        Text(f"{exchange} {text}: neither can be ordered by its symbol", style="yellow")
        for exchange, texts in report.ambiguous.items()
        for text in texts
    ]
    return Group(made, *kept, *unnamed)


def _left_out(report: SyncReport) -> int:
    dropped = sum(sum(reasons.values()) for reasons in report.dropped.values())
    return dropped + sum(report.expired.values())


def synced(report: SyncReport) -> Answer:
    """Answer for a sync."""
    data = {
        "total": report.total,
        "seconds": round(report.seconds, 3),
        "counts": {exchange.value: count for exchange, count in report.counts.items()},
        "dropped": {exchange.value: reasons for exchange, reasons in report.dropped.items()},
        "kept": {exchange.value: reason for exchange, reason in report.kept.items()},
        "ambiguous": {exchange.value: list(texts) for exchange, texts in report.ambiguous.items()},
        "expired": {exchange.value: count for exchange, count in report.expired.items()},
    }
    return success(data, sync_view(report), f"{grouped(report.total)} instruments in {report.seconds:.1f} s.")
