"""Positions: their average, their profit, and what working orders will still add to them."""

from collections.abc import Iterable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instrument import InstrumentKey
from jainam_prop.domain.order import Order, OrderState, PriceType, Product, Side
from jainam_prop.domain.position import PositionKey, closing_side, in_flight, key_of
from tests.domain.samples import BANKNIFTY_KEY, NIFTY_FUTURE, NIFTY_MIS, NIFTY_NRML, a_position, an_order

PARTLY = {"state": OrderState.PARTIALLY_FILLED, "filled": 30, "pending": 45}


@pytest.mark.parametrize(
    ("net", "expected"),
    [
        pytest.param(75, "100.50", id="long-paid-the-buy-average"),
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
    [pytest.param(75, Side.SELL, id="long"), pytest.param(-75, Side.BUY, id="short")],
)
def test_the_closing_side_is_against_the_position(net: int, side: Side) -> None:
    assert closing_side(net) is side


def test_an_order_belongs_to_the_position_of_its_contract_and_product() -> None:
    assert key_of(an_order(NIFTY_NRML)) == NIFTY_NRML


def test_a_key_is_the_same_in_our_words_and_in_those_of_the_broker() -> None:
    ours = PositionKey(NIFTY_FUTURE.key, Product.MIS)

    assert (ours == NIFTY_MIS, hash(ours) == hash(NIFTY_MIS)) == (True, True)


@pytest.mark.parametrize(
    ("orders", "expected"),
    [
        pytest.param([], 0, id="no-order"),
        pytest.param([an_order()], 75, id="resting-purchase"),
        pytest.param([an_order(side=Side.SELL)], -75, id="resting-sale"),
        pytest.param([an_order(price_type=PriceType.MARKET)], 75, id="market-order-not-yet-traded"),
        pytest.param([an_order(), an_order(side=Side.SELL, pending=25)], 50, id="both-sides-are-netted"),
        pytest.param([an_order(**PARTLY)], 45, id="only-the-rest-of-a-partial-fill"),
        pytest.param([an_order(state=OrderState.PENDING_NEW)], 75, id="not-yet-at-the-exchange"),
        pytest.param([an_order(state=OrderState.REPLACED, quantity=150, pending=150)], 150, id="after-a-modification"),
        pytest.param([an_order(state=OrderState.PENDING_REPLACE)], 75, id="being-modified"),
        pytest.param([an_order(state=OrderState.PENDING_CANCEL)], 75, id="cancel-not-confirmed"),
        pytest.param([an_order(state=OrderState.UNRECOGNISED)], 75, id="unrecognised-state"),
        pytest.param([an_order(price_type=None)], 75, id="unrecognised-price-type"),
        pytest.param([an_order(state=OrderState.FILLED, filled=75, pending=0)], 0, id="filled"),
        pytest.param([an_order(state=OrderState.REJECTED)], 0, id="rejected-rows-keep-their-leaves-quantity"),
        pytest.param([an_order(state=OrderState.CANCELLED, filled=30, pending=45)], 0, id="cancelled-after-a-part"),
        pytest.param([an_order(state=OrderState.EXPIRED)], 0, id="expired"),
        pytest.param([an_order(side=Side.SELL, price_type=PriceType.SL)], 0, id="protective-stop-limit"),
        pytest.param([an_order(side=Side.SELL, price_type=PriceType.SL_M)], 0, id="protective-stop-market"),
        pytest.param(
            [an_order(side=Side.SELL, price_type=PriceType.SL, **PARTLY)], -45, id="stop-that-is-already-trading"
        ),
        pytest.param([an_order(NIFTY_NRML)], 0, id="other-product"),
        pytest.param([an_order(PositionKey(BANKNIFTY_KEY, "MIS"))], 0, id="other-contract"),
        pytest.param(
            [an_order(PositionKey(InstrumentKey(Exchange.BFO, NIFTY_FUTURE.token), "MIS"))],
            0,
            id="same-number-on-another-exchange",
        ),
    ],
)
def test_in_flight_is_what_working_orders_will_still_add(orders: Iterable[Order], expected: int) -> None:
    assert in_flight(orders, NIFTY_MIS) == expected


ORDERS = st.builds(
    lambda key, side, state, price_type, filled, pending: an_order(
        key, side=side, state=state, price_type=price_type, filled=filled, pending=pending, quantity=filled + pending
    ),
    st.sampled_from([NIFTY_MIS, NIFTY_NRML]),
    st.sampled_from(Side),
    st.sampled_from(OrderState),
    st.one_of(st.none(), st.sampled_from(PriceType)),
    st.integers(0, 300),
    st.integers(0, 300),
)


@given(st.lists(ORDERS), st.lists(ORDERS))
def test_orders_in_flight_add_up_and_never_leak_into_another_position(first: list[Order], second: list[Order]) -> None:
    together = first + second
    elsewhere = [order for order in together if key_of(order) != NIFTY_MIS]

    assert in_flight(together, NIFTY_MIS) == in_flight(first, NIFTY_MIS) + in_flight(second, NIFTY_MIS)
    assert in_flight(elsewhere, NIFTY_MIS) == 0
