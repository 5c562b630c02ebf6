"""Validation: every broken rule of an order is named, with the nearest valid value."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.orders.order import OrderChange, OrderRequest, PriceType, Product, Side
from jainam_prop.domain.orders.validation import Terms, band_warning, order_problems, terms_problems
from tests.domain.samples import NIFTY_FUTURE, NIFTY_INDEX, SBIN, a_change, a_future, a_request

MARKET, LIMIT, SL, SL_M = PriceType.MARKET, PriceType.LIMIT, PriceType.SL, PriceType.SL_M
NOTHING_KNOWN = Terms(None, None, None, None, None, None)


def problems_of(order: OrderRequest | OrderChange) -> tuple[str, ...]:
    return order_problems(order, JAINAM.products)


@pytest.mark.parametrize(
    "terms",
    [
        pytest.param({"price_type": MARKET, "price": Decimal(0)}, id="market"),
        pytest.param({"price_type": LIMIT, "price": Decimal("100.05")}, id="limit"),
        pytest.param({"price_type": SL, "price": Decimal(101), "trigger_price": Decimal(100)}, id="stop-limit"),
        pytest.param({"price_type": SL_M, "price": Decimal(0), "trigger_price": Decimal(100)}, id="stop-market"),
        pytest.param({"side": Side.SELL}, id="sale"),
        pytest.param({"product": Product.NRML}, id="carried"),
        pytest.param({"quantity": 75, "disclosed_quantity": 75}, id="shown-whole"),
        pytest.param({"quantity": 5025}, id="above-the-freeze-quantity-is-for-slicing"),
        pytest.param({"price_type": MARKET, "price": Decimal("100.03")}, id="market-has-no-use-for-an-off-tick-price"),
        pytest.param({"trigger_price": Decimal("99.99")}, id="limit-has-no-use-for-an-off-tick-trigger"),
        pytest.param(
            {"price_type": SL_M, "price": Decimal("0.03"), "trigger_price": Decimal(100)},
            id="stop-market-has-no-use-for-an-off-tick-price",
        ),
    ],
)
def test_an_order_within_the_rules_has_no_problem(terms: dict[str, object]) -> None:
    assert problems_of(a_request(**terms)) == ()


@pytest.mark.parametrize(
    ("side", "price", "trigger", "problem"),
    [
        pytest.param(Side.BUY, 101, 100, "", id="buy-above-its-trigger"),
        pytest.param(Side.BUY, 100, 100, "", id="buy-at-its-trigger"),
        pytest.param(
            Side.BUY,
            99,
            100,
            "price 99 of a BUY stop must not be below its trigger_price 100",
            id="buy-below-its-trigger",
        ),
        pytest.param(Side.SELL, 99, 100, "", id="sell-below-its-trigger"),
        pytest.param(
            Side.SELL,
            101,
            100,
            "price 101 of a SELL stop must not be above its trigger_price 100",
            id="sell-above-its-trigger",
        ),
    ],
)
def test_a_stop_limit_can_trade_once_it_is_triggered(side: Side, price: int, trigger: int, problem: str) -> None:
    order = a_request(side=side, price_type=SL, price=Decimal(price), trigger_price=Decimal(trigger))

    assert problems_of(order) == ((problem,) if problem else ())


@pytest.mark.parametrize(
    ("instrument", "terms", "problem"),
    [
        pytest.param(SBIN, {"quantity": 100, "disclosed_quantity": 10}, "", id="a-tenth-of-shares"),
        pytest.param(
            SBIN,
            {"quantity": 100, "disclosed_quantity": 9},
            "disclosed_quantity 9 is below 10 % of quantity 100",
            id="less-than-a-tenth",
        ),
        pytest.param(
            NIFTY_FUTURE,
            {"quantity": 150, "disclosed_quantity": 75},
            "disclosed_quantity is not offered on NFO: leave it out",
            id="derivatives",
        ),
        pytest.param(
            SBIN,
            {"price_type": MARKET, "price": Decimal(0), "quantity": 100, "disclosed_quantity": 50},
            "disclosed_quantity is only for LIMIT orders, not for MARKET: leave it out",
            id="market",
        ),
        pytest.param(
            SBIN,
            {"price_type": SL_M, "trigger_price": Decimal(100), "quantity": 100, "disclosed_quantity": 50},
            "disclosed_quantity is only for LIMIT orders, not for SL-M: leave it out",
            id="stop",
        ),
        pytest.param(
            SBIN._replace(exchange=Exchange.MCX),
            {"quantity": 100, "disclosed_quantity": 24},
            "disclosed_quantity 24 is below 25 % of quantity 100",
            id="less-than-a-quarter-of-a-commodity",
        ),
    ],
)
def test_a_part_of_the_quantity_is_hidden_only_where_the_exchange_offers_it(
    instrument: Instrument, terms: dict[str, object], problem: str
) -> None:
    assert problems_of(a_request(instrument, **terms)) == ((problem,) if problem else ())


def test_a_price_outside_the_last_known_band_is_no_problem_and_named() -> None:
    band = Decimal(90), Decimal(110)
    inside, outside = a_request(a_future()), a_request(a_future(), price=Decimal(111))

    assert (problems_of(outside), band_warning(inside, band), band_warning(outside, None)) == ((), "", "")
    assert band_warning(outside, band) == (
        "price 111 is outside the last known price band of 90 to 110: the exchange may refuse it."
    )


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        pytest.param({"price": Decimal(0)}, "price must be above zero for pricetype LIMIT", id="limit-without-price"),
        pytest.param({"price": Decimal(-1)}, "price must not be negative", id="limit-with-negative-price"),
        pytest.param(
            {"price_type": SL, "price": Decimal(0), "trigger_price": Decimal(100)},
            "price must be above zero for pricetype SL",
            id="stop-limit-without-price",
        ),
        pytest.param(
            {"price_type": SL}, "trigger_price must be above zero for pricetype SL", id="stop-limit-without-trigger"
        ),
        pytest.param(
            {"price_type": SL_M, "price": Decimal(0)},
            "trigger_price must be above zero for pricetype SL-M",
            id="stop-market-without-trigger",
        ),
        pytest.param(
            {"price_type": SL_M, "price": Decimal(0), "trigger_price": Decimal(-5)},
            "trigger_price must not be negative",
            id="stop-market-with-negative-trigger",
        ),
        pytest.param(
            {"price_type": MARKET, "price": Decimal("-0.05")}, "price must not be negative", id="market-negative-price"
        ),
        pytest.param(
            {"price_type": LIMIT, "trigger_price": Decimal(-1)},
            "trigger_price must not be negative",
            id="limit-with-negative-trigger",
        ),
        pytest.param(
            {"price": Decimal("100.03")},
            "price 100.03 is off the tick of 0.05: nearest are 100.00 and 100.05",
            id="price-off-tick",
        ),
        pytest.param(
            {"price_type": SL, "trigger_price": Decimal("99.99")},
            "trigger_price 99.99 is off the tick of 0.05: nearest are 99.95 and 100.00",
            id="trigger-off-tick",
        ),
        pytest.param(
            {"price": Decimal("0.03")},
            "price 0.03 is off the tick of 0.05: nearest are 0.05",
            id="price-below-the-first-tick-names-no-zero",
        ),
        pytest.param({"quantity": 0}, "quantity 0 must be above zero", id="zero-quantity"),
        pytest.param({"quantity": -75}, "quantity -75 must be above zero", id="negative-quantity"),
        pytest.param(
            {"quantity": 0, "disclosed_quantity": 75},
            "quantity 0 must be above zero",
            id="zero-quantity-is-one-problem-whatever-is-disclosed",
        ),
        pytest.param(
            {"quantity": 1},
            "quantity 1 is not a whole number of lots of 75: one lot is 75",
            id="a-single-unit-of-a-lot",
        ),
        pytest.param(
            {"quantity": 70},
            "quantity 70 is not a whole number of lots of 75: one lot is 75, 70 lots are 5250",
            id="less-than-a-lot-names-no-zero",
        ),
        pytest.param(
            {"quantity": 100},
            "quantity 100 is not a whole number of lots of 75: nearest are 75 and 150",
            id="between-lots",
        ),
        pytest.param(
            {"product": Product.CNC},
            "product CNC does not exist on NFO: use one of MIS, NRML",
            id="delivery-of-a-future",
        ),
        pytest.param({"disclosed_quantity": -1}, "disclosed_quantity must not be negative", id="negative-disclosed"),
        pytest.param(
            {"disclosed_quantity": 76}, "disclosed_quantity must not exceed quantity", id="more-disclosed-than-ordered"
        ),
    ],
)
def test_a_broken_rule_is_named_for_orders_and_for_new_terms_alike(terms: dict[str, object], problem: str) -> None:
    assert (problems_of(a_request(**terms)), problems_of(a_change(**terms))) == ((problem,), (problem,))


def test_every_broken_rule_is_named_at_once() -> None:
    order = a_request(
        product=Product.CNC,
        price_type=SL,
        price=Decimal("100.03"),
        trigger_price=Decimal(0),
        quantity=70,
        disclosed_quantity=-5,
    )

    assert problems_of(order) == (
        "trigger_price must be above zero for pricetype SL",
        "disclosed_quantity must not be negative",
        "product CNC does not exist on NFO: use one of MIS, NRML",
        "price 100.03 is off the tick of 0.05: nearest are 100.00 and 100.05",
        "quantity 70 is not a whole number of lots of 75: one lot is 75, 70 lots are 5250",
    )


def test_an_index_is_refused_whatever_else_is_wrong() -> None:
    order = a_request(NIFTY_INDEX, quantity=0, price=Decimal("0.03"))

    assert problems_of(order) == ("NIFTY is an index and cannot be traded",)


@pytest.mark.parametrize(
    ("freeze_quantity", "quantity", "expected"),
    [
        pytest.param(1800, 1800, (), id="at-the-limit"),
        pytest.param(1800, 1875, ("quantity 1875 is above the largest single order of 1800",), id="above-the-limit"),
        pytest.param(
            1850, 1875, ("quantity 1875 is above the largest single order of 1800",), id="limit-in-whole-lots"
        ),
        pytest.param(None, 750_000, (), id="no-limit"),
    ],
)
def test_a_working_order_cannot_grow_above_the_freeze_quantity(
    freeze_quantity: int | None, quantity: int, expected: tuple[str, ...]
) -> None:
    future = a_future(freeze_quantity=freeze_quantity)

    assert problems_of(a_change(future, quantity=quantity)) == expected


@pytest.mark.parametrize(
    ("terms", "instrument", "expected"),
    [
        pytest.param(NOTHING_KNOWN, NIFTY_FUTURE, (), id="nothing-read-has-its-problems-already"),
        pytest.param(NOTHING_KNOWN, None, (), id="nothing-known-at-all"),
        pytest.param(
            replace(NOTHING_KNOWN, quantity=0, price=Decimal(-1), disclosed_quantity=-1),
            None,
            (
                "price must not be negative",
                "quantity 0 must be above zero",
                "disclosed_quantity must not be negative",
            ),
            id="unknown-symbol-does-not-hide-the-other-problems",
        ),
        pytest.param(
            replace(NOTHING_KNOWN, price_type=LIMIT, price=Decimal(0)),
            None,
            ("price must be above zero for pricetype LIMIT",),
            id="unknown-symbol-limit-without-price",
        ),
        pytest.param(
            replace(NOTHING_KNOWN, price_type=SL_M, trigger_price=Decimal(0)),
            None,
            ("trigger_price must be above zero for pricetype SL-M",),
            id="unknown-symbol-stop-without-trigger",
        ),
        pytest.param(
            replace(NOTHING_KNOWN, price=Decimal("0.07")),
            NIFTY_FUTURE,
            ("price 0.07 is off the tick of 0.05: nearest are 0.05 and 0.10",),
            id="unread-price-type-still-checks-the-tick",
        ),
        pytest.param(replace(NOTHING_KNOWN, price=Decimal(0)), None, (), id="unread-price-type-may-need-no-price"),
        pytest.param(
            replace(NOTHING_KNOWN, quantity=1, disclosed_quantity=2),
            SBIN,
            ("disclosed_quantity must not exceed quantity",),
            id="two-disclosed-of-one",
        ),
        pytest.param(replace(NOTHING_KNOWN, disclosed_quantity=75), SBIN, (), id="unread-quantity-bounds-nothing"),
        pytest.param(
            replace(NOTHING_KNOWN, quantity=-5, disclosed_quantity=0),
            SBIN,
            ("quantity -5 must be above zero",),
            id="negative-quantity-is-one-problem",
        ),
    ],
)
def test_what_is_known_is_judged_and_what_is_not_is_left_out(
    terms: Terms, instrument: Instrument | None, expected: tuple[str, ...]
) -> None:
    assert terms_problems(terms, instrument, JAINAM.products) == expected


@given(st.integers(1, 10**6), st.integers(1, 5000))
def test_a_quantity_has_a_problem_exactly_when_it_is_not_whole_lots(quantity: int, lot_size: int) -> None:
    future = a_future(lot_size=lot_size, freeze_quantity=None)

    assert bool(problems_of(a_request(future, quantity=quantity))) is bool(quantity % lot_size)


@pytest.mark.parametrize(
    ("exchange", "offered"),
    [
        pytest.param(Exchange.NSE, {"MIS", "CNC", "NRML"}, id="nse"),
        pytest.param(Exchange.BSE, {"MIS", "CNC", "NRML"}, id="bse"),
        pytest.param(Exchange.NFO, {"MIS", "NRML"}, id="nfo"),
        pytest.param(Exchange.BFO, {"MIS", "NRML"}, id="bfo"),
        pytest.param(Exchange.CDS, {"MIS", "NRML"}, id="cds"),
        pytest.param(Exchange.BCD, {"MIS", "NRML"}, id="bcd"),
        pytest.param(Exchange.MCX, {"MIS", "NRML"}, id="mcx"),
        pytest.param(Exchange.NSE_INDEX, set(), id="nse-index"),
        pytest.param(Exchange.BSE_INDEX, set(), id="bse-index"),
    ],
)
def test_each_exchange_offers_its_products_and_no_other(exchange: Exchange, offered: set[str]) -> None:
    assert {product for product in Product if JAINAM.products.problem(exchange, product) is None} == offered


def test_an_index_exchange_offers_nothing_and_says_why() -> None:
    assert JAINAM.products.problem(Exchange.NSE_INDEX, Product.MIS) == (
        "exchange NSE_INDEX lists indices, which cannot be traded"
    )


def test_delivery_exists_exactly_where_shares_change_hands() -> None:
    assert {exchange for exchange, products in JAINAM.products.products.items() if Product.CNC in products} == {
        exchange for exchange in Exchange if exchange.is_cash
    }
