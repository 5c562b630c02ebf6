"""Positions: their average, their profit, and what working orders will still add to them."""

from decimal import Decimal

import pytest

from jainam_prop.domain.orders.order import OrderState, Product, Side
from jainam_prop.domain.positions.position import PositionKey, closing_side, key_of
from tests.domain.samples import NIFTY_FUTURE, NIFTY_MIS, NIFTY_NRML, a_position, an_order

PARTLY = {"state": OrderState.PARTIALLY_FILLED, "filled": 30, "pending": 45}


@pytest.mark.parametrize(
    ("net", "expected"),
    [
        pytest.param(75, "100.50", id="long-paid-the-buy-average"),
        pytest.param(1, "100.50", id="a-single-unit-is-long"),
        pytest.param(-75, "101.25", id="short-received-the-sell-average"),
        pytest.param(0, "0", id="flat-has-none"),
    ],
)
def test_the_average_price_is_that_of_the_open_side(net: int, expected: str) -> None:
    assert a_position(net=net).average_price == Decimal(expected)


def test_profit_is_realised_and_unrealised_together() -> None:
    assert a_position().profit == Decimal("27.50")


@pytest.mark.parametrize(
    ("net", "side"),
    [
        pytest.param(75, Side.SELL, id="long"),
        pytest.param(1, Side.SELL, id="a-single-unit-long"),
        pytest.param(-75, Side.BUY, id="short"),
        pytest.param(-1, Side.BUY, id="a-single-unit-short"),
    ],
)
def test_the_closing_side_is_against_the_position(net: int, side: Side) -> None:
    assert closing_side(net) is side


def test_an_order_belongs_to_the_position_of_its_contract_and_product() -> None:
    assert key_of(an_order(NIFTY_NRML)) == NIFTY_NRML


def test_a_key_is_the_same_in_our_words_and_in_those_of_the_broker() -> None:
    ours = PositionKey(NIFTY_FUTURE.key, Product.MIS)

    assert (ours == NIFTY_MIS, hash(ours) == hash(NIFTY_MIS)) == (True, True)
