"""Amounts in Indian groups, and tables that never cut a figure off."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO

import pytest
from rich.console import Console, Group
from rich.text import Text

from jainam_prop.entrypoints.cli.views.tables import (
    DataTable,
    counted,
    grouped,
    moment,
    plain_lines,
    rupees,
    units,
    zoned,
)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Decimal(0), "0.00"),
        (Decimal("-0.001"), "0.00"),
        (Decimal("999.999"), "1,000.00"),
        (Decimal("12345.6"), "12,345.60"),
        (Decimal(100_000), "1,00,000.00"),
        (Decimal("-123456789.01"), "-12,34,56,789.01"),
        (78015.5, "78,015.50"),
    ],
)
def test_rupees_are_grouped_as_in_india(amount: Decimal | float, text: str) -> None:
    assert rupees(amount) == text


def test_units_carry_their_sign() -> None:
    assert [units(count) for count in (75, -1800, 0)] == ["+75", "-1,800", "0"]


def test_counts_are_grouped_like_rupees() -> None:
    assert [grouped(count) for count in (0, 999, 1_000, 100_000, -1_234_567)] == [
        "0", "999", "1,000", "1,00,000", "-12,34,567",
    ]  # fmt: skip


def test_one_is_not_plural() -> None:
    assert [counted(count, "order") for count in (0, 1, 2)] == ["0 orders", "1 order", "2 orders"]


ORDERS = ("Time?", "Order", "Symbol", ">Price", "Terms?", "~Reason")
CELLS = ("09:15:01", "1110045781", "NFO:NIFTY26MAR2625000CE", "1,25,012.30", "SL 779.00 at 780.00", "margin is short")


def printed(width: int, view: DataTable) -> str:
    output = StringIO()
    Console(file=output, width=width, force_terminal=True, no_color=True, highlight=False).print(view)
    return re.sub(r"\x1b\[[0-9;]*m", "", output.getvalue())


def orders() -> DataTable:
    made = DataTable("Orders", *ORDERS)
    made.add_row(*CELLS)
    return made


@pytest.mark.parametrize(
    ("width", "heads"),
    [
        (120, ["Time", "Order", "Symbol", "Price", "Terms", "Reason"]),
        (80, ["Time", "Order", "Symbol", "Price", "Reason"]),
        (60, ["Order", "Symbol", "Price", "Reason"]),
    ],
)
def test_a_narrow_terminal_leaves_out_columns_that_may_go(width: int, heads: list[str]) -> None:
    lines = printed(width, orders()).splitlines()

    assert lines[1].split() == heads
    assert max(map(len, lines)) <= width


@pytest.mark.parametrize("width", [40, 34])
def test_a_table_that_does_not_fit_becomes_blocks_with_every_column(width: int) -> None:
    lines = [line.strip() for line in printed(width, orders()).splitlines()]

    assert lines[:2] == ["Orders", CELLS[0]]
    assert [line.split(maxsplit=1) for line in lines[2:7]] == [
        [head.strip(">~?"), cell] for head, cell in zip(ORDERS[1:], CELLS[1:], strict=True)
    ]


def test_a_block_has_what_has_no_head_in_its_first_line_and_long_text_below_its_head() -> None:
    made = DataTable("Doctor", "Check", "", "~Found", "~Next step")
    made.add_row(
        "settings", "problem", "missing: " + "JAINAM_INTERACTIVE_API_KEY, " * 2, "jainam-prop init-and-no-break"
    )

    assert [line.rstrip() for line in printed(40, made).splitlines()] == [
        "Doctor",
        "settings  problem",
        "  Found",
        "  missing: JAINAM_INTERACTIVE_API_KEY,",
        "  JAINAM_INTERACTIVE_API_KEY,",
        "  Next step",
        "  jainam-prop init-and-no-break",
    ]


@pytest.mark.parametrize("width", range(26, 140, 3))
def test_no_number_symbol_or_identifier_is_ever_broken(width: int) -> None:
    shown = printed(width, orders())

    assert all(cell in shown for cell in (CELLS[1], CELLS[2], CELLS[3]))


def test_the_plain_form_is_a_row_a_line_with_tabs_and_without_totals() -> None:
    made = orders()
    made.add_row("09:16:00", "2", "NSE:SBIN", "780.00", "MARKET", "two\nlines")
    made.add_section()
    made.add_row("Total", "", "", "1,25,792.30", "", "")

    assert list(plain_lines(Group(made, Text("and a remark")))) == [
        "Time\tOrder\tSymbol\tPrice\tTerms\tReason",
        "\t".join(CELLS),
        "09:16:00\t2\tNSE:SBIN\t780.00\tMARKET\ttwo lines",
        "and a remark",
    ]


@pytest.mark.parametrize(
    ("at", "written"),
    [
        (datetime(2026, 3, 2, 3, 45, tzinfo=UTC), "2026-03-02T09:15:00+05:30"),
        (datetime(2026, 3, 2, 9, 15), "2026-03-02T09:15:00+05:30"),  # noqa: DTZ001 (as books have it)
    ],
)
def test_a_moment_carries_its_zone(at: datetime, written: str) -> None:
    assert moment(at) == written
    assert zoned({"timestamp": "2026-03-02 09:15:00"})["timestamp"] == "2026-03-02T09:15:00+05:30"
    assert zoned({"timestamp": ""})["timestamp"] is None
