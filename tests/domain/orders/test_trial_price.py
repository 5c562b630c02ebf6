"""Where a trial order rests: so far from the market that it buys nothing, and never outside the day's band."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.money import is_on_tick
from jainam_prop.domain.orders.validation import resting_price
from tests.domain.samples import SBIN

TICK = SBIN.tick_size
prices = st.decimals(min_value="0.05", max_value="100000", places=2)
bands = st.none() | prices


@pytest.mark.parametrize(
    ("last", "band", "expected"),
    [
        pytest.param("800", None, "720.00", id="a-tenth-below"),
        pytest.param("780.10", None, "702.05", id="on-the-tick"),
        pytest.param("800", "740", "740", id="inside-the-band"),
        pytest.param("800", "740.02", "740.05", id="inside-a-band-that-is-off-the-tick"),
        pytest.param("800", "790", None, id="a-band-that-begins-too-near"),
        pytest.param("0.05", None, None, id="nothing-is-below-one-tick"),
        pytest.param(None, "700", None, id="nobody-knows-where-the-market-is"),
    ],
)
def test_a_buyer_rests_well_below_the_market(last: str | None, band: str | None, expected: str | None) -> None:
    instrument = SBIN._replace(lower_band=None if band is None else Decimal(band))

    found = resting_price(instrument, None if last is None else Decimal(last))

    assert found == (None if expected is None else Decimal(expected))


@given(prices, bands)
def test_it_is_a_valid_price_that_the_market_would_have_to_fall_to(last: Decimal, band: Decimal | None) -> None:
    found = resting_price(SBIN._replace(lower_band=band), last)

    if found is not None:
        assert is_on_tick(found, TICK)
        assert (band or TICK) <= found <= last * Decimal("0.95")
