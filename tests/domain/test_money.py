"""Money and units are read strictly: what is not a number is None, never zero."""

import sys
from decimal import Decimal
from enum import IntEnum

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.money import is_on_tick, nearest_ticks, parse_decimal, parse_units, rupees

TICKS = st.sampled_from([Decimal("0.0025"), Decimal("0.01"), Decimal("0.05"), Decimal("0.1"), Decimal(1)])
PRICES = st.decimals("0.0001", "99999999", places=4)


class _Count(IntEnum):
    SEVEN = 7


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(0, Decimal(0), id="zero"),
        pytest.param(75, Decimal(75), id="int"),
        pytest.param(-75, Decimal(-75), id="negative-int"),
        pytest.param(_Count.SEVEN, Decimal(7), id="int-subclass"),
        pytest.param(100.05, Decimal("100.05"), id="float-is-exactly-its-shortest-text"),
        pytest.param(0.1 + 0.2, Decimal("0.30000000000000004"), id="float-noise-is-kept-visible"),
        pytest.param(1e-05, Decimal("0.00001"), id="small-float-with-exponent"),
        pytest.param(Decimal("292.50"), Decimal("292.50"), id="decimal"),
        pytest.param("100.05", Decimal("100.05"), id="text"),
        pytest.param("  100.05\n", Decimal("100.05"), id="text-with-blanks-around"),
        pytest.param("+5", Decimal(5), id="plus-sign"),
        pytest.param("-5.5", Decimal("-5.5"), id="minus-sign"),
        pytest.param("5.", Decimal(5), id="nothing-after-the-point"),
        pytest.param(".5", Decimal("0.5"), id="nothing-before-the-point"),
        pytest.param("007", Decimal(7), id="leading-zeros"),
        pytest.param("1.5e2", Decimal(150), id="exponent"),
        pytest.param("1E-2", Decimal("0.01"), id="negative-exponent"),
        pytest.param("999999999999999", Decimal(999999999999999), id="largest"),
    ],
)
def test_a_number_is_read_to_the_last_digit(value: object, expected: Decimal) -> None:
    assert parse_decimal(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(None, id="none"),
        pytest.param(True, id="true"),
        pytest.param(False, id="false"),
        pytest.param("", id="empty"),
        pytest.param("   ", id="blank"),
        pytest.param("abc", id="word"),
        pytest.param("12abc", id="junk-after"),
        pytest.param("Rs 12", id="junk-before"),
        pytest.param("1 000", id="blank-inside"),
        pytest.param("1,000", id="thousands-comma"),
        pytest.param("1_000", id="underscore"),
        pytest.param("१२", id="devanagari-digits"),
        pytest.param("\uff17\uff15", id="full-width-digits"),
        pytest.param("\u221275", id="typographic-minus"),
        pytest.param("--5", id="two-signs"),
        pytest.param("1.2.3", id="two-points"),
        pytest.param(".", id="point-alone"),
        pytest.param("-", id="sign-alone"),
        pytest.param("e5", id="exponent-alone"),
        pytest.param("1e", id="exponent-without-digits"),
        pytest.param("1e1000", id="exponent-of-four-digits"),
        pytest.param("0x10", id="hexadecimal"),
        pytest.param("NaN", id="nan-text"),
        pytest.param("sNaN", id="signalling-nan-text"),
        pytest.param("Infinity", id="infinity-text"),
        pytest.param("-inf", id="minus-infinity-text"),
        pytest.param(float("nan"), id="nan"),
        pytest.param(float("inf"), id="infinity"),
        pytest.param(float("-inf"), id="minus-infinity"),
        pytest.param(Decimal("NaN"), id="decimal-nan"),
        pytest.param(Decimal("sNaN"), id="decimal-signalling-nan"),
        pytest.param(Decimal("Infinity"), id="decimal-infinity"),
        pytest.param(b"75", id="bytes"),
        pytest.param([75], id="list"),
        pytest.param({}, id="dict"),
        pytest.param(75j, id="complex"),
        pytest.param(10**15, id="too-large-int"),
        pytest.param(-(10**15), id="too-large-negative-int"),
        pytest.param(1e15, id="too-large-float"),
        pytest.param(sys.float_info.max, id="largest-float"),
        pytest.param("1e15", id="too-large-text"),
        pytest.param("9" * 5000, id="five-thousand-digits"),
        pytest.param(10**5000, id="int-too-long-for-text"),
    ],
)
def test_what_is_not_a_number_is_none_and_never_zero(value: object) -> None:
    assert (parse_decimal(value), parse_units(value)) == (None, None)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param(75, 75, id="int"),
        pytest.param(75.0, 75, id="whole-float"),
        pytest.param("75", 75, id="text"),
        pytest.param("75.0", 75, id="text-with-zero-decimals"),
        pytest.param(" 75 ", 75, id="blanks-around"),
        pytest.param("7.5e1", 75, id="exponent-that-comes-out-whole"),
        pytest.param(Decimal("75.00"), 75, id="decimal"),
        pytest.param(_Count.SEVEN, 7, id="int-subclass"),
        pytest.param(-75, -75, id="short"),
        pytest.param("-75", -75, id="short-text"),
        pytest.param(0, 0, id="zero"),
        pytest.param("0", 0, id="zero-text"),
        pytest.param("-0", 0, id="minus-zero"),
        pytest.param(999_999_999_999_999, 999_999_999_999_999, id="largest"),
    ],
)
def test_whole_units_are_read_from_every_spelling_the_host_uses(value: object, expected: int) -> None:
    assert parse_units(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(0.5, id="half"),
        pytest.param(74.99999999, id="just-below-whole"),
        pytest.param("75.5", id="fractional-text"),
        pytest.param("1e-3", id="negative-exponent"),
        pytest.param(Decimal("0.01"), id="decimal"),
    ],
)
def test_a_fraction_of_a_unit_is_not_rounded_but_refused(value: object) -> None:
    assert parse_units(value) is None


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**14), max_value=10**14, places=6))
def test_text_and_value_of_a_decimal_read_alike(number: Decimal) -> None:
    assert parse_decimal(f"{number:f}") == parse_decimal(number) == number


