"""Amounts in Indian groups, and tables that never cut a figure off."""

from decimal import Decimal
from io import StringIO

import pytest
from rich.console import Console

from jainam_prop.entrypoints.cli.views.tables import counted, rupees, table, units


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


def test_one_is_not_plural() -> None:
    assert [counted(count, "order") for count in (0, 1, 2)] == ["0 orders", "1 order", "2 orders"]


@pytest.mark.parametrize("width", [100, 60, 30])
def test_a_narrow_table_breaks_text_but_loses_none_of_it(width: int) -> None:
    cells = ("1110045781", "NIFTY26MAR2625000CE", "25,012.30")
    made = table("Orders", "Order", "Symbol", ">Price")
    made.add_row(*cells)
    paper = StringIO()

    Console(file=paper, width=width).print(made)

    below_the_heads = paper.getvalue().rpartition("─")[2]
    assert sorted("".join(below_the_heads.split())) == sorted("".join(cells))
