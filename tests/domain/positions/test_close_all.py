"""Emergency close: what is cancelled, what is closed, and what is left alone with a reason."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey
from jainam_prop.domain.orders.order import Order, OrderState, PriceType, Side
from jainam_prop.domain.positions.close_all import ClosePlan, Leg, Skipped, plan_close_all
from jainam_prop.domain.positions.position import Position, PositionKey, key_of
from tests.domain.samples import (
    BANKNIFTY_KEY,
    NIFTY_FUTURE,
    NIFTY_MIS,
    NIFTY_NRML,
    SBIN,
    SBIN_MIS,
    a_position,
    an_order,
)

SBIN_CNC = PositionKey(SBIN.key, "CNC")
UNLISTED = PositionKey(BANKNIFTY_KEY, "MIS")
COVER = PositionKey(SBIN.key, "CO")
BEYOND = "product {} is closed by its own call or at the broker's terminal"


def _listed(key: InstrumentKey) -> Instrument | None:
    return {NIFTY_FUTURE.key: NIFTY_FUTURE, SBIN.key: SBIN}.get(key)


def _plan(
    positions: Sequence[Position],
    orders: Sequence[Order] = (),
    products: frozenset[str] | None = None,
    hidden: Sequence[PositionKey] = (),
) -> ClosePlan:
    return plan_close_all(positions, orders, _listed, products, hidden)


def test_a_long_is_sold_and_a_short_is_bought_back() -> None:
    plan = _plan([a_position(NIFTY_MIS, 75), a_position(SBIN_MIS, -10)])

    assert plan == ClosePlan((), (Leg(NIFTY_MIS, NIFTY_FUTURE, 75), Leg(SBIN_MIS, SBIN, -10)), ())
    assert [(leg.side, leg.quantity) for leg in plan.legs] == [(Side.SELL, 75), (Side.BUY, 10)]


def test_the_same_contract_under_two_products_is_two_legs() -> None:
    plan = _plan([a_position(NIFTY_MIS, 75), a_position(NIFTY_NRML, -150)])

    assert plan.legs == (Leg(NIFTY_MIS, NIFTY_FUTURE, 75), Leg(NIFTY_NRML, NIFTY_FUTURE, -150))


@pytest.mark.parametrize(
    ("products", "hidden", "doubtful"),
    [
        pytest.param(None, (NIFTY_MIS,), (Leg(NIFTY_MIS, NIFTY_FUTURE, 0),), id="in-scope"),
        pytest.param(frozenset({"NRML"}), (NIFTY_MIS,), (), id="out-of-scope"),
    ],
)
def test_a_position_that_may_be_open_is_looked_at_but_its_orders_are_left_alone(
    products: frozenset[str] | None, hidden: Sequence[PositionKey], doubtful: tuple[Leg, ...]
) -> None:
    plan = _plan([], [an_order(key) for key in hidden], products, hidden)

    assert plan == ClosePlan((), (), (), doubtful)
    assert plan.is_empty is (not doubtful)


def test_what_cannot_be_closed_is_not_taken_for_flat_while_its_orders_work_and_it_may_be_open() -> None:
    reason = "whether it is open is not known, and its orders work"
    plan = _plan([], [an_order(key) for key in (UNLISTED, COVER)], None, (UNLISTED, COVER, NIFTY_NRML))

    assert plan.skipped == tuple(Skipped(key, "NIFTY26MARFUT", 0, reason) for key in (UNLISTED, COVER))
    assert (plan.cancels, plan.entries, plan.doubtful) == ((), (), (Leg(NIFTY_NRML, NIFTY_FUTURE, 0),))


@pytest.mark.parametrize(
    "positions",
    [
        pytest.param([], id="no-row"),
        pytest.param([a_position(NIFTY_MIS, 0), a_position(SBIN_CNC, 0)], id="only-rows-closed-today"),
    ],
)
def test_a_flat_book_leaves_nothing_to_do(positions: list[Position]) -> None:
    plan = _plan(positions, [])

    assert (plan, plan.is_empty) == (ClosePlan((), (), ()), True)


def test_orders_of_flat_contracts_could_open_a_position_again_and_go_too() -> None:
    resting, stop = an_order(NIFTY_MIS, order_id="1"), an_order(SBIN_MIS, order_id="2", price_type=PriceType.SL_M)
    done, nrml = an_order(NIFTY_MIS, order_id="3", state=OrderState.FILLED), an_order(NIFTY_NRML, order_id="4")

    plan = _plan([a_position(SBIN_MIS, 0)], [resting, stop, done, nrml], frozenset({"MIS"}))

    assert (plan, plan.is_empty) == (ClosePlan((), (), (), entries=(resting, stop)), False)


def test_working_orders_of_the_positions_to_close_are_cancelled_stops_included() -> None:
    stop = an_order(NIFTY_MIS, order_id="1", side=Side.SELL, price_type=PriceType.SL_M)
    resting = an_order(NIFTY_MIS, order_id="2", state=OrderState.REPLACED)
    unreadable = an_order(NIFTY_MIS, order_id="3", state=OrderState.UNRECOGNISED)
    done = [
        an_order(NIFTY_MIS, order_id="4", state=OrderState.FILLED),
        an_order(NIFTY_MIS, order_id="5", state=OrderState.CANCELLED),
        an_order(NIFTY_MIS, order_id="6", state=OrderState.REJECTED),
    ]
    elsewhere = [an_order(NIFTY_NRML, order_id="7"), an_order(SBIN_MIS, order_id="8")]

    plan = _plan([a_position(NIFTY_MIS, 75), a_position(SBIN_MIS, 0)], [stop, resting, unreadable, *done, *elsewhere])

    leg = Leg(NIFTY_MIS, NIFTY_FUTURE, 75)
    assert plan == ClosePlan((stop, resting, unreadable), (leg,), (), entries=tuple(elsewhere))


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        pytest.param(UNLISTED, "unknown to today's instrument master", id="unlisted"),
        pytest.param(SBIN_CNC, "outside the products to close", id="other-product"),
        pytest.param(COVER, BEYOND.format("CO"), id="cover-position"),
        pytest.param(PositionKey(SBIN.key, "MTF"), BEYOND.format("MTF"), id="margin-trading-position"),
    ],
)
def test_a_position_that_cannot_be_closed_is_skipped_with_its_reason_and_keeps_its_orders(
    key: PositionKey, reason: str
) -> None:
    protection = an_order(key, side=Side.SELL, price_type=PriceType.SL)
    products = frozenset({"MIS", "NRML", "CO", "MTF"})

    plan = _plan([a_position(key, 30, "SHOWN AS"), a_position(NIFTY_MIS, 75)], [protection], products)

    assert plan == ClosePlan((), (Leg(NIFTY_MIS, NIFTY_FUTURE, 75),), (Skipped(key, "SHOWN AS", 30, reason),))


def test_delivery_is_closed_when_no_products_are_named() -> None:
    assert _plan([a_position(SBIN_CNC, 10)]).legs == (Leg(SBIN_CNC, SBIN, 10),)


def test_a_plan_that_only_skips_is_not_empty() -> None:
    assert not _plan([a_position(UNLISTED, 30)]).is_empty


KEYS = st.builds(
    PositionKey,
    st.builds(InstrumentKey, st.sampled_from([Exchange.NSE, Exchange.NFO]), st.sampled_from([3045, 35001, 35002])),
    st.sampled_from(["MIS", "NRML", "CNC", "CO"]),
)
BOOKS = st.dictionaries(KEYS, st.integers(-500, 500)).map(lambda held: [a_position(*row) for row in held.items()])
ORDERS = st.lists(
    st.builds(
        lambda key, state, price_type: an_order(key, state=state, price_type=price_type),
        KEYS,
        st.sampled_from(OrderState),
        st.one_of(st.none(), st.sampled_from(PriceType)),
    ),
)
SCOPES = st.one_of(st.none(), st.frozensets(st.sampled_from(["MIS", "NRML", "CNC", "CO"])))


@given(BOOKS, ORDERS, SCOPES)
def test_every_open_position_is_planned_or_skipped_exactly_once(
    positions: list[Position], orders: list[Order], products: frozenset[str] | None
) -> None:
    plan = _plan(positions, orders, products)

    named = sorted([(leg.key, leg.net) for leg in plan.legs] + [(skip.key, skip.net) for skip in plan.skipped])
    assert named == sorted((position.key, position.net) for position in positions if position.net)
    assert plan.is_empty is (named == [] and not plan.entries)


@given(BOOKS, ORDERS, SCOPES)
def test_each_leg_takes_its_position_to_flat_and_not_a_unit_further(
    positions: list[Position], orders: list[Order], products: frozenset[str] | None
) -> None:
    held = {position.key: position.net for position in positions}

    for leg in _plan(positions, orders, products).legs:
        assert held[leg.key] + leg.side.sign * leg.quantity == 0
        assert leg.instrument == _listed(leg.key.instrument)
        assert products is None or leg.key.product in products


@given(BOOKS, ORDERS, SCOPES)
def test_exactly_the_working_orders_of_the_legs_are_cancelled(
    positions: list[Position], orders: list[Order], products: frozenset[str] | None
) -> None:
    plan = _plan(positions, orders, products)
    closing = {leg.key for leg in plan.legs}

    assert list(plan.cancels) == [order for order in orders if order.is_working and key_of(order) in closing]
