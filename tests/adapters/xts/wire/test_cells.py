"""Single cells: what is a number, an id and a moment, and what is none."""

from datetime import datetime
from decimal import Decimal

import pytest

from jainam_prop.adapters.xts.wire.cells import (
    UnreadableAnswer,
    amount,
    counted,
    identity,
    moment,
    rupees,
    shown_rupees,
    text,
    units,
)

QUARTER_PAST = datetime(2026, 3, 10, 10, 15, 30)  # noqa: DTZ001 - a wall clock without zone, as books show it


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param("10-03-2026 10:15:30", QUARTER_PAST, id="day first"),
        pytest.param("10/03/2026 10:15:30", QUARTER_PAST, id="slashes"),
        pytest.param("10/03/202610:15:30", QUARTER_PAST, id="slashes without a blank"),
        pytest.param("2026-03-10 10:15:30", QUARTER_PAST, id="year first"),
        pytest.param("2026-03-10T10:15:30", QUARTER_PAST, id="ISO"),
        pytest.param("2026-03-10T10:15:30.1535468", QUARTER_PAST.replace(microsecond=153546), id="seven decimals"),
        pytest.param("2026-03-10T10:15:30+05:30", QUARTER_PAST, id="Indian zone"),
        pytest.param("2026-03-10T04:45:30Z", QUARTER_PAST, id="UTC"),
        pytest.param("01-01-1980 00:00:00", None, id="no moment"),
        pytest.param("1980-01-01T00:00:00", None, id="no moment in ISO"),
        pytest.param("", None, id="blank"),
        pytest.param(None, None, id="none"),
        pytest.param("31-02-2026 10:15:30", None, id="no such day"),
        pytest.param("10-03-2026 25:00:00", None, id="no such hour"),
        pytest.param("soon", None, id="a word"),
        pytest.param(1457604930, None, id="a number"),
    ],
)
def test_a_moment_is_the_wall_clock_in_india(written: object, read: datetime | None) -> None:
    assert moment(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param(100.05, "100.05", id="a float by its shortest text"),
        pytest.param(0.1 + 0.2, "0.30000000000000004", id="a float as it is"),
        pytest.param(7, "7", id="a whole number"),
        pytest.param("102.98", "102.98", id="text"),
        pytest.param("1,02,102.98", "102102.98", id="Indian thousands"),
        pytest.param("-557.5", "-557.5", id="a loss"),
        pytest.param("-0.00", "0", id="a loss of nothing"),
    ],
)
def test_an_amount_is_exact(written: object, read: str) -> None:
    assert str(amount(written)) == read


@pytest.mark.parametrize("written", ["NaN", "nan", "Infinity", "", " ", None, "abc", True, [1], float("nan")])
def test_everything_else_is_no_amount(written: object) -> None:
    assert amount(written) is None
    assert shown_rupees(written) == 0


@pytest.mark.parametrize("written", [None, "", " ", "NaN", "nan", "null", "-"])
def test_no_price_is_zero(written: object) -> None:
    assert rupees(written) == Decimal(0)


@pytest.mark.parametrize("written", ["abc", True, [1], {}, "1.2.3", "Infinity"])
def test_a_price_that_is_not_understood_is_not_zero(written: object) -> None:
    with pytest.raises(UnreadableAnswer):
        rupees(written)


@pytest.mark.parametrize(
    ("written", "read"), [(75, 75), ("75", 75), ("75.0", 75), (75.0, 75), ("-75", -75), (" 75 ", 75)]
)
def test_a_whole_number_may_be_written_in_many_ways(written: object, read: int) -> None:
    assert units(written) == read


@pytest.mark.parametrize("written", ["", None, "75.5", 75.5, True, "NaN", "seventy", "\u0667\u0665", [], "7_5"])
def test_what_is_no_whole_number_is_not_zero(written: object) -> None:
    with pytest.raises(UnreadableAnswer):
        units(written)


@pytest.mark.parametrize(
    ("written", "read"),
    [(9007199254740993, "9007199254740993"), ("18446744073709551617", "18446744073709551617"), (" 7 ", "7")],
)
def test_an_id_keeps_every_digit(written: object, read: str) -> None:
    assert identity(written) == read


@pytest.mark.parametrize("written", [1.2345678901234568e23, "", " ", None, True, []])
def test_what_may_have_lost_digits_is_no_id(written: object) -> None:
    with pytest.raises(UnreadableAnswer):
        identity(written)


@pytest.mark.parametrize("written", [10**30, str(10**30), "9" * 5000, 1e30, -(10**13), 1 << 40])
def test_a_number_beyond_any_quantity_is_damage(written: object) -> None:
    with pytest.raises(UnreadableAnswer):
        units(written)


@pytest.mark.parametrize("written", [-1, "-75", -75.0])
def test_a_quantity_is_never_negative(written: object) -> None:
    with pytest.raises(UnreadableAnswer):
        counted(written)


@pytest.mark.parametrize("written", [10**20, "1e999999", "9" * 5000, "\u0663\u0664"])
def test_an_amount_beyond_any_account_or_in_other_digits_is_none(written: object) -> None:
    assert amount(written) is None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("RMS:\x1b[2J\x1b]0;owned\x07 margin", "RMS: [2J ]0;owned  margin"),
        ("one\ntwo\r\tthree", "one two  three"),
        ("\u202egnol\u202c \u20b9", " gnol  \u20b9"),
        ("x" * 1_000_000, "x" * 399 + "\u2026"),
    ],
    ids=["terminal escapes", "newlines", "writing direction", "a megabyte"],
)
def test_a_text_that_is_shown_can_act_on_nothing(written: str, read: str) -> None:
    assert text(written) == read


@pytest.mark.parametrize("written", ["7\x1b[2J", "7" * 65])
def test_what_could_act_on_a_terminal_is_no_id(written: str) -> None:
    with pytest.raises(UnreadableAnswer):
        identity(written)
