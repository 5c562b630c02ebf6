"""Slicing: an order above the freeze quantity goes out in parts that add up to it."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.orders.capability import slice_quantity


@pytest.mark.parametrize(
    ("quantity", "lot_size", "largest_order", "expected"),
    [
        pytest.param(75, 75, None, (75,), id="no-limit"),
        pytest.param(1_000_000, 1, None, (1_000_000,), id="no-limit-however-large"),
        pytest.param(1725, 75, 1800, (1725,), id="below-the-limit"),
        pytest.param(1800, 75, 1800, (1800,), id="at-the-limit"),
        pytest.param(1875, 75, 1800, (1800, 75), id="one-lot-above"),
        pytest.param(3600, 75, 1800, (1800, 1800), id="twice-the-limit-leaves-no-empty-slice"),
        pytest.param(5025, 75, 1800, (1800, 1800, 1425), id="row-32-of-the-traps"),
        pytest.param(1830, 75, 1800, (1800, 30), id="odd-lot-is-kept-in-the-last-slice"),
        pytest.param(18_000_000, 75, 1800, (1800,) * 10_000, id="as-many-as-a-slip-of-the-keyboard-may-ask"),
    ],
)
def test_a_quantity_is_split_largest_first(
    quantity: int, lot_size: int, largest_order: int | None, expected: tuple[int, ...]
) -> None:
    assert slice_quantity(quantity, lot_size=lot_size, largest_order=largest_order) == expected


@pytest.mark.parametrize(
    ("quantity", "largest_order", "message"),
    [
        pytest.param(75, 0, "a freeze limit of 0 units leaves no room for one lot of 75", id="zero"),
        pytest.param(75, 74, "a freeze limit of 74 units leaves no room for one lot of 75", id="less-than-a-lot"),
        pytest.param(
            75 * 10**12,
            1800,
            "75000000000000 units would take more than 10000 orders of 1800",
            id="absurd-quantity-fills-no-memory",
        ),
    ],
)
def test_a_limit_that_no_order_can_keep_is_refused(quantity: int, largest_order: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        slice_quantity(quantity, lot_size=75, largest_order=largest_order)


@given(st.integers(1, 100), st.integers(1, 50), st.integers(1, 5000))
def test_slices_are_as_few_as_can_be_whole_lots_within_the_limit_and_add_up(
    lot_size: int, lots_in_limit: int, lots: int
) -> None:
    largest, quantity = lot_size * lots_in_limit, lot_size * lots

    slices = slice_quantity(quantity, lot_size=lot_size, largest_order=largest)

    assert sum(slices) == quantity
    assert all(0 < part <= largest and part % lot_size == 0 for part in slices)
    assert len(slices) == math.ceil(quantity / largest)
    assert list(slices) == sorted(slices, reverse=True)


@given(st.integers(1, 10**6), st.integers(1, 100), st.integers(1, 50))
def test_an_odd_quantity_loses_no_unit(quantity: int, lot_size: int, lots_in_limit: int) -> None:
    largest = max(lot_size * lots_in_limit, lot_size * (quantity // lot_size // 100))

    slices = slice_quantity(quantity, lot_size=lot_size, largest_order=largest)

    assert sum(slices) == quantity
    assert max(slices) <= largest or slices == (quantity,)
    assert len(slices) == math.ceil(quantity / largest)
