"""Market protection: a limit that trades at once but not at any price, and exactly when it is called for."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.errors import BrokerError, OutcomeUnknown, PartlyPlaced, Rejected
from jainam_prop.domain.orders.market_protection import MarketRefusal, ProtectionRule, is_naked, protected_price
from jainam_prop.domain.orders.order import PriceType, Side
from tests.domain.samples import SBIN

REFUSED = "Market order Or Price 0 is not allowed for ALGO enabled orders."
TICK = SBIN.tick_size
percents = st.decimals(min_value="0.01", max_value="50", places=2)
prices = st.decimals(min_value="0.05", max_value="100000", places=2)
sides = st.sampled_from(Side)


@pytest.mark.parametrize(
    ("side", "last", "percent", "expected"),
    [
        pytest.param("BUY", "780.10", "1", "787.95", id="buy-is-rounded-up"),
        pytest.param("SELL", "780.10", "2", "764.45", id="sell-is-rounded-down"),
        pytest.param("BUY", "100.00", "1", "101.00", id="buy-on-the-tick"),
        pytest.param("SELL", "100.00", "1", "99.00", id="sell-on-the-tick"),
        pytest.param("BUY", "0.05", "1", "0.10", id="the-cheapest-option-gets-a-tick"),
        pytest.param("SELL", "0.10", "1", "0.05", id="a-cheap-option-gets-a-tick"),
        pytest.param("SELL", "0.05", "1", "0.05", id="never-below-one-tick"),
        pytest.param("BUY", "1.00", "0.5", "1.05", id="half-a-per-cent"),
        pytest.param("SELL", "780.13", "1", "772.30", id="a-last-price-off-the-tick"),
    ],
)
def test_the_limit_is_so_much_worse_than_the_last_price(side: str, last: str, percent: str, expected: str) -> None:
    assert protected_price(Side(side), Decimal(last), Decimal(percent), SBIN) == Decimal(expected)


@pytest.mark.parametrize(
    ("side", "lower", "upper", "expected"),
    [
        pytest.param("BUY", "700.00", "785.00", "785.00", id="buy-at-the-upper-band"),
        pytest.param("SELL", "775.00", "858.00", "775.00", id="sell-at-the-lower-band"),
        pytest.param("BUY", "700.02", "785.03", "785.00", id="upper-band-off-the-tick-is-rounded-inwards"),
        pytest.param("SELL", "775.02", "858.00", "775.05", id="lower-band-off-the-tick-is-rounded-inwards"),
        pytest.param("BUY", "790.00", "858.00", "790.00", id="a-last-price-below-the-band"),
        pytest.param("BUY", None, "785.00", "785.00", id="no-lower-band"),
        pytest.param("SELL", "775.00", None, "775.00", id="no-upper-band"),
        pytest.param("BUY", "780.11", "780.12", None, id="a-band-without-a-tick"),
    ],
)
def test_the_limit_stays_inside_the_band(side: str, lower: str | None, upper: str | None, expected: str | None) -> None:
    banded = SBIN._replace(
        lower_band=None if lower is None else Decimal(lower), upper_band=None if upper is None else Decimal(upper)
    )

    limit = protected_price(Side(side), Decimal("780.10"), Decimal(1), banded)

    assert limit == (None if expected is None else Decimal(expected))


@given(sides, prices, percents)
def test_the_limit_is_a_valid_price_that_reaches_the_last_one(side: Side, last: Decimal, percent: Decimal) -> None:
    limit = protected_price(side, last, percent, SBIN)

    assert limit is not None
    assert limit % TICK == 0
    assert limit >= TICK
    assert (limit - last) * side.sign >= 0 or limit == TICK


@given(sides, prices, percents)
def test_the_limit_is_never_more_than_a_tick_beyond_the_protection(side: Side, last: Decimal, percent: Decimal) -> None:
    limit = protected_price(side, last, percent, SBIN)

    assert limit is not None
    assert abs(limit - last) < last * percent / 100 + TICK


@given(sides, prices, percents, prices, prices)
def test_the_limit_is_inside_a_band_that_the_last_price_is_in_and_always_reaches_that_price(
    side: Side, last: Decimal, percent: Decimal, one: Decimal, other: Decimal
) -> None:
    lower, upper = min(one, other), max(one, other)

    limit = protected_price(side, last, percent, SBIN._replace(lower_band=lower, upper_band=upper))

    assert limit is None or not lower <= last <= upper or lower <= limit <= upper
    assert limit is None or (limit - last) * side.sign > -TICK or limit == TICK


@pytest.mark.parametrize(
    ("side", "lower", "upper", "expected"),
    [("BUY", "700.00", "760.00", "787.95"), ("SELL", "800.00", "900.00", "772.25")],
)
def test_an_edge_of_the_band_that_the_market_has_passed_does_not_hold_an_exit_back(
    side: str, lower: str, upper: str, expected: str
) -> None:
    """Bands of derivatives move during the day, and the master has those of the morning."""
    banded = SBIN._replace(lower_band=Decimal(lower), upper_band=Decimal(upper))

    assert protected_price(Side(side), Decimal("780.10"), Decimal(1), banded) == Decimal(expected)


@pytest.mark.parametrize(
    ("error", "is_meant"),
    [
        pytest.param(Rejected(REFUSED, "e-orders-0002"), True, id="the-refusal"),
        pytest.param(Rejected("MARKET ORDERS not allowed", "e-orders-0002"), True, id="in-other-letters"),
        pytest.param(Rejected("Not today", "e-orders-0002"), False, id="other-words"),
        pytest.param(Rejected(REFUSED, "e-orders-0009"), False, id="another-code"),
        pytest.param(Rejected(REFUSED), False, id="from-the-order-book"),
        pytest.param(OutcomeUnknown(REFUSED), False, id="unknown"),
        pytest.param(PartlyPlaced(("1",), 75, 150, Rejected(REFUSED, "e-orders-0002")), False, id="half-way"),
    ],
)
def test_only_the_brokers_refusal_of_market_is_meant(error: BrokerError, *, is_meant: bool) -> None:
    assert ProtectionRule(refusal=MarketRefusal("e-orders-0002", "market order")).is_refusal(error) is is_meant


def test_only_market_orders_are_naked() -> None:
    assert [kind for kind in PriceType if is_naked(kind)] == [PriceType.MARKET]
