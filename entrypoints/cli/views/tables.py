"""Tables that fit the terminal, their plain form for pipes, and the cells that all views share."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from rich import box
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from jainam_prop.domain.market_data.calendar import IST

STATUS_STYLE: Final = {"complete": "green", "open": "yellow", "rejected": "bold red", "cancelled": "dim"}
SIDE_STYLE: Final = {"BUY": "green", "SELL": "red"}
_GAP: Final = 2
_INDENT: Final = 2
_GROUP: Final = 2
_LAST_GROUP: Final = 3


class DataTable:
    """A table in which no cell but plain text is broken.

    Where the terminal is too narrow, columns that may be dropped are, from the right; where that is not enough, each
    row becomes a block of lines, with every column in it.
    """

    def __init__(self, title: str, *heads: str) -> None:
        """Start a table without rows.

        Args:
            title: printed above it.
            heads: of the columns; ``>`` before one marks numbers, ``~`` text that may be wrapped between words, and
                ``?`` after one a column that a narrow terminal leaves out.
        """
        self.title = title
        self.heads = [head.lstrip(">~").rstrip("?") for head in heads]
        self._is_number = [head.startswith(">") for head in heads]
        self._is_text = [head.startswith("~") for head in heads]
        self._may_go = [head.endswith("?") for head in heads]
        self.rows: list[tuple[Sequence[str | Text], str]] = []
        self._body: int | None = None

    def add_row(self, *cells: str | Text, style: str = "") -> None:
        """Add a row with a cell for each column."""
        self.rows.append((cells, style))

    def add_section(self) -> None:
        """Draw a line; the rows below it are totals, which the plain form leaves out."""
        self._body = len(self.rows)

    def plain_lines(self) -> Iterator[str]:
        """Yield the heads and the rows, cells separated by tabs."""
        yield "\t".join(self.heads)
        for cells, _ in self.rows[: self._body]:
            yield "\t".join(_one_line(cell) for cell in cells)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render as a table, or as blocks where it does not fit."""
        shown = self._fitting(options.max_width)
        yield self._blocks(options.max_width) if shown is None else self._boxed(shown)

    def _fitting(self, room: int) -> list[int] | None:
        """Return the columns to show; None where even the fewest do not fit."""
        least = [self._least_width(column) for column in range(len(self.heads))]
        shown = list(range(len(self.heads)))
        while sum(least[column] + _GAP for column in shown) > room + _GAP:
            droppable = [column for column in shown if self._may_go[column]]
            if not droppable:
                return None
            shown.remove(droppable[-1])
        return shown

    def _least_width(self, column: int) -> int:
        texts = [self.heads[column], *(str(cells[column]) for cells, _ in self.rows)]
        return max(
            cell_len(part) for text in texts for part in (text.split() if self._is_text[column] else [text]) or [""]
        )

    def _boxed(self, shown: Sequence[int]) -> RenderableType:
        made = Table(
            title=self.title or None,
            title_justify="left",
            title_style="bold",
            header_style="dim",
            box=box.SIMPLE_HEAD,
            padding=(0, 1, 0, 0),
            pad_edge=False,
            show_edge=False,
        )
        for column in shown:
            made.add_column(
                self.heads[column],
                justify="right" if self._is_number[column] else "left",
                no_wrap=not self._is_text[column],
                min_width=self._least_width(column),
            )
        for number, (cells, style) in enumerate(self.rows):
            if number == self._body:
                made.add_section()
            made.add_row(*(cells[column] for column in shown), style=style)
        return made

    def _blocks(self, room: int) -> RenderableType:
        parts: list[RenderableType] = [Text(self.title, style="bold")] if self.title else []
        widest = max(map(cell_len, self.heads[1:]), default=0)
        for cells, style in self.rows:
            named = list(zip(self.heads, cells, strict=True))[1:]
            first = [Text.assemble(cells[0], style=style or "bold"), *(cell for head, cell in named if not head)]
            parts.append(Text("  ").join(Text.assemble(cell) for cell in first))
            for head, cell in ((head, cell) for head, cell in named if head and str(cell)):
                is_short = _INDENT + widest + _GAP + cell_len(str(cell)) <= room
                between = " " * (widest - cell_len(head) + _GAP) if is_short else "\n"
                parts.append(Padding(Text.assemble((head, "dim"), between, cell), (0, 0, 0, _INDENT)))
        return Group(*parts)


class Facts:
    """Names and their values, one a line."""

    def __init__(self, title: str, rows: Iterable[tuple[str, str | Text]]) -> None:
        self.title = title
        self.rows = tuple(rows)

    def plain_lines(self) -> Iterator[str]:
        """Yield name and value, separated by a tab."""
        for name, value in self.rows:
            yield f"{name}\t{_one_line(value)}"

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Render in two columns."""
        made = Table(
            title=self.title or None,
            title_justify="left",
            title_style="bold",
            box=None,
            show_header=False,
            pad_edge=False,
        )
        made.add_column(style="dim", no_wrap=True)
        made.add_column(overflow="fold")
        for name, value in self.rows:
            made.add_row(name, value)
        yield made


def plain_lines(view: RenderableType) -> Iterator[str]:
    """Yield what a view shows as lines for another program: no borders, colours or wrapping, cells between tabs."""
    if isinstance(view, DataTable | Facts):
        yield from view.plain_lines()
    elif isinstance(view, Group):
        for part in view.renderables:
            yield from plain_lines(part)
    else:
        yield from str(view).splitlines() or [""]


def _one_line(cell: str | Text) -> str:
    return " ".join(str(cell).split())


def grouped(count: int) -> str:
    """Write a whole number in Indian groups, ``1,23,456``."""
    sign, digits = ("-", str(-count)) if count < 0 else ("", str(count))
    head, tail = digits[:-_LAST_GROUP], digits[-_LAST_GROUP:]
    groups = [tail]
    while head:
        groups.insert(0, head[-_GROUP:])
        head = head[:-_GROUP]
    return f"{sign}{','.join(groups)}"


def rupees(amount: Decimal | float) -> str:
    """Write rupees with two decimals in Indian groups, ``1,23,45,678.90``."""
    whole, _, part = f"{amount:z.2f}".partition(".")
    sign = "-" if whole == "-0" else ""
    return f"{sign}{grouped(int(whole))}.{part}"


def units(count: int) -> str:
    """Write signed units, ``+75``, ``-75`` or ``0``."""
    return f"+{grouped(count)}" if count > 0 else grouped(count)


def held(count: int) -> str:
    """Write a position, ``+75``, ``-75`` or ``flat``."""
    return units(count) if count else "flat"


def counted(count: int, noun: str) -> str:
    """Write a count with its noun, ``1 order``, ``2 orders``."""
    return f"{grouped(count)} {noun}" if count == 1 else f"{grouped(count)} {noun}s"


def moment(at: datetime) -> str:
    """Write a moment for JSON: Indian time with its zone, ``2026-03-02T09:15:00+05:30``; no zone means Indian time."""
    return (at.replace(tzinfo=IST) if at.tzinfo is None else at.astimezone(IST)).isoformat(timespec="seconds")


def zoned(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a book's row with its time stamp as `moment` writes it; null where the broker sent none."""
    stamp = row.get("timestamp")
    return {**row, "timestamp": moment(datetime.fromisoformat(stamp)) if stamp else None}


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


def contract_text(symbol: str, exchange: str) -> Text:
    """Write a contract as commands take it, ``NSE:SBIN``."""
    return Text.assemble((f"{exchange}:", "dim"), symbol)