@given(st.floats(min_value=-1e14, max_value=1e14))
def test_a_float_is_read_as_the_number_it_prints(number: float) -> None:
    read = parse_decimal(number)

    assert read is not None
    assert float(read) == number


@given(st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1))
def test_units_survive_int_text_and_decimal_forms(units: int) -> None:
    assert (parse_units(units), parse_units(str(units)), parse_units(f"{units}.0")) == (units, units, units)


@given(st.one_of(st.text(), st.binary(), st.floats(), st.integers(), st.none(), st.booleans(), st.decimals()))
def test_no_input_whatever_makes_reading_fail(value: object) -> None:
    number, units = parse_decimal(value), parse_units(value)

    assert number is None or number.is_finite()
    assert units is None or units == number


@pytest.mark.parametrize(
    ("price", "tick", "expected"),
    [
        pytest.param("100.05", "0.05", True, id="on-a-tick-that-floats-cannot-divide"),
        pytest.param("0.15", "0.05", True, id="three-ticks"),
        pytest.param("100.03", "0.05", False, id="between-ticks"),
        pytest.param("100", "0.05", True, id="whole-rupees"),
        pytest.param("87.2525", "0.0025", True, id="currency-tick"),
        pytest.param("25000.05", "0.1", False, id="index-future-tick"),
        pytest.param("0", "0.05", True, id="zero"),
    ],
)
def test_a_price_is_on_tick_exactly(price: str, tick: str, *, expected: bool) -> None:
    assert is_on_tick(Decimal(price), Decimal(tick)) is expected


@pytest.mark.parametrize(
    ("price", "tick", "expected"),
    [
        pytest.param("100.03", "0.05", ("100.00", "100.05"), id="row-38-of-the-traps"),
        pytest.param("0.03", "0.05", ("0.00", "0.05"), id="below-the-first-tick"),
        pytest.param("25000.15", "0.1", ("25000.1", "25000.2"), id="tenth"),
        pytest.param(f"99.{'9' * 40}", "0.05", ("99.95", "100.00"), id="more-digits-than-decimal-arithmetic-keeps"),
    ],
)
def test_the_nearest_valid_prices_enclose_a_price(price: str, tick: str, expected: tuple[str, str]) -> None:
    below, above = nearest_ticks(Decimal(price), Decimal(tick))

    assert (str(below), str(above)) == expected


@given(PRICES, TICKS)
def test_the_nearest_prices_are_valid_and_one_tick_apart_around_the_price(price: Decimal, tick: Decimal) -> None:
    below, above = nearest_ticks(price, tick)

    assert is_on_tick(below, tick)
    assert is_on_tick(above, tick)
    assert above - below == tick
    assert below <= price < above
    assert is_on_tick(price, tick) is (below == price)


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        pytest.param("0", "0.00", id="zero"),
        pytest.param("-0", "0.00", id="minus-zero"),
        pytest.param("-0.001", "0.00", id="rounds-to-zero-without-a-sign"),
        pytest.param("1234567.8", "1234567.80", id="no-thousands-separator"),
        pytest.param("-1.239", "-1.24", id="loss"),
        pytest.param("1E+3", "1000.00", id="no-exponent"),
        pytest.param("0E+20", "0.00", id="zero-with-exponent"),
    ],
)
def test_amounts_are_written_with_two_plain_decimals(amount: str, expected: str) -> None:
    assert rupees(Decimal(amount)) == expected
