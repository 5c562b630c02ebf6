"""Tables and cells: how amounts, sides and states look wherever they are shown."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from rich import box
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.table import Column, Table
from rich.text import Text

STATUS_STYLE: Final = {"complete": "green", "open": "yellow", "rejected": "bold red", "cancelled": "dim"}
SIDE_STYLE: Final = {"BUY": "green", "SELL": "red"}
_GAP: Final = 2
_LEAST: Final = 10
_GROUP: Final = 2
_LAST_GROUP: Final = 3


class FittingTable(Table):
    """A table that rather breaks its text than cuts it off where the line is short."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render; columns that should stay whole do so as long as there is room, the widest give way first."""
        widths = [_width(column, console, options) for column in self.columns]
        while sum(widths) > options.max_width and max(widths) > _LEAST:
            widest = widths.index(max(widths))
            self.columns[widest].no_wrap, widths[widest] = False, _LEAST
        yield from super().__rich_console__(console, options)


def _width(column: Column, console: Console, options: ConsoleOptions) -> int:
    if not column.no_wrap:
        return _LEAST
    cells = (column.header, *column.cells)
    return max(Measurement.get(console, options, cell).maximum for cell in cells) + _GAP


def table(title: str, *columns: str) -> Table:
    """Start a table.

    Args:
        title: printed above it.
        columns: their heads; ``>`` before one marks numbers, ``~`` text that may break where the line is short.
    """
    made = FittingTable(
        title=title or None,
        title_justify="left",
        title_style="bold",
        header_style="dim",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        pad_edge=False,
        show_edge=False,
    )
    for head in columns:
        made.add_column(
            head.lstrip(">~"),
            justify="right" if head.startswith(">") else "left",
            overflow="fold",
            no_wrap=not head.startswith("~"),
        )
    return made


def facts(title: str, rows: Iterable[tuple[str, str | Text]]) -> Table:
    """Lay out names and their values."""
    made = Table(
        title=title or None, title_justify="left", title_style="bold", box=None, show_header=False, pad_edge=False
    )
    made.add_column(style="dim", no_wrap=True)
    made.add_column(overflow="fold")
    for name, value in rows:
        made.add_row(name, value)
    return made


def rupees(amount: Decimal | float) -> str:
    """Write rupees with two decimals in Indian groups, ``1,23,45,678.90``."""
    whole, _, part = f"{amount:z.2f}".partition(".")
    sign, digits = ("-", whole[1:]) if whole.startswith("-") else ("", whole)
    head, tail = digits[:-_LAST_GROUP], digits[-_LAST_GROUP:]
    groups: list[str] = []
    while head:
        groups.insert(0, head[-_GROUP:])
        head = head[:-_GROUP]
    return f"{sign}{','.join([*groups, tail])}.{part}"


def units(count: int) -> str:
    """Write signed units, ``+75``, ``-75`` or ``0``."""
    return f"{count:+,d}" if count else "0"


def counted(count: int, noun: str) -> str:
    """Write a count with its noun, ``1 order``, ``2 orders``."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def profit(amount: Decimal | float) -> Text:
    """Write a profit green and a loss red."""
    style = "green" if amount > 0 else "red" if amount < 0 else ""
    return Text(rupees(amount), style=style)


def side(word: str) -> Text:
    """Write BUY green and SELL red."""
    return Text(word, style=SIDE_STYLE.get(word, ""))


def status(word: str) -> Text:
    """Write an order's status in its colour."""
    return Text(word, style=STATUS_STYLE.get(word, ""))


def terms(row: Mapping[str, Any]) -> str:
    """Write how an order is priced: ``MARKET``, ``LIMIT 780.00``, ``SL 779.00 at 780.00``, ``SL-M at 780.00``."""
    words = [str(row["pricetype"])]
    if row["price"]:
        words.append(rupees(row["price"]))
    if row["trigger_price"]:
        words.append(f"at {rupees(row['trigger_price'])}")
    return " ".join(words)


def clock_time(timestamp: str) -> str:
    """Cut the time out of ``YYYY-MM-DD HH:MM:SS``."""
    return timestamp[11:]
